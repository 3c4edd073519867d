"""The bodies of the picture, for the OpenAPI document; they are encoded without these models, for speed."""

from typing import Any, Literal

from shared.http.schemas import View
from shared.kernel.clock import UtcDatetime


class SiteView(View):
    """One site and its link."""

    site: str
    name: str
    state: Literal["connected", "degraded", "disconnected"]
    since: UtcDatetime | None
    last_fact_at: UtcDatetime | None


class FeatureView(View):
    """A GeoJSON feature; `properties` carry kind, home_site, version, occurred_at, as_of, stale, seq and the state."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class PositionView(View):
    """The latest place of one moving thing; `stale` when it is too old to be the present one."""

    id: str
    kind: str
    lon: float
    lat: float
    at: UtcDatetime
    site: str
    stale: bool


class PictureView(View):
    """The whole picture."""

    epoch: str
    seq: int
    as_of: UtcDatetime
    site: str
    exercise: bool
    sites: list[SiteView]
    features: list[FeatureView]
    positions: list[PositionView]
