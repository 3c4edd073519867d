"""Request and response bodies of calls."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.incident_intake.schemas import (
    Identifier,
    LocationInput,
    NeededText,
    ReportCaller,
    Short,
    Text,
    ToldOtherInput,
)
from shared.contracts.events.calls import CallOutcome
from shared.contracts.events.intake import IncidentSource
from shared.http.schemas import Command, SaidTime, View
from shared.kernel.clock import UtcDatetime

MAX_TOLD = 20
CallVersion = Annotated[int, Field(strict=True, ge=0)]
"""0 is the call of a report as it was taken down; the incident tells of it."""
IncidentId = Annotated[Identifier, StringConstraints(min_length=1, max_length=36)]


class CallInput(Command):
    """What a call and a later correction have in common; nothing is required but that something was said."""

    received_at: SaidTime | None = None
    source: IncidentSource | None = None
    caller: ReportCaller | None = None
    said: Text | None = None
    type_code: Annotated[str, StringConstraints(max_length=16)] | None = None
    location: LocationInput | None = None
    told_others: Annotated[list[ToldOtherInput], Field(max_length=MAX_TOLD)] | None = None


class RecordCall(CallInput):
    """A call: at least one of what was said, a type, a place's words or a number."""

    incident_id: IncidentId | None = None


class TakeUnitReport(Command):
    """What the unit where it happened reports by itself."""

    organisation: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    by_name: Annotated[str, StringConstraints(max_length=100)] | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    at: SaidTime | None = None
    said: NeededText


class ChangeCall(CallInput):
    """A correction; what is left out stays. With `version` it is refused when another was faster."""

    version: CallVersion | None = None


class LinkCall(Command):
    """The call tells of this incident."""

    incident_id: IncidentId
    reason: Short | None = None
    version: CallVersion | None = None


class SettleCall(Command):
    """An act on a call that must say why."""

    reason: NeededText
    version: CallVersion | None = None


class TransferCall(SettleCall):
    """The call is passed on to whose duty it is (突发事件应对法 §60)."""

    to: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    at: SaidTime | None = None
    answered_by: Short | None = None


class CallCallerView(View):
    """The caller, masked or not."""

    name: str | None
    phone: str | None
    organisation: str | None
    post: str | None


class CallView(View):
    """A call as it is answered."""

    id: str
    number: str
    incident_id: str | None
    incident_number: str | None
    received_at: UtcDatetime
    recorded_at: UtcDatetime
    recorded_by: str
    source: IncidentSource
    caller: CallCallerView | None
    said: str | None
    type_code: str | None
    type_name: str | None
    place_text: str | None
    lon: float | None
    lat: float | None
    township: str | None
    told_others: list[dict[str, Any]]
    outcome: CallOutcome
    transfer: dict[str, Any] | None
    closed_reason: str | None
    verify_by: UtcDatetime | None
    version: int
