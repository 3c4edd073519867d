"""What lies around a place: pure, so that what is listed without anybody asking can be proved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import cos, radians

from services.resource_dispatch.domain.facility_kinds import BUILDING_SITE, GROUPS, kind_of
from shared.contracts.events.dispatch import UnitFact
from shared.contracts.events.facilities import FacilityFact, HazardState
from shared.kernel.geo import distance_m
from shared.kernel.limits import Limit

ON_SITE_M: Limit[float] = Limit(60.0, "选定值:坐标误差加一个出入口;局方可改")
"""An incident this near to the edge of a building site lies on it."""
HAZARD_M: Limit[float] = Limit(1000.0, "平台业务要求:事发 1 公里内未销号的重大隐患自动列出")
NEAR_M: Limit[float] = Limit(1000.0, "选定值:步行 15 分钟以内;局方可改")
FARTHEST_M = 10_000.0
_METRES_A_DEGREE = 111_000.0
"""A little less than a degree of latitude has, so that the box is never too small."""


@dataclass(frozen=True, slots=True)
class Facility:
    """An entry of the register with the version of its last fact; whom to call is known at its home site only."""

    state: FacilityFact
    version: int
    contact_name: str | None = None
    contact_phone: str | None = None

    @property
    def group(self) -> str:
        """The group in which it is shown."""
        return kind_of(self.state.code, self.state.subtype).group

    @property
    def is_open_hazard(self) -> bool:
        """Whether a major hidden danger there has not been struck off."""
        return self.state.major_hazard and self.state.hazard_state is not HazardState.CLOSED


@dataclass(frozen=True, slots=True)
class Near:
    """A facility and how far its edge is, in metres as the crow flies."""

    facility: Facility
    distance_m: float


@dataclass(frozen=True, slots=True)
class Station:
    """The nearest fire station."""

    unit: UnitFact
    distance_m: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies around a place, everything in order of distance.

    Args:
        items: within the distance asked for.
        sites: building sites on which the place lies.
        major_hazards: not struck off, within their own distance, whatever was asked for.
        road: the nearest thing whose road's width is known.
    """

    items: tuple[Near, ...]
    sites: tuple[Near, ...]
    major_hazards: tuple[Near, ...]
    road: Near | None
    station: Station | None

    def narrowed(self, codes: Sequence[str]) -> "Surroundings":
        """The same with only those items whose codes begin so; what is told unasked stays."""
        kept = (near for near in self.items if near.facility.state.code.startswith(tuple(codes)))
        return replace(self, items=tuple(kept))

    def groups(self) -> list[tuple[str, int, float]]:
        """Each group that is there, how many, and how far the nearest is."""
        return [
            (group, len(found), found[0].distance_m)
            for group in GROUPS
            if (found := [near for near in self.items if near.facility.group == group])
        ]


def box(lon: float, lat: float, metres: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a box that holds everything within so many metres."""
    up = metres / _METRES_A_DEGREE
    side = up / max(0.1, cos(radians(lat)))
    return lon - side, lat - up, lon + side, lat + up


def look_around(
    lon: float, lat: float, within_m: float, facilities: Iterable[Facility], stations: Sequence[UnitFact]
) -> Surroundings:
    """What lies around the place.

    Args:
        facilities: all that may be near; those retired are left out.
        stations: fire stations with or without a place.
    """
    seen = sorted(
        (_near(one, lon, lat) for one in facilities if one.state.retired_at is None),
        key=lambda near: (near.distance_m, near.facility.state.name, near.facility.state.id),
    )
    items = tuple(near for near in seen if near.distance_m <= within_m)
    return Surroundings(
        items=items,
        sites=tuple(n for n in seen if n.facility.state.code == BUILDING_SITE and n.distance_m <= ON_SITE_M.value),
        major_hazards=tuple(n for n in seen if n.facility.is_open_hazard and n.distance_m <= HAZARD_M.value),
        road=next((near for near in items if near.facility.state.road_width_m is not None), None),
        station=_station(lon, lat, stations),
    )


def _near(facility: Facility, lon: float, lat: float) -> Near:
    straight = distance_m(facility.state.lon, facility.state.lat, lon, lat)
    return Near(facility, max(0.0, straight - (facility.state.extent_m or 0.0)))


def _station(lon: float, lat: float, stations: Sequence[UnitFact]) -> Station | None:
    placed = [
        Station(unit, distance_m(unit.lon, unit.lat, lon, lat))
        for unit in stations
        if unit.lon is not None and unit.lat is not None
    ]
    return min(placed, key=lambda one: (one.distance_m, one.unit.name), default=None)
