"""Refuses what cannot be true (times, places) and names what is only doubtful as a hint."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.incident_intake.domain.incident import township_names
from services.incident_intake.domain.limits import IntakeConfig
from shared.kernel.district import township_at
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.geo import SourceCrs, in_china, to_wgs84

_UNSHIFTED = (SourceCrs.WGS84, SourceCrs.CGCS2000)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something a person should look at although the report was taken; labelled `problem.<code>`."""

    pointer: str
    code: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the earth in WGS 84, and the system in which it was given."""

    lon: float
    lat: float
    source_crs: SourceCrs


def refuse(faults: Iterable[FieldFault]) -> None:
    """Raise if there is a fault: under its own code if it is the only one.

    Raises:
        Invalid: the fault's code, or `request.invalid` for several.
    """
    found = tuple(faults)
    if found:
        only = found[0] if len(found) == 1 else None
        raise Invalid(only.code if only else "request.invalid", faults=found, **(only.params if only else {}))


def time_fault(pointer: str, value: datetime | None, now: datetime, config: IntakeConfig) -> FieldFault | None:
    """What is wrong with a reported time, if anything."""
    if value is None:
        return None
    if value > now + config.ahead.value:
        return FieldFault(pointer, "time.in_future", minutes=config.ahead.value // timedelta(minutes=1))
    if value < config.oldest.value:
        return FieldFault(pointer, "time.too_old", year=config.oldest.value.year)
    return None


def read_point(lon: float | None, lat: float | None, crs: SourceCrs) -> Point | FieldFault | None:
    """The point in WGS 84, None if none was given, or what is wrong with it."""
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        return FieldFault("/location/lon" if lon is None else "/location/lat", "location.incomplete")
    if in_china(lon, lat):
        return Point(*to_wgs84(lon, lat, crs), crs)
    code = "location.swapped" if in_china(lat, lon) else "location.outside_china"
    return FieldFault("/location/lon", code, lon=lon, lat=lat)


def township_fault(code: str | None) -> FieldFault | None:
    """A township must be one of the district's; incidents elsewhere have none."""
    if code is None or code in township_names():
        return None
    return FieldFault("/location/township", "location.township_unknown", township=code)


def place_township(point: Point | None, given: str | None) -> tuple[str | None, list[Hint]]:
    """The township of a place, and what to tell: a suggestion from the schematic never overrides what was said."""
    if point is None:
        return given, [Hint("/location", "incident.no_point")]
    found = township_at(point.lon, point.lat)
    if found is None:
        return given, [Hint("/location", "location.outside_district"), *_perhaps_shifted(point, given)]
    if given is None:
        return found.code, [Hint("/location/township", "location.township_schematic", {"township_name": found.name})]
    if given == found.code:
        return given, []
    names: dict[str, object] = {"township_name": township_names()[given], "schematic_name": found.name}
    return given, [Hint("/location/township", "location.township_differs", names), *_perhaps_shifted(point, given)]


def _perhaps_shifted(point: Point, given: str | None) -> list[Hint]:
    """Whether the point fits when it is read as copied from a map of a shifted system, which nobody had named.

    Nothing is moved for that: a point is kept as it was said, and a person decides.
    """
    if point.source_crs not in _UNSHIFTED:
        return []
    for crs in (SourceCrs.GCJ02, SourceCrs.BD09):
        found = township_at(*to_wgs84(point.lon, point.lat, crs))
        if found is not None and given in {None, found.code}:
            return [Hint("/location/crs", f"location.perhaps_{crs.value}", {"township_name": found.name})]
    return []
