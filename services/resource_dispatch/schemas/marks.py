"""Bodies of the API of marks and winds."""

from typing import Annotated, Any, Literal

from pydantic import Field

from services.resource_dispatch.domain.marks import Mark, Wind
from services.resource_dispatch.schemas import Contact, Note
from shared.contracts.events.marks import MarkKind, WindSource
from shared.http.schemas import Command, SaidTime
from shared.kernel.geo import SourceCrs

Position = Annotated[list[float], Field(min_length=2, max_length=3)]
Positions = Annotated[list[Position], Field(max_length=2_000)]
Id = Annotated[str, Field(min_length=1, max_length=64)]
Label = Annotated[str, Field(max_length=60)]
Basis = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Radius = Annotated[float, Field(ge=1, le=50_000)]
"""Metres; more than the district is wide is a typing error."""
Spread = Annotated[float, Field(ge=1, le=270)]
"""Degrees; what goes further round is a circle."""
_HIDDEN = {"changed", "actor_name", "remark"}


class PointInput(Command):
    """GeoJSON."""

    type: Literal["Point"]
    coordinates: Position

    @property
    def positions(self) -> list[list[float]]:
        """All of them, in order."""
        return [self.coordinates]


class LineInput(Command):
    """GeoJSON."""

    type: Literal["LineString"]
    coordinates: Positions

    @property
    def positions(self) -> list[list[float]]:
        """All of them, in order."""
        return self.coordinates


class AreaInput(Command):
    """GeoJSON; an area has no holes."""

    type: Literal["Polygon"]
    coordinates: Annotated[list[Positions], Field(min_length=1, max_length=1)]

    @property
    def positions(self) -> list[list[float]]:
        """All of them, in order."""
        return self.coordinates[0]


GeometryInput = Annotated[PointInput | LineInput | AreaInput, Field(discriminator="type")]


class NewMark(Command):
    """A mark to draw; of a circle or a sector `geometry` is the centre."""

    kind: MarkKind
    geometry: GeometryInput
    crs: SourceCrs = SourceCrs.WGS84
    incident_id: Id | None = None
    label: Label = ""
    radius_m: Radius | None = None
    spread_deg: Spread | None = None
    wind_id: Id | None = None
    capacity: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    contact: Contact = Contact()
    basis: Basis | None = None
    valid_until: SaidTime | None = None
    drawn_at: SaidTime | None = None
    symbol_code: Annotated[str, Field(max_length=40)] | None = None


class MarkChange(Command):
    """What to change of a mark; fields not given stay. `version` guards against overwriting another's change."""

    version: int | None = None
    geometry: GeometryInput | None = None
    crs: SourceCrs = SourceCrs.WGS84
    label: Label | None = None
    radius_m: Radius | None = None
    spread_deg: Spread | None = None
    wind_id: Id | None = None
    capacity: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    contact: Contact | None = None
    basis: Basis | None = None
    valid_until: SaidTime | None = None
    symbol_code: Annotated[str, Field(max_length=40)] | None = None
    note: Note | None = None


class MarkRemoval(Command):
    """Why a mark is lifted."""

    reason: Reason


class MarkRestoring(Command):
    """What is said when a mark is put back."""

    note: Note | None = None


class MarksClearing(Command):
    """Lift all marks of these kinds of one incident."""

    kinds: Annotated[list[MarkKind], Field(min_length=1, max_length=len(MarkKind))]
    reason: Reason


class NewWind(Command):
    """A wind as it was measured or heard: in words, or in degrees (whence it comes) with a speed or a force."""

    source: WindSource
    text: Annotated[str, Field(max_length=60)] | None = None
    from_deg: Annotated[float, Field(ge=0, le=360)] | None = None
    speed_ms: Annotated[float, Field(ge=0, le=120)] | None = None
    force: Annotated[int, Field(ge=0, le=17)] | None = None
    at: SaidTime | None = None
    note: Note | None = None


def mark_view(mark: Mark, *, with_phone: bool) -> dict[str, Any]:
    """The mark as the API shows it; the telephone number only to those who command."""
    phone = mark.contact_phone if with_phone else None
    contact = {"name": mark.state.params.contact_name, "phone": phone}
    return {**mark.state.model_dump(mode="json", exclude=_HIDDEN), "contact": contact, "version": mark.version}


def wind_view(wind: Wind) -> dict[str, Any]:
    """The wind as the API shows it."""
    return wind.state.model_dump(mode="json", exclude=_HIDDEN)
