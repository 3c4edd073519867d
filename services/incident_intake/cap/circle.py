"""Draws a circle of the earth's surface as a ring, since GeoJSON has no circles."""

import math

from services.incident_intake.domain.cap_alert import Ring

_EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG); the sphere differs from the ellipsoid by at most 0.6 %, less than a warning area means."""


def circle_ring(lon: float, lat: float, radius_km: float, n: int = 64) -> Ring:
    """A closed counter-clockwise ring of `n` points at `radius_km` from the centre.

    Longitudes run on beyond ±180 instead of jumping, so that the ring stays one shape.

    Raises:
        ValueError: the radius is not positive (a circle of radius 0 is a point) or `n` is below 3.
    """
    if radius_km <= 0 or n < 3:
        raise ValueError("a ring needs a positive radius and at least three points")
    angle, phi = radius_km / _EARTH_RADIUS_KM, math.radians(lat)
    points = [_destination(lon, phi, angle, -2 * math.pi * step / n) for step in range(n)]
    return (*points, points[0])


def _destination(lon: float, phi: float, angle: float, bearing: float) -> tuple[float, float]:
    """The point at an angular distance in the direction of a bearing (great circle)."""
    sine = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(bearing)
    east = math.sin(bearing) * math.sin(angle) * math.cos(phi)
    north = math.cos(angle) - math.sin(phi) * sine
    return lon + math.degrees(math.atan2(east, north)), math.degrees(math.asin(max(-1.0, min(1.0, sine))))
