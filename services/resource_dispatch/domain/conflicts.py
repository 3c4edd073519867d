"""What two sites did to one reality while they could not hear each other. Found by rule, decided by a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from shared.contracts.events.dispatch import ConflictKind
from shared.kernel.geo import distance_m
from shared.kernel.limits import Limit

SAME_PLACE = Limit(300.0, "判重建议值，待局方确认")
"""Metres."""
SAME_TIME = Limit(timedelta(minutes=30), "判重建议值，待局方确认")
DECISION_VALID = Limit(timedelta(hours=24), "chosen: who hears of a decision a day later decides anew")
_NAMES = UUID("6f7b1c1e-58c1-5d0f-9c3f-0d6a6b0a7f10")


@dataclass(frozen=True, slots=True)
class Sighting:
    """An incident as far as it matters whether it is another one too."""

    id: str
    home_site: str
    type_code: str | None
    status: str
    lon: float | None
    lat: float | None
    occurred_at: datetime | None
    continues: str | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A unit's time that a site has given away: `[ordered_at, ended_at)`."""

    id: str
    home_site: str
    unit_id: str
    unit_name: str
    ordered_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near two incidents are."""

    metres: int
    minutes: int


def conflict_id(kind: ConflictKind, one: str, other: str) -> str:
    """The same for the same two, in whichever order they were heard."""
    return str(uuid5(_NAMES, f"{kind}:{':'.join(sorted((one, other)))}"))


def same_incident(one: Sighting, other: Sighting) -> Nearness | None:
    """How near the two are if they may be one event: two sites, one class, ≤ 300 m, ≤ 30 min; else None."""
    if one.home_site == other.home_site or "merged" in {one.status, other.status}:
        return None
    if one.type_code is None or other.type_code is None or one.type_code[:2] != other.type_code[:2]:
        return None
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    if one.occurred_at is None or other.occurred_at is None:
        return None
    metres = distance_m(one.lon, one.lat, other.lon, other.lat)
    apart = abs(one.occurred_at - other.occurred_at)
    if metres > SAME_PLACE.value or apart > SAME_TIME.value:
        return None
    return Nearness(round(metres), round(apart.total_seconds() / 60))


def goes_on_beside(one: Sighting, other: Sighting) -> bool:
    """Whether one of two sites' incidents was opened to go on with the other, or both to go on with a third."""
    if one.home_site == other.home_site or "merged" in {one.status, other.status}:
        return False
    linked = one.continues == other.id or other.continues == one.id
    return linked or (one.continues is not None and one.continues == other.continues)


def promised_twice(one: Promise, other: Promise) -> bool:
    """Whether two sites gave away the same unit's time: the same id, or the same name in two sites' lists."""
    if one.home_site == other.home_site:
        return False
    is_one_unit = one.unit_id == other.unit_id or _bare(one.unit_name) == _bare(other.unit_name)
    return is_one_unit and _before_end(one, other) and _before_end(other, one)


def _before_end(one: Promise, other: Promise) -> bool:
    return other.ended_at is None or one.ordered_at < other.ended_at


def _bare(name: str) -> str:
    return "".join(name.split())
