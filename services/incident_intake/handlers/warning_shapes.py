"""What of a warning is drawn and read first: the blocks of the preferred language, and their areas as one geometry."""

import json
from functools import cache
from typing import Any

from services.incident_intake.cap.circle import circle_ring
from services.incident_intake.domain.cap_alert import CapAlert, CapArea, CapInfo
from shared.kernel.district import district_geojson, townships_geojson

_TOWNSHIP_DIGITS = 9


def preferred_infos(alert: CapAlert) -> tuple[CapInfo, ...]:
    """The Chinese blocks, else all blocks of the language that comes first."""
    chinese = tuple(info for info in alert.infos if (info.language or "").lower().startswith("zh"))
    if chinese or not alert.infos:
        return chinese
    return tuple(info for info in alert.infos if info.language == alert.infos[0].language)


def geometry_of(alert: CapAlert) -> dict[str, Any] | None:
    """All areas as a GeoJSON MultiPolygon (WGS 84), None when nothing can be drawn.

    Circles become rings; the code of a township becomes its schematic polygon, which is no legal boundary.
    """
    polygons = [polygon for info in preferred_infos(alert) for area in info.areas for polygon in _polygons(area)]
    return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None


def _polygons(area: CapArea) -> list[Any]:
    drawn: list[Any] = [[[list(position) for position in ring]] for ring in area.polygons]
    for circle in area.circles:
        if circle.radius_km > 0:
            ring = circle_ring(circle.lon, circle.lat, circle.radius_km)
            drawn.append([[[round(lon, 6), round(lat, 6)] for lon, lat in ring]])
    for code in dict.fromkeys(geocode.value[:_TOWNSHIP_DIGITS] for geocode in area.geocodes):
        drawn.extend(_known_shapes().get(code.removesuffix("000"), []))
    return drawn


@cache
def _known_shapes() -> dict[str, list[Any]]:
    """Code of a township, or of the district itself, to its polygons."""
    features = json.loads(townships_geojson())["features"] + [json.loads(district_geojson())]
    return {feature["properties"]["code"]: _parts(feature["geometry"]) for feature in features}


def _parts(geometry: dict[str, Any]) -> list[Any]:
    coordinates = geometry["coordinates"]
    return list(coordinates) if geometry["type"] == "MultiPolygon" else [coordinates]
