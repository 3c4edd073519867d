"""Places on the earth: WGS 84 (= CGCS2000 for our purpose), the two shifted Chinese systems, distances."""

from enum import StrEnum
from math import asin, atan2, cos, pi, radians, sin, sqrt


class SourceCrs(StrEnum):
    """The coordinate system in which a place was given; stored places are always WGS 84."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


_SEMI_MAJOR = 6378245.0
_ECCENTRICITY = 0.00669342162296594323
_BD_TURN = pi * 3000.0 / 180.0


def distance_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Great-circle distance in metres (mean radius 6,371,008.8 m)."""
    phi_a, phi_b = radians(lat_a), radians(lat_b)
    half = sin((phi_b - phi_a) / 2) ** 2 + cos(phi_a) * cos(phi_b) * sin(radians(lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_008.8 * asin(min(1.0, sqrt(half)))


def in_china(lon: float, lat: float) -> bool:
    """Whether the point lies in the bounding box of China; used to catch swapped or foreign coordinates."""
    return 73.0 <= lon <= 136.0 and 3.0 <= lat <= 54.0


def _offset(lon: float, lat: float) -> tuple[float, float]:
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    d_lat += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    d_lat += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    d_lon += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    d_lon += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    root = 1 - _ECCENTRICITY * sin(radians(lat)) ** 2
    d_lat = d_lat * 180.0 / (_SEMI_MAJOR * (1 - _ECCENTRICITY) / (root * sqrt(root)) * pi)
    d_lon = d_lon * 180.0 / (_SEMI_MAJOR / sqrt(root) * cos(radians(lat)) * pi)
    return d_lon, d_lat


def wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """The shifted position that domestic maps draw for a WGS 84 point."""
    d_lon, d_lat = _offset(lon, lat)
    return lon + d_lon, lat + d_lat


def gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """The WGS 84 point that was shifted to this GCJ-02 position (iterated to about 1e-9 degrees)."""
    guess_lon, guess_lat = lon, lat
    for _ in range(5):
        d_lon, d_lat = _offset(guess_lon, guess_lat)
        guess_lon, guess_lat = lon - d_lon, lat - d_lat
    return guess_lon, guess_lat


def bd09_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """The GCJ-02 position behind a BD-09 one."""
    x, y = lon - 0.0065, lat - 0.006
    radius = sqrt(x * x + y * y) - 0.00002 * sin(y * _BD_TURN)
    angle = atan2(y, x) - 0.000003 * cos(x * _BD_TURN)
    return radius * cos(angle), radius * sin(angle)


def to_wgs84(lon: float, lat: float, crs: SourceCrs) -> tuple[float, float]:
    """The point in WGS 84, whatever system it was given in, rounded to 7 decimals (about 1 cm)."""
    if crs is SourceCrs.BD09:
        lon, lat = bd09_to_gcj02(lon, lat)
    if crs in {SourceCrs.BD09, SourceCrs.GCJ02}:
        lon, lat = gcj02_to_wgs84(lon, lat)
    return round(lon, 7), round(lat, 7)
