"""Where one of our own warnings holds: townships that were named, and an area drawn on the map."""

import json
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from services.incident_intake.domain.cap_alert import CapArea, NamedValue, Ring
from services.incident_intake.domain.checks import refuse
from services.incident_intake.domain.incident import township_names
from shared.kernel.district import district_geojson, townships_geojson
from shared.kernel.errors import FieldFault

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_GEOCODE = "行政区划代码"
_MARGIN = 0.02
"""Degrees, about 2 km: a hand-drawn line follows the district's edge no better, and the outline itself is schematic."""
_DIGITS = 6


@cache
def _district() -> tuple[str, str, "BaseGeometry"]:
    """Code, name and shape."""
    from shapely.geometry import shape  # noqa: PLC0415 — with numpy it weighs 10 MB; warnings are seldom issued

    feature = json.loads(district_geojson())
    return feature["properties"]["code"], feature["properties"]["name"], shape(feature["geometry"])


def district_code() -> str:
    """Six digits (GB/T 2260)."""
    return str(json.loads(district_geojson())["properties"]["code"])


def areas_of(townships: Sequence[str], polygon: Sequence[Sequence[float]] | None) -> tuple[CapArea, ...]:
    """The areas as they stand in the message; all townships together are the district.

    Args:
        townships: codes.
        polygon: corners in WGS 84, open or closed.

    Raises:
        Invalid: `warning.area_missing`, `location.township_unknown`, or what is wrong with the drawn area.
    """
    chosen = list(dict.fromkeys(townships))
    names = township_names()
    faults = [
        FieldFault(f"/area_townships/{place}", "location.township_unknown", township=code)
        for place, code in enumerate(chosen)
        if code not in names
    ]
    if not chosen and not polygon:
        faults.append(FieldFault("/area_townships", "warning.area_missing"))
    refuse(faults)
    named = [_named(code, names[code]) for code in chosen]
    if len(chosen) == len(names):
        code, name, _ = _district()
        named = [_named(code, f"{name}全域")]
    return (*named, *([_drawn(polygon)] if polygon else []))


def _named(code: str, name: str) -> CapArea:
    return CapArea(description=name, geocodes=(NamedValue(name=_GEOCODE, value=code),))


def _drawn(corners: Sequence[Sequence[float]]) -> CapArea:
    """The drawn area; its words are the townships that it touches by their schematic shapes."""
    from shapely import Polygon  # noqa: PLC0415 — see above

    ring: Ring = tuple((round(lon, _DIGITS), round(lat, _DIGITS)) for lon, lat in corners)
    ring = ring if ring[0] == ring[-1] else (*ring, ring[0])
    if len(set(ring)) < 3:
        refuse([FieldFault("/polygon", "warning.area_too_few")])
    drawn = Polygon(ring)
    if not drawn.is_valid or drawn.area == 0:
        refuse([FieldFault("/polygon", "warning.area_crossing")])
    if not _district()[2].buffer(_MARGIN).covers(drawn):
        refuse([FieldFault("/polygon", "warning.area_outside")])
    touched = "、".join(name for name, shape in _cells() if shape.intersects(drawn))
    return CapArea(description=f"图上划定范围(涉及{touched})" if touched else "图上划定范围", polygons=(ring,))


@cache
def _cells() -> tuple[tuple[str, Any], ...]:
    from shapely.geometry import shape  # noqa: PLC0415 — see above

    features = json.loads(townships_geojson())["features"]
    return tuple((feature["properties"]["name"], shape(feature["geometry"])) for feature in features)
