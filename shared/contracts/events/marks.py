"""Facts of what is plotted on the map by hand, and of the wind that was measured or heard."""

from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.kernel.clock import UtcDatetime


class MarkKind(StrEnum):
    """What a mark says."""

    CORDON = "cordon"
    WIND_SECTOR = "wind_sector"
    CLOSED_ROAD = "closed_road"
    EVACUATION_ROUTE = "evacuation_route"
    ASSEMBLY_POINT = "assembly_point"
    SETTLEMENT_POINT = "settlement_point"
    HAZARD_NOTE = "hazard_note"
    FREE = "free"


class WindSource(StrEnum):
    """Who says where the wind comes from."""

    OBSERVED = "observed"
    WEATHER_SERVICE = "weather_service"
    ON_SCENE = "on_scene"


class MarkParams(BaseModel):
    """What the geometry was made of. Angles in degrees clockwise from north, WGS 84, metres, metres a second.

    `wind_from_deg` is where the wind comes from; the sector lies on the other side. `contact_name` is an officer's.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    spread_deg: float | None = None
    wind_id: str | None = None
    wind_from_deg: float | None = None
    wind_ms: float | None = None
    wind_force: int | None = None
    wind_at: UtcDatetime | None = None
    wind_source: WindSource | None = None
    capacity: int | None = None
    contact_name: str | None = None


class MarkFact(Fact):
    """Sent by dispatch after every change of a mark. Heard by every dispatch, by intake (timeline) and the picture.

    `geometry` is GeoJSON (Point, LineString or Polygon, WGS 84): round cordons and sectors are told as polygons.
    A removed mark keeps its state and may come back as a change. Telephone numbers are never in it.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(f"dispatch.mark.{fact}.v1" for fact in ("drawn", "changed", "removed"))

    id: str
    incident_id: str | None = None
    incident_number: str | None = None
    kind: MarkKind
    label: str
    geometry: dict[str, Any]
    params: MarkParams = MarkParams()
    basis: str | None = None
    valid_until: UtcDatetime | None = None
    drawn_by_name: str | None = None
    drawn_at: UtcDatetime
    removed_at: UtcDatetime | None = None
    removed_by_name: str | None = None
    reason: str | None = None
    symbol_code: str | None = None
    home_site: str


class WindFact(Fact):
    """Sent by dispatch when a wind was recorded for an incident; never changed. Heard by dispatch and the picture."""

    KINDS: ClassVar[tuple[str, ...]] = ("dispatch.wind.recorded.v1",)

    id: str
    incident_id: str
    from_deg: float | None = None
    """None: calm or from all sides."""
    text: str
    speed_ms: float | None = None
    force: int | None = None
    """Of the Beaufort scale."""
    at: UtcDatetime
    source: WindSource
    note: str | None = None
    recorded_at: UtcDatetime
    recorded_by: str | None = None
    home_site: str
