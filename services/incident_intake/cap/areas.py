"""Reads the areas of an info block: shapes are checked and turned into (longitude, latitude)."""

from services.incident_intake.cap.element import Element, parse_number
from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.xml_tree import Node
from services.incident_intake.domain.cap_alert import CapArea, CapCircle, Position, Ring

_HALF_EARTH_KM = 20_038.0


def read_area(node: Node, faults: FaultList) -> CapArea:
    """One area; a faulty shape is left out and named, the rest of the area stays."""
    element = Element(node, faults)
    rings = (read_polygon(child, faults) for child in element.all("polygon"))
    circles = (read_circle(child, faults) for child in element.all("circle"))
    area = CapArea(
        description=element.text("areaDesc", required=True),
        polygons=tuple(ring for ring in rings if ring is not None),
        circles=tuple(circle for circle in circles if circle is not None),
        geocodes=element.pairs("geocode"),
        altitude_ft=element.number("altitude"),
        ceiling_ft=element.number("ceiling"),
    )
    element.report_unknown()
    return area


def read_polygon(node: Node, faults: FaultList) -> Ring | None:
    """A ring of at least four points; one that was left open is closed, and that is named."""
    points: list[Position] = []
    for place, text in enumerate(node.text.split(), start=1):
        point = _point(text)
        if point is None:
            faults.add("cap.polygon_point_bad", node, place=place, value=text)
            return None
        points.append(point)
    if points and points[0] != points[-1]:
        points.append(points[0])
        faults.add("cap.polygon_not_closed", node)
    if len(points) < 4 or len(set(points)) < 3:
        faults.add("cap.polygon_too_short", node, points=len(points))
        return None
    return tuple(points)


def read_circle(node: Node, faults: FaultList) -> CapCircle | None:
    """A centre and a radius in kilometres."""
    parts = node.text.split()
    center = _point(parts[0]) if len(parts) == 2 else None
    radius = parse_number(parts[1]) if len(parts) == 2 else None
    if center is None or radius is None or not 0 <= radius <= _HALF_EARTH_KM:
        faults.add("cap.circle_bad", node, value=node.text)
        return None
    return CapCircle(lon=center[0], lat=center[1], radius_km=radius)


def _point(text: str) -> Position | None:
    """The position of `lat,lon`, if it is one on this earth."""
    parts = text.split(",")
    if len(parts) != 2:
        return None
    lat, lon = parse_number(parts[0]), parse_number(parts[1])
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        return None
    return lon, lat
