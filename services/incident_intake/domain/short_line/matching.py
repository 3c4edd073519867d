"""Whether two tellings are of one event: line and line of one territory, or a line and the territory's own log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

FIGURES = ("dead", "missing", "injured", "trapped")


@dataclass(frozen=True, slots=True)
class Telling:
    """What identifies an event: place, kind, minute and the figures of people (domain rule: 单位+事件+分钟+关键数).

    Args:
        unit: last three digits of the territory's code.
        figures: dead, missing, injured, trapped; None when not known.
    """

    unit: str
    type_code: str
    occurred_at: datetime
    figures: tuple[int | None, ...]


def minute(moment: datetime) -> datetime:
    """The minute in which it happened."""
    return moment.replace(second=0, microsecond=0)


def same_event(one: Telling, other: Telling) -> bool:
    """Two lines of one territory: same kind and same minute at the scene. Figures may differ: they are what changes."""
    return _kind(one) == _kind(other) and minute(one.occurred_at) == minute(other.occurred_at)


def perhaps_same(one: Telling, other: Telling, span: timedelta) -> bool:
    """Same territory and kind, nearly the same time: a person decides."""
    return _kind(one) == _kind(other) and abs(one.occurred_at - other.occurred_at) <= span


def same_fact(line: Telling, own: Telling) -> bool:
    """A line and an incident in the territory's own log tell the same: also every figure must agree."""
    return same_event(line, own) and line.figures == own.figures


def recognised(own: Telling, copies: Iterable[tuple[str, Iterable[Telling]]]) -> str | None:
    """The one copy that one of its lines identifies with an incident of the own log.

    None when there is no such copy, and also when there are several: then a person decides.

    Args:
        copies: key of each copy taken by hand, and its lines.
    """
    found = [key for key, lines in copies if any(same_fact(line, own) for line in lines)]
    return found[0] if len(found) == 1 else None


def _kind(telling: Telling) -> tuple[str, str]:
    return telling.unit, telling.type_code
