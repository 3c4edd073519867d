"""Which positions of another site's log are held here: a few stretches, and what lies between them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Stretch = tuple[int, int]
"""First and last position, both belong to it."""

_LONGEST = 1000
"""A stretch held is not noted longer than this, so that little has to be read once more after a start."""
_ASKED_STRETCHES, _ASKED_POSITIONS = 100, 1000


@dataclass
class _Run:
    first: int
    last: int
    at: int


@dataclass
class Held:
    """What is known of one log.

    Args:
        ident: identity that the broker gives the log; another one means that the far site began anew.
        checked: nothing up to here is lacking.
        read: our aggregate was read up to here before.
    """

    ident: str = ""
    checked: int = 0
    read: int = 0
    _runs: list[_Run] = field(default_factory=list)

    def note(self, ident: str, position: int, at: int) -> None:
        """A fact of that position lies in our aggregate, there at `at`; given in the order in which they lie there."""
        if at <= self.read:
            return
        if self.ident and ident != self.ident:
            self.checked, self._runs = 0, []
        self.ident = ident
        last = self._runs[-1] if self._runs else None
        if position <= max(self.checked, last.last if last else 0):
            return
        if last and position == last.last + 1 and position - last.first < _LONGEST:
            last.last = position
        else:
            self._runs.append(_Run(position, position, at))

    def lacks(self, up_to: int) -> list[Stretch]:
        """What is not held of the positions up to there that were not checked yet."""
        found: list[Stretch] = []
        following = self.checked + 1
        for run in self._runs:
            if run.first > up_to:
                break
            if run.first > following:
                found.append((following, run.first - 1))
            following = run.last + 1
        if following <= up_to:
            found.append((following, up_to))
        return found

    def settle(self, position: int) -> None:
        """Nothing up to there is lacking any more."""
        self.checked = max(self.checked, position)
        self._runs = [run for run in self._runs if run.last > self.checked]

    def since(self, cursor: int) -> int:
        """Behind which place of the aggregate lies everything that was read up to `cursor` and is not settled."""
        return self._runs[0].at - 1 if self._runs else cursor


def bounded(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The first of them, as many as one question may hold."""
    taken: list[Stretch] = []
    left = _ASKED_POSITIONS
    for first, last in stretches:
        if not left or len(taken) == _ASKED_STRETCHES:
            break
        taken.append((first, min(last, first + left - 1)))
        left -= taken[-1][1] - first + 1
    return taken


def told(source: str) -> tuple[str, str, int] | None:
    """Stream, identity and position, from what the broker notes of a fact's way; nothing unless it came over a link.

    As nats-server 2.15 writes it: `<stream>:<api>:C=<durable> <position> <filter> <transform> <subject> [<identity>]`.
    """
    parts = source.split(" ")
    stream, colon, way = parts[0].partition(":")
    if len(parts) < 5 or not colon or "C=" not in way or not parts[1].isdigit():
        return None
    return stream, parts[5] if len(parts) > 5 else "", int(parts[1])


def asked_for(said: Any) -> tuple[str, list[Stretch]] | None:
    """Durable and stretches of a question; nothing if it is none or asks for too much."""
    try:
        stretches = [(int(first), int(last)) for first, last in said["lacks"]]
        durable = str(said["durable"])
    except (TypeError, KeyError, ValueError):
        return None
    sound = all(0 < first <= last for first, last in stretches) and bounded(stretches) == stretches
    return (durable, stretches) if stretches and sound else None
