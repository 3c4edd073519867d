"""Request and response bodies of incident intake."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.incident_intake.domain.incident import MAX_TITLE
from shared.contracts.events.grading import CasualtyWindow, CommandTransfer, Figure, Grading
from shared.contracts.events.intake import (
    Casualties,
    Handover,
    IncidentSource,
    IncidentStatus,
    Location,
    Observation,
    RelayChannel,
    UnitReport,
)
from shared.contracts.levels import IncidentGrade, WarningColor
from shared.http.schemas import Command, SaidTime, View
from shared.kernel.clock import UtcDatetime
from shared.kernel.geo import SourceCrs

MAX_TEXT = 10_000
MAX_COUNT = 1_000_000


def printable(value: str) -> str:
    """The text, if it has no control characters (stores refuse some of them)."""
    if any(ord(c) < 32 and c not in "\n\r\t" for c in value) or any(0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise PydanticCustomError("control_character", "control character")
    return value


Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
NeededText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Short = Annotated[str, StringConstraints(max_length=200)]
Reason = Annotated[str, AfterValidator(printable), StringConstraints(min_length=1, max_length=200)]
Count = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT)]
LossYuan = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Hectares = Annotated[float, Field(ge=0, le=10**9)]
Coordinate = Annotated[float, Field(strict=True, ge=-180, le=180)]
Identifier = Annotated[str, AfterValidator(printable)]
QuestionId = Annotated[str, StringConstraints(min_length=1, max_length=40)]
GivenAnswer = Annotated[str, StringConstraints(max_length=1000)]
Version = Annotated[int, Field(strict=True, ge=1)]


class LocationInput(Command):
    """A place as said: a point in any of the usual systems, words, a township, or some of these."""

    lon: Coordinate | None = None
    lat: Coordinate | None = None
    crs: SourceCrs | None = None
    text: Annotated[str, StringConstraints(max_length=500)] | None = None
    township: Annotated[str, StringConstraints(max_length=20)] | None = None


class CasualtiesInput(Command):
    """Numbers of people; null means not known."""

    dead: Count | None = None
    missing: Count | None = None
    serious: Count | None = None
    injured: Count | None = None
    trapped: Count | None = None


class CallerInput(Command):
    """Who called; stays in the intake store and is destroyed after the end (突发事件应对法 §85)."""

    name: Annotated[str, StringConstraints(max_length=100)] | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    organisation: Short | None = None
    note: Annotated[str, StringConstraints(max_length=1000)] | None = None


class ReportCaller(CallerInput):
    """Who called, as a call keeps it."""

    post: Annotated[str, StringConstraints(max_length=100)] | None = None


class ToldOtherInput(Command):
    """Whom the caller had told before us."""

    who: Short
    at: SaidTime | None = None


class IncidentInput(Command):
    """What a report and a later change have in common; nothing is required (2.2: report first, complete later)."""

    type_code: Annotated[str, StringConstraints(max_length=16)] | None = None
    title: Annotated[str, StringConstraints(max_length=MAX_TITLE)] | None = None
    description: Text | None = None
    location: LocationInput | None = None
    occurred_at: SaidTime | None = None
    received_at: SaidTime | None = None
    source: IncidentSource | None = None
    grade: IncidentGrade | None = None
    possible_grade: IncidentGrade | None = None
    sensitive: bool | None = None
    sensitive_reasons: Annotated[list[Reason], Field(max_length=20)] | None = None
    grade_reason: Reason | None = None
    casualties: CasualtiesInput | None = None
    loss_yuan: LossYuan | None = None
    burnt_hectares: Hectares | None = None
    acute_poisoned: Count | None = None
    first_public_at: SaidTime | None = None
    first_public_where: Short | None = None
    caller: CallerInput | None = None


class ReportIncident(IncidentInput):
    """A first report: at least one of type, title, description or the place's words.

    `call_id`: a call that was taken down before and is now taken as an incident. `answers`: to questions of the
    type's list, by their ids.
    """

    caller: ReportCaller | None = None
    told_others: Annotated[list[ToldOtherInput], Field(max_length=20)] | None = None
    call_id: Annotated[str, AfterValidator(printable), StringConstraints(min_length=1, max_length=36)] | None = None
    answers: Annotated[dict[QuestionId, GivenAnswer], Field(max_length=60)] | None = None


class ChangeIncident(IncidentInput):
    """A follow-up; what is left out stays. With `version` it is refused when another was faster."""

    status: IncidentStatus | None = None
    version: Version | None = None


class CloseIncident(Command):
    """The end of an incident."""

    summary: NeededText
    version: Version | None = None


class RecoverIncident(Command):
    """The danger is over (转入善后)."""

    note: NeededText
    version: Version | None = None


class WithReason(Command):
    """An act that must say why."""

    reason: NeededText


class MergeIncident(WithReason):
    """This incident is the same as `into`."""

    into: Annotated[str, StringConstraints(min_length=1, max_length=36)]


class NoteInput(Command):
    """A line for the timeline."""

    text: NeededText


Code = Annotated[str, StringConstraints(min_length=1, max_length=16)]
Corner = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
Corners = Annotated[list[Corner], Field(min_length=3, max_length=200)]
TownshipCodes = Annotated[list[Code], Field(max_length=50)]


class IssueWarning(Command):
    """A warning of the district, from now if no start is given.

    `polygon`: `[lon, lat]` in WGS 84. `references`: id or identifier of the warning that this one raises or lowers.
    """

    event_code: Code
    color: WarningColor
    starts_at: SaidTime | None = None
    ends_at: SaidTime | None = None
    area_townships: TownshipCodes = []
    polygon: Corners | None = None
    caution: NeededText
    measures: NeededText
    authority_reference: Reason | None = None
    headline: Short | None = None
    exercise: bool = False
    references: Annotated[list[Identifier], Field(max_length=50)] = []


class ChangeWarning(Command):
    """A higher or lower colour; what is left out stays as it was, but leave for a colour is given anew."""

    color: WarningColor
    starts_at: SaidTime | None = None
    ends_at: SaidTime | None = None
    area_townships: TownshipCodes | None = None
    polygon: Corners | None = None
    caution: NeededText | None = None
    measures: NeededText | None = None
    authority_reference: Reason | None = None
    headline: Short | None = None


class CancelWarning(WithReason):
    """The end of a warning."""

    authority_reference: Reason | None = None
    headline: Short | None = None


class AskHandover(Command):
    """Ask this site to take the incident over, until when, and why."""

    to_site: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    reason: Reason
    valid_until: SaidTime | None = None


class AnswerHandover(Command):
    """What is said with an answer."""

    note: Short | None = None


class CallerView(View):
    """The caller, masked or not."""

    name: str | None
    phone: str | None
    organisation: str | None
    note: str | None


class HintView(View):
    """What a person should look at although the report was taken."""

    code: str
    pointer: str
    detail: str


class IncidentView(View):
    """An incident as it is answered."""

    id: str
    number: str
    type_code: str | None
    type_name: str | None
    title: str
    status: IncidentStatus
    grade: IncidentGrade | None
    possible_grade: IncidentGrade | None
    sensitive: bool
    sensitive_reasons: list[str]
    occurred_at: UtcDatetime
    received_at: UtcDatetime
    closed_at: UtcDatetime | None
    source: IncidentSource
    home_site: str
    version: int
    location: Location
    casualties: Casualties
    description: str | None
    exercise: bool
    merged_into: str | None
    on_behalf_of_site: str | None
    relay_channel: RelayChannel | None
    continues: str | None = None
    loss_yuan: int | None = None
    burnt_hectares: float | None = None
    acute_poisoned: int | None = None
    first_public_at: UtcDatetime | None = None
    first_public_where: str | None = None
    grading: Grading | None = None
    clock_grade: IncidentGrade | None = None
    figures: list[Figure] = []
    casualty_window: CasualtyWindow | None = None
    command_transfer: CommandTransfer | None = None
    unit_report: UnitReport | None = None
    observation: Observation | None = None
    handover: Handover | None = None
    caller: CallerView | None
    created_by: str | None
    updated_at: UtcDatetime
    hints: list[HintView] = []


class TimelineView(View):
    """One line of an incident's timeline: when it occurred, when it was recorded, and whether it came late."""

    id: str
    at: UtcDatetime
    recorded_at: UtcDatetime
    kind: str
    actor_name: str | None
    code: str
    params: dict[str, Any]
    late: bool


