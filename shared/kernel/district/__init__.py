"""The sample district (大兴区 110115): its townships, its outline and the codes of incident types.

Names and codes: national statistics, 2023-06-30. Seats are rough (±3 km). Township polygons are a schematic drawn by
`deploy/district/make_townships.py` and are no legal boundary (示意，非法定界线). Coordinates are degrees, WGS84.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import cos, radians

Ring = tuple[tuple[float, float], ...]
"""A closed line of `(lon, lat)`."""
Polygon = tuple[Ring, ...]
"""An outer ring, then the holes."""

_CHINA = (73.4, 3.3, 135.1, 53.6)
"""West, south, east, north of a box around China: finds swapped or missing coordinates, decides nothing else."""


@dataclass(frozen=True)
class Township:
    """属地单位: a street or town; `token` is its short ASCII name, used as the name of its site."""

    code: str
    name: str
    token: str
    lon: float
    lat: float


@dataclass(frozen=True)
class IncidentType:
    """A code of the classification of incidents (突发事件分类, five characters such as `11A02`).

    Args:
        level: 0 for the root, 1 class, 2 group, 3 kind.
        inferred: the code was concluded from the structure, not read in a source.
        initials: first letters of the name's pinyin, for quick search.
    """

    code: str
    name: str
    level: int
    parent: str
    inferred: bool
    initials: str


def _rows(name: str) -> list[dict[str, str]]:
    text = (files(__name__) / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t"))


def district_geojson() -> str:
    """The outline of the district as the text of a GeoJSON feature."""
    return (files(__name__) / "district.geojson").read_text("utf-8")


def townships_geojson() -> str:
    """The schematic townships as the text of a GeoJSON collection; show its `label` beside it."""
    return (files(__name__) / "townships.geojson").read_text("utf-8")


@cache
def townships() -> tuple[Township, ...]:
    """All townships, ordered by code."""
    return tuple(
        Township(row["code"], row["name"], row["token"], float(row["seat_lon"]), float(row["seat_lat"]))
        for row in _rows("townships.tsv")
    )


@cache
def incident_types() -> tuple[IncidentType, ...]:
    """All types of incidents, ordered by code, parents before children."""
    return tuple(
        IncidentType(
            row["code"], row["name"], int(row["level"]), row["parent"], row["inferred"] == "1", row["initials"]
        )
        for row in _rows("event_codes.tsv")
    )


def _polygons(geometry: dict[str, object]) -> tuple[Polygon, ...]:
    """The polygons of a GeoJSON `Polygon` or `MultiPolygon`."""
    coordinates = geometry["coordinates"]
    assert isinstance(coordinates, list)  # our own file
    parts = coordinates if geometry["type"] == "MultiPolygon" else [coordinates]
    return tuple(tuple(tuple((lon, lat) for lon, lat in ring) for ring in part) for part in parts)


@cache
def _outline() -> tuple[Polygon, ...]:
    return _polygons(json.loads(district_geojson())["geometry"])


@cache
def _cells() -> tuple[tuple[Township, tuple[Polygon, ...]], ...]:
    """Each township with its polygons."""
    shapes = {
        feature["properties"]["code"]: _polygons(feature["geometry"])
        for feature in json.loads(townships_geojson())["features"]
    }
    return tuple((township, shapes[township.code]) for township in townships())


def _in_ring(lon: float, lat: float, ring: Ring) -> bool:
    """Ray casting to the east: odd number of crossings means inside."""
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def in_polygons(lon: float, lat: float, polygons: Sequence[Polygon]) -> bool:
    """Whether the point lies in one of the polygons and not in its holes."""
    return any(
        _in_ring(lon, lat, outer) and not any(_in_ring(lon, lat, hole) for hole in holes) for outer, *holes in polygons
    )


def in_district(lon: float, lat: float) -> bool:
    """Whether the point lies within the outline of the district."""
    return in_polygons(lon, lat, _outline())


def in_china(lon: float, lat: float) -> bool:
    """Whether the point lies in a rough box around China; a quick test for swapped coordinates."""
    west, south, east, north = _CHINA
    return west <= lon <= east and south <= lat <= north


def _nearest(lon: float, lat: float) -> Township:
    shrink = cos(radians(lat))
    return min(townships(), key=lambda t: ((t.lon - lon) * shrink) ** 2 + (t.lat - lat) ** 2)


def township_at(lon: float, lat: float) -> Township | None:
    """The township whose schematic polygon holds the point, `None` outside the district.

    A suggestion for the officer, who may choose another: the polygons are no legal boundary.
    """
    if not in_district(lon, lat):
        return None
    for township, polygons in _cells():
        if in_polygons(lon, lat, polygons):
            return township
    return _nearest(lon, lat)  # on a seam between two rounded polygons
