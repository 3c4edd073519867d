"""The scorer: class, place, time and words of two reports. Pure; what it may count as near is passed in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.incident_intake.domain.duplicates.places import alike, other_numbers, overlap, pairs, plain
from services.incident_intake.domain.incident import type_name
from shared.kernel.geo import distance_m

PROPOSED = 0.6
"""From this score on a person is asked; measured on the labelled set (tests/unit/test_duplicates.py)."""

_KIND, _PLACE, _TIME, _WORDS = 0.3, 0.4, 0.2, 0.1
_SAME_GROUP, _SAME_CLASS, _UNKNOWN_CLASS = 0.8, 0.45, 0.6
_ALIKE_ENOUGH = 0.6
_SAID_ONLY = 0.85
"""Words of a place without a point are weaker than a point."""
_APART = 0.25
_NEXT_DOOR, _NEXT_DOOR_METRES = 0.65, 120.0
"""So near, another number may be the next house, or misheard: it speaks against it, and a person is still asked."""
_UNLIKE, _UNLIKE_FROM_METRES, _ELSEWHERE = 0.2, 100.0, 0.35
"""Two names that have nothing in common, and points that are not the same one, are rather two places."""
_CALLED_AGAIN = 0.15


@dataclass(frozen=True, slots=True)
class Window:
    """How near and how soon two reports must be to be one event (判重建议: 同类大类 + 300 m + 30 min)."""

    metres: float
    span: timedelta


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one report says, as far as it helps to tell whether another one means the same.

    Args:
        at: when it came in, or when it happened if that was said.
        callers: numbers from which it was told, digits only.
    """

    type_code: str | None
    at: datetime
    lon: float | None = None
    lat: float | None = None
    place: str | None = None
    township: str | None = None
    words: str | None = None
    callers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, or why not; labelled `duplicate_reason.<code>`."""

    code: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two reports tell of one event, 0 to 1, and why."""

    score: float
    reasons: tuple[Reason, ...]
    distance_m: float | None
    minutes: float


def compare(one: Sighting, other: Sighting, window: Window) -> Likeness | None:
    """How alike two reports are; None if they cannot be one event: another class, too far, too late, no place."""
    kind = _kind(one, other)
    minutes = abs((one.at - other.at).total_seconds()) / 60
    if kind is None or minutes > window.span.total_seconds() / 60:
        return None
    place = _place(one, other, window)
    if place is None:
        return None
    kind_score, kind_reason = kind
    place_score, factor, place_reasons, metres = place
    soon = 1 - 0.5 * minutes / max(window.span.total_seconds() / 60, 1)
    # Everybody says 着火了: words prove nothing where the places speak against it.
    words = factor * overlap(pairs(plain(one.words)), pairs(plain(other.words)))
    score = _KIND * kind_score + _PLACE * place_score + _TIME * soon + _WORDS * words
    again = bool(one.callers & other.callers)
    reasons = (kind_reason, *place_reasons, Reason("soon", {"minutes": round(minutes)}))
    if words >= _ALIKE_ENOUGH and one.words:
        reasons += (Reason("same_words"),)
    if again:
        reasons += (Reason("same_caller"),)
    total = min(1.0, score + (_CALLED_AGAIN if again else 0))
    return Likeness(round(total, 3), reasons, metres, round(minutes, 1))


def _kind(one: Sighting, other: Sighting) -> tuple[float, Reason] | None:
    """How alike the types are: the same, one group (12G), one class (12), or one of them not known."""
    mine, theirs = one.type_code, other.type_code
    if not mine or not theirs:
        return _UNKNOWN_CLASS, Reason("type_unknown")
    if mine == theirs:
        return 1.0, Reason("same_type", {"type_name": type_name(mine) or mine})
    if mine[:3] == theirs[:3]:
        return _SAME_GROUP, Reason("same_group", {"type_name": type_name(theirs) or theirs})
    if mine[:2] == theirs[:2]:
        return _SAME_CLASS, Reason("same_class", {"type_name": type_name(theirs) or theirs})
    return None


_Placed = tuple[float, float, tuple[Reason, ...], float | None]
"""Score, how far nothing speaks against it, reasons, distance."""


def _place(one: Sighting, other: Sighting, window: Window) -> _Placed | None:
    """How near they are: by their points if both have one, else by words; numbers that differ speak against it."""
    words = alike(one.place, other.place)
    apart = other_numbers(one.place, other.place) if words >= _ALIKE_ENOUGH else None
    against = () if apart is None else (Reason("other_number", {"mine": apart[0], "theirs": apart[1]}),)
    factor = 1.0 if apart is None else _APART
    if one.lon is not None and one.lat is not None and other.lon is not None and other.lat is not None:
        metres = distance_m(one.lon, one.lat, other.lon, other.lat)
        if metres > window.metres:
            return None
        near = 1 - 0.5 * metres / max(window.metres, 1)
        said = (Reason("same_place"),) if words >= _ALIKE_ENOUGH else ()
        if apart is not None and metres <= _NEXT_DOOR_METRES:
            factor = _NEXT_DOOR
        if one.place and other.place and words < _UNLIKE and metres > _UNLIKE_FROM_METRES:
            factor, said = factor * _ELSEWHERE, (Reason("other_place"),)
        return factor * near, factor, (Reason("near", {"metres": round(metres)}), *said, *against), round(metres)
    if words < _ALIKE_ENOUGH or (one.township and other.township and one.township != other.township):
        return None
    return factor * _SAID_ONLY * words, factor, (Reason("same_place"), *against), None
