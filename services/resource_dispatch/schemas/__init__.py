"""Bodies of the dispatch API."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from services.resource_dispatch.domain.held import Assignment, HeldConflict, Request, Unit
from services.resource_dispatch.domain.ranking import Candidate
from services.resource_dispatch.domain.requests import standing
from shared.contracts.events.dispatch import (
    AssignmentStatus,
    ConflictDecision,
    StatusSource,
    UnitKind,
    UnitRelation,
    UnitStatus,
)
from shared.http.schemas import Command, SaidTime
from shared.i18n import label
from shared.kernel.geo import SourceCrs

Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-180, le=180)]
"""As wide as longitude: swapped coordinates get a better answer than "out of range"."""
Name = Annotated[str, Field(min_length=1, max_length=100)]
Capabilities = Annotated[list[Annotated[str, Field(min_length=1, max_length=30)]], Field(max_length=30)]
Note = Annotated[str, Field(max_length=500)]
_HIDDEN = {"changed", "actor_name", "remark", "reported"}


class Contact(Command):
    """Whom to call in the unit."""

    name: Annotated[str, Field(max_length=50)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None


class NewUnit(Command):
    """A unit to register."""

    name: Name
    kind: UnitKind
    relation: UnitRelation = UnitRelation.DISPATCH
    township: Annotated[str, Field(max_length=20)] | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    crs: SourceCrs = SourceCrs.WGS84
    capabilities: Capabilities = []
    contact: Contact = Contact()
    members: Annotated[int, Field(ge=0, le=10_000)] | None = None
    note: Note | None = None


class UnitChange(Command):
    """What to change of a unit; fields not given stay. `version` guards against overwriting another's change."""

    version: int | None = None
    name: Name | None = None
    kind: UnitKind | None = None
    relation: UnitRelation | None = None
    township: Annotated[str, Field(max_length=20)] | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    crs: SourceCrs = SourceCrs.WGS84
    capabilities: Annotated[list[Annotated[str, Field(min_length=1, max_length=30)]], Field(max_length=30)] | None = (
        None
    )
    contact: Contact | None = None
    members: Annotated[int, Field(ge=0, le=10_000)] | None = None
    note: Note | None = None


class UnitStatusChange(Command):
    """Standby again, or unavailable with a reason."""

    status: UnitStatus
    reason: Note | None = None


class Position(Command):
    """Where a unit is."""

    lon: Lon
    lat: Lat
    crs: SourceCrs = SourceCrs.WGS84
    at: SaidTime | None = None


class NewAssignment(Command):
    """Send this unit to this incident."""

    incident_id: Annotated[str, Field(min_length=1, max_length=64)]
    unit_id: Annotated[str, Field(min_length=1, max_length=64)]
    note: Note | None = None


class StatusCommand(Command):
    """A status from the field."""

    status: AssignmentStatus
    occurred_at: SaidTime | None = None
    note: Note | None = None
    source: StatusSource = StatusSource.DESK
    correction: bool = False


class Recall(Command):
    """Why a unit is called back."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class NewRequest(Command):
    """Ask another site to send this unit of its own to this incident."""

    incident_id: Annotated[str, Field(min_length=1, max_length=64)]
    unit_id: Annotated[str, Field(min_length=1, max_length=64)]
    note: Note | None = None
    valid_until: SaidTime | None = None


class RequestAnswer(Command):
    """What is said with an answer."""

    note: Note | None = None


class Decision(Command):
    """Whether two things are one; of two incidents `keep_id` is the one that goes on (else the earlier)."""

    decision: ConflictDecision
    keep_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


def request_view(request: Request, now: datetime) -> dict[str, Any]:
    """The request as the API shows it; its state is that of now."""
    view = request.state.model_dump(mode="json", exclude=_HIDDEN | {"succession"})
    return {**view, "state": standing(request.state, now).value, "version": request.version}


def conflict_view(held: HeldConflict) -> dict[str, Any]:
    """The conflict as the API shows it, both sides beside each other."""
    return {**held.state.model_dump(mode="json", exclude=_HIDDEN), "version": held.version}


def unit_view(unit: Unit) -> dict[str, Any]:
    """The unit as the API shows it."""
    return {**unit.state.model_dump(mode="json", exclude=_HIDDEN), "version": unit.version}


def candidate_view(candidate: Candidate, version: int) -> dict[str, Any]:
    """The unit with its place in the list for an incident."""
    reasons = [
        {**reason.params, "code": reason.code, "detail": label(f"dispatch_reason.{reason.code}", **reason.params)}
        for reason in candidate.reasons
    ]
    distance = None if candidate.distance_m is None else round(candidate.distance_m)
    extra: dict[str, Any] = {"able": candidate.able, "free": candidate.free, "distance_m": distance, "reasons": reasons}
    extra["distance_kind"] = "straight_line"  # no road network lies here; nobody shall take it for a drive
    return {**unit_view(Unit(candidate.unit, version)), **extra}


def assignment_view(assignment: Assignment) -> dict[str, Any]:
    """The assignment as the API shows it, its reports in the order in which they happened."""
    view = assignment.state.model_dump(mode="json", exclude=_HIDDEN)
    view["history"] = sorted(view["history"], key=lambda report: report["occurred_at"])
    return {**view, "version": assignment.version}
