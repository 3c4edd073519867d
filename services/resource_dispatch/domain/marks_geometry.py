"""Shapes on the map: what may be drawn, and the circles and sectors that follow from a centre and a radius."""

from collections.abc import Sequence
from itertools import pairwise
from math import asin, atan2, cos, degrees, radians, sin
from typing import Any

from services.resource_dispatch.domain.place import checked_point
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.geo import SourceCrs

Geometry = dict[str, Any]
Position = list[float]

MOST_POSITIONS = 500
_EARTH_M = 6_371_008.8
_CIRCLE_SIDES = 64
_SECTOR_STEP_DEG = 3.0
_LINE_NEEDS, _AREA_NEEDS = 2, 4
"""Positions; an area's first one stands at its end again."""


def destination(lon: float, lat: float, bearing_deg: float, distance_m: float) -> Position:
    """The point that lies so far in this direction (clockwise from north), on the sphere."""
    phi, theta, arc = radians(lat), radians(bearing_deg), distance_m / _EARTH_M
    end = asin(sin(phi) * cos(arc) + cos(phi) * sin(arc) * cos(theta))
    turn = atan2(sin(theta) * sin(arc) * cos(phi), cos(arc) - sin(phi) * sin(end))
    return [round(lon + degrees(turn), 7), round(degrees(end), 7)]


def circle(lon: float, lat: float, radius_m: float) -> Geometry:
    """The area within so many metres, as a polygon."""
    ring = [destination(lon, lat, 360.0 * side / _CIRCLE_SIDES, radius_m) for side in range(_CIRCLE_SIDES)]
    return {"type": "Polygon", "coordinates": [[*ring[::-1], ring[-1]]]}


def sector(lon: float, lat: float, radius_m: float, towards_deg: float, spread_deg: float) -> Geometry:
    """The part of the circle that is seen under this angle in this direction, with the centre as its tip."""
    steps = max(2, round(spread_deg / _SECTOR_STEP_DEG))
    first = towards_deg - spread_deg / 2
    arc = [destination(lon, lat, first + spread_deg * step / steps, radius_m) for step in range(steps + 1)]
    tip = [round(lon, 7), round(lat, 7)]
    return {"type": "Polygon", "coordinates": [[tip, *arc[::-1], tip]]}


def drawn(kind: str, positions: Sequence[Sequence[float]], crs: SourceCrs) -> Geometry:
    """What was drawn, checked and in WGS 84.

    Args:
        kind: `Point`, `LineString` or `Polygon` (its outer edge; the last position may be left out).

    Raises:
        Invalid: `mark.line_too_short`, `mark.area_too_small`, `mark.area_crosses`, `mark.too_many_positions`, or what
            is wrong with a place.
    """
    if len(positions) > MOST_POSITIONS:
        raise _refused("mark.too_many_positions", most=MOST_POSITIONS)
    places = [_place(position, crs) for position in positions]
    places = [place for index, place in enumerate(places) if index == 0 or place != places[index - 1]]
    if kind == "Point":
        if len(places) != 1:
            raise _refused("mark.geometry_unreadable")
        return {"type": kind, "coordinates": places[0]}
    if kind == "LineString":
        if len(places) < _LINE_NEEDS:
            raise _refused("mark.line_too_short")
        return {"type": kind, "coordinates": places}
    ring = places if places and places[0] == places[-1] else [*places, *places[:1]]
    if len(ring) < _AREA_NEEDS:
        raise _refused("mark.area_too_small")
    if crosses_itself(ring):
        raise _refused("mark.area_crosses")
    return {"type": "Polygon", "coordinates": [ring]}


def _place(position: Sequence[float], crs: SourceCrs) -> Position:
    lon, lat = checked_point(position[0], position[1], crs)
    assert lon is not None
    assert lat is not None
    return [lon, lat]


def _refused(code: str, **params: Any) -> Invalid:
    return Invalid(code, faults=(FieldFault("/geometry", code, **params),), **params)


def crosses_itself(ring: Sequence[Position]) -> bool:
    """Whether two edges of the closed ring cross; edges that meet in a corner do not."""
    edges = list(pairwise(ring))
    last = len(edges) - 1
    return any(
        _cross(*edges[one], *edges[two])
        for one in range(len(edges))
        for two in range(one + 2, len(edges))
        if (one, two) != (0, last)
    )


def _cross(a: Position, b: Position, c: Position, d: Position) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Position, b: Position, c: Position) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
