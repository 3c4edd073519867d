"""Draws the schematic townships: Voronoi cells of the seats, clipped to the district outline.

Not a legal boundary. Street and town polygons of the district are not published with a usable licence, so the
map shows which seat is nearest. A bureau imports its own boundary over it. Run again after a seat was changed:

    python deploy/district/make_townships.py
"""

import csv
import json
from math import cos, radians
from pathlib import Path
from typing import Any

from shapely import MultiPoint, Point, voronoi_polygons
from shapely.affinity import scale
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

DISTRICT = Path(__file__).parents[2] / "shared" / "kernel" / "district"
DIGITS = 5
"""Digits kept of a degree: about one metre."""


def cells(seats: list[tuple[float, float]], outline: BaseGeometry) -> list[BaseGeometry]:
    """One part of the outline for every seat, in the order of the seats.

    Cells are cut where a degree of longitude is as long as a degree of latitude, so that "nearest" is true in metres.
    """
    shrink = cos(radians(outline.centroid.y))
    points = [scale(Point(seat), xfact=shrink, origin=(0, 0)) for seat in seats]
    frame = scale(outline, xfact=shrink, origin=(0, 0))
    diagram = voronoi_polygons(MultiPoint(points), extend_to=frame.buffer(1))
    clipped = [next(cell for cell in diagram.geoms if cell.contains(point)).intersection(frame) for point in points]
    return [scale(cell, xfact=1 / shrink, origin=(0, 0)) for cell in clipped]


def rounded(value: Any) -> Any:
    """The same coordinates, nested to any depth, as lists with `DIGITS` digits."""
    return round(value, DIGITS) if isinstance(value, float) else [rounded(part) for part in value]


def feature(row: dict[str, str], cell: BaseGeometry) -> dict[str, Any]:
    """One township as GeoJSON."""
    seat = [float(row["seat_lon"]), float(row["seat_lat"])]
    return {
        "type": "Feature",
        "properties": {"code": row["code"], "name": row["name"], "site_token": row["token"], "seat": seat},
        "geometry": {"type": cell.geom_type, "coordinates": rounded(mapping(cell)["coordinates"])},
    }


def document(rows: list[dict[str, str]], outline: BaseGeometry) -> str:
    """The whole collection, one feature a line so that a change can be read in a diff."""
    seats = [(float(row["seat_lon"]), float(row["seat_lat"])) for row in rows]
    lines = [
        json.dumps(feature(row, cell), ensure_ascii=False)
        for row, cell in zip(rows, cells(seats, outline), strict=True)
    ]
    head = '{"type": "FeatureCollection",\n"label": "示意，非法定界线",\n"features": [\n'
    return head + ",\n".join(lines) + "\n]}\n"


def main() -> None:
    """Rewrites `townships.geojson` beside the seats and the outline."""
    outline = shape(json.loads((DISTRICT / "district.geojson").read_text("utf-8"))["geometry"])
    with (DISTRICT / "townships.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    (DISTRICT / "townships.geojson").write_text(document(rows, outline), "utf-8")


if __name__ == "__main__":
    main()
