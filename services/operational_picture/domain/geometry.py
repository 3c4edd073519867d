"""Where a feature lies, as GeoJSON in WGS 84."""

from collections.abc import Mapping
from typing import Any

Geometry = dict[str, Any]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def point(place: object) -> Geometry | None:
    """The point in an object with `lon` and `lat`, if it has one."""
    if not isinstance(place, Mapping):
        return None
    lon, lat = place.get("lon"), place.get("lat")
    return {"type": "Point", "coordinates": [lon, lat]} if _is_number(lon) and _is_number(lat) else None


def geometry_of(kind: str, properties: Mapping[str, Any]) -> Geometry | None:
    """The geometry of a feature of this kind; assignments, notifications and shifts lie nowhere."""
    if kind in {"incident", "call"}:
        return point(properties["location"])
    if kind in {"unit", "command_post"}:
        return point(properties)
    drawn = properties.get("geometry") if kind in {"warning", "mark"} else None
    return drawn if isinstance(drawn, dict) else None