Line = Annotated[str, StringConstraints(max_length=4000)]
Said = Annotated[str, StringConstraints(max_length=200)]


class ReadShortLines(Command):
    """Lines as they came, or one line's fields as they were heard."""

    text: Line | None = None
    fields: dict[Annotated[str, StringConstraints(max_length=20)], Said] | None = None
    received_at: SaidTime | None = None


class TakeShortLines(ReadShortLines):
    """Lines to be filed.

    `confirmed`: read back and confirmed by a person, needed where the check does not agree. `incident_id`, `separate`:
    the person's decision where it is not sure whether a line tells of an event that is known. `renumbered`: the sender
    began to number anew.
    """

    channel: RelayChannel
    confirmed: bool = False
    incident_id: Annotated[str, StringConstraints(min_length=1, max_length=36)] | None = None
    separate: bool = False
    renumbered: bool = False


class OrderInput(Command):
    """What a unit was ordered."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    ordered_at: SaidTime
    unit: Short
    event: Annotated[str, StringConstraints(max_length=16)] = ""
    place: Annotated[str, StringConstraints(max_length=500)] = ""
    task: Annotated[str, StringConstraints(max_length=1000)] = ""
    by: Short = ""


class RenderShortLine(Command):
    """An order to be read out, or a report's fields (`fields` as in the format)."""

    order: OrderInput | None = None
    fields: dict[Annotated[str, StringConstraints(max_length=20)], Said] | None = None


class ShortLineAnswer(View):
    """What became of the lines, and which numbers of their senders never came."""

    lines: list[dict[str, Any]]
    missing: list[dict[str, Any]]
