"""Checking a position before it is believed."""

from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.geo import SourceCrs, in_china, to_wgs84


def checked_point(lon: float | None, lat: float | None, crs: SourceCrs) -> tuple[float | None, float | None]:
    """The point in WGS 84, or (None, None) when none was given.

    Raises:
        Invalid: `location.incomplete`, `location.swapped` or `location.outside_china`.
    """
    if lon is None and lat is None:
        return None, None
    if lon is None or lat is None:
        raise Invalid(
            "location.incomplete", faults=(FieldFault("/lon" if lon is None else "/lat", "location.incomplete"),)
        )
    if not in_china(lon, lat):
        code = "location.swapped" if in_china(lat, lon) else "location.outside_china"
        raise Invalid(code, faults=(FieldFault("/lon", code), FieldFault("/lat", code)))
    return to_wgs84(lon, lat, crs)
