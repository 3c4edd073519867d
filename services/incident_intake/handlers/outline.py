"""A rough outline of very many shapes: never smaller than what they cover, since who is warned must see it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_FIRST_TOLERANCE = 0.0005
"""Degrees, about 50 m: less than the edge of a warning area means."""
_ROUNDS = 8
_DIGITS = 5


def positions_in(polygons: Sequence[Any]) -> int:
    """How many positions these polygons (GeoJSON coordinates) have together."""
    return sum(len(ring) for polygon in polygons for ring in polygon)


def rough_outline(polygons: Sequence[Any], limit: int) -> list[Any]:
    """Coordinates of at most `limit` positions that cover the polygons; their convex hull when nothing else does."""
    from shapely import Polygon, make_valid, unary_union  # noqa: PLC0415 — with numpy it weighs 10 MB, seldom needed

    whole = unary_union([make_valid(Polygon(polygon[0], polygon[1:])) for polygon in polygons])
    tolerance = _FIRST_TOLERANCE
    for _ in range(_ROUNDS):
        found = _coordinates(whole.buffer(tolerance, quad_segs=2).simplify(tolerance))
        if 0 < positions_in(found) <= limit:
            return found
        tolerance *= 2
    return _coordinates(whole.convex_hull.buffer(tolerance, quad_segs=2))


def _coordinates(shape: "BaseGeometry") -> list[Any]:
    from shapely import MultiPolygon, Polygon  # noqa: PLC0415 — see above

    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    return [
        [[[round(x, _DIGITS), round(y, _DIGITS)] for x, y in ring.coords] for ring in (part.exterior, *part.interiors)]
        for part in parts
        if isinstance(part, Polygon) and not part.is_empty
    ]
