"""What of a warning is drawn and read first: the blocks of the preferred language, and their areas as one geometry."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.incident_intake.cap.circle import circle_ring
from services.incident_intake.domain.cap_alert import CapAlert, CapArea, CapFault, CapInfo, CapReading
from services.incident_intake.handlers.outline import positions_in, rough_outline
from shared.kernel.district import district_geojson, in_polygons, townships_geojson

_TOWNSHIP_DIGITS = 9
MAX_DRAWN = 5_000
"""Positions of one warning on the map: every screen gets them, and a fact must fit through the broker (1 MiB)."""
_CIRCLE_POINTS, _FEWEST_POINTS = 64, 12


@dataclass(frozen=True, slots=True)
class Drawing:
    """What of one alert is drawn, and what had to be said about it."""

    geometry: dict[str, Any] | None
    faults: tuple[CapFault, ...] = ()


def draw(reading: CapReading) -> dict[int, Drawing]:
    """The drawing of each alert by its position in the document; takes a while, so not in the writer's thread."""
    return {alert.position: draw_alert(alert) for alert in reading.alerts}


def draw_alert(alert: CapAlert) -> Drawing:
    """The drawing of one alert; takes a while where its area is large."""
    polygons = _polygons_of(alert)
    count = positions_in(polygons)
    if count > MAX_DRAWN:
        params: dict[str, str | int | float] = {"count": count, "limit": MAX_DRAWN}
        fault = CapFault(alert=alert.position, pointer="/alert/info", line=1, code="cap.area_simplified", params=params)
        return Drawing({"type": "MultiPolygon", "coordinates": rough_outline(polygons, MAX_DRAWN)}, (fault,))
    return Drawing({"type": "MultiPolygon", "coordinates": polygons} if polygons else None)


def covers(geometry: dict[str, Any] | None, lon: float | None, lat: float | None) -> bool:
    """Whether what is warned of concerns the place; without an area, or without a point, it may, and so it does."""
    if geometry is None or lon is None or lat is None:
        return True
    return in_polygons(lon, lat, _parts(geometry))


def preferred_infos(alert: CapAlert) -> tuple[CapInfo, ...]:
    """The Chinese blocks, else all blocks of the language that comes first."""
    chinese = tuple(info for info in alert.infos if (info.language or "").lower().startswith("zh"))
    if chinese or not alert.infos:
        return chinese
    return tuple(info for info in alert.infos if info.language == alert.infos[0].language)


def _polygons_of(alert: CapAlert) -> list[Any]:
    """All areas as the coordinates of a GeoJSON MultiPolygon (WGS 84), each shape once.

    Circles become rings; the code of a township becomes its schematic polygon, which is no legal boundary.
    """
    areas = [area for info in preferred_infos(alert) for area in info.areas]
    rings = dict.fromkeys(ring for area in areas for ring in area.polygons)
    drawn: list[Any] = [[[list(position) for position in ring]] for ring in rings]
    codes = (geocode.value[:_TOWNSHIP_DIGITS] for area in areas for geocode in area.geocodes)
    for code in dict.fromkeys(code.removesuffix("000") for code in codes):
        drawn.extend(_known_shapes().get(code, []))
    return drawn + _circles(areas)


def _circles(areas: Sequence[CapArea]) -> list[Any]:
    circles = list(dict.fromkeys(circle for area in areas for circle in area.circles if circle.radius_km > 0))
    points = max(_FEWEST_POINTS, min(_CIRCLE_POINTS, MAX_DRAWN // max(len(circles), 1)))
    rings = (circle_ring(circle.lon, circle.lat, circle.radius_km, points) for circle in circles)
    return [[[[round(lon, 6), round(lat, 6)] for lon, lat in ring]] for ring in rings]


@cache
def _known_shapes() -> dict[str, list[Any]]:
    """Code of a township, or of the district itself, to its polygons."""
    features = json.loads(townships_geojson())["features"] + [json.loads(district_geojson())]
    return {feature["properties"]["code"]: _parts(feature["geometry"]) for feature in features}


def _parts(geometry: dict[str, Any]) -> list[Any]:
    coordinates = geometry["coordinates"]
    return list(coordinates) if geometry["type"] == "MultiPolygon" else [coordinates]
