"""Numbers of lines at their sender: 1 to 999 and again 1; which of them never came."""

from collections.abc import Iterable

LAST = 999
MAX_TOLD = 20
"""More missing numbers than these are a new beginning at the sender or a long silence; they are told as a range."""


def serial(sequence: int, last: int | None) -> int:
    """A number that goes on after 999, nearest to the last one known, so that a line that came late stays behind."""
    if last is None:
        return sequence
    turn = (last - 1) // LAST
    near = [sequence + LAST * (turn + step) for step in (-1, 0, 1)]
    return min((one for one in near if one > 0), key=lambda one: (abs(one - last), -one))


def missing(serials: Iterable[int]) -> list[int]:
    """Numbers as the sender wrote them that lie between the first and the last known one and did not come."""
    known = set(serials)
    if not known:
        return []
    gaps = (one for one in range(min(known), max(known)) if one not in known)
    return [(one - 1) % LAST + 1 for one, _ in zip(gaps, range(MAX_TOLD), strict=False)]
