"""Facts of incident intake. Callers' personal data never leaves the intake store (突发事件应对法 §85)."""

from enum import StrEnum
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.contracts.events.grading import CasualtyWindow, CommandTransfer, Figure, Grading
from shared.contracts.levels import IncidentGrade, WarningColor
from shared.kernel.clock import UtcDatetime
from shared.kernel.geo import SourceCrs


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    REPORTED = "reported"
    ACTIVE = "active"
    RECOVERING = "recovering"
    """善后: the danger is over, the work is not."""
    CLOSED = "closed"
    MERGED = "merged"


STANDING: Final = frozenset({IncidentStatus.REPORTED, IncidentStatus.ACTIVE, IncidentStatus.RECOVERING})
"""People still work on it: it is listed, called for and reported."""


class IncidentSource(StrEnum):
    """By which channel a report came in."""

    FIRE_119 = "fire_119"
    POLICE_110 = "police_110"
    MEDICAL_120 = "medical_120"
    TRAFFIC_122 = "traffic_122"
    HOTLINE_12345 = "hotline_12345"
    HOTLINE_12350 = "hotline_12350"
    TERRITORY = "territory"
    ENTERPRISE = "enterprise"
    DEPARTMENT = "department"
    SUPERIOR = "superior"
    MEDIA = "media"
    SENSOR = "sensor"
    PATROL = "patrol"
    GRID_WORKER = "grid_worker"
    PUBLIC = "public"
    WARNING = "warning"
    OTHER = "other"


class RelayChannel(StrEnum):
    """How a report came that another site took down for a site that was cut off."""

    SATELLITE = "satellite"
    SMS = "sms"
    BEIDOU = "beidou"
    RADIO = "radio"


class Location(BaseModel):
    """A place: a point in WGS 84, words, a township, or any of these."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    lon: float | None = None
    lat: float | None = None
    crs: SourceCrs = SourceCrs.WGS84
    source_crs: SourceCrs = SourceCrs.WGS84
    text: str | None = None
    township: str | None = None
    township_name: str | None = None


class Casualties(BaseModel):
    """People harmed. None means not known, which is an answer; the missing count as reported (国务院令 493 号 §12)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    dead: int | None = None
    missing: int | None = None
    serious: int | None = None
    injured: int | None = None
    trapped: int | None = None


class UnitReport(BaseModel):
    """The unit where it happened has reported by itself (国务院令 493 号 §9). Who spoke stays in the intake store."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: UtcDatetime
    organisation: str | None = None


class Observation(BaseModel):
    """The air at the scene, as somebody read or was told it last."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    temperature_c: float
    at: UtcDatetime
    source: str
    recorded_by: str | None = None


class HandoverState(StrEnum):
    """How the request to take an incident over stands; the incident's home alone says so."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class Handover(BaseModel):
    """An incident's home asks another site to become its home."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    state: HandoverState
    from_site: str
    to_site: str
    requested_at: UtcDatetime
    requested_by: str | None = None
    valid_until: UtcDatetime
    reason: str | None = None
    answered_at: UtcDatetime | None = None
    answered_by: str | None = None
    answer: str | None = None
    withdrawn_by: str | None = None
    """Who took the request back before the other site's answer was heard; `state` is `expired` then."""
    taken_over_at: UtcDatetime | None = None
    """When the new home began to write; without it, an accepted request waits for that and nobody writes."""


class LogLine(BaseModel):
    """One line of an incident's timeline, as it is carried to its next home."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    at: UtcDatetime
    recorded_at: UtcDatetime
    kind: str
    code: str
    actor_name: str | None = None
    params: dict[str, object] = {}
    late: bool = False


class IncidentFact(Fact):
    """Sent by intake after every change of an incident. Heard by picture, dispatch and notification.

    `handed_over` is the old home's last word: with it `home_site` is the new one, which goes on at the next version.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"intake.incident.{fact}.v1"
        for fact in (
            "reported", "updated", "closed", "reopened", "merged", "split", "handover_requested", "handover_declined",
            "handover_expired", "handover_withdrawn", "handed_over", "taken_over",
        )
    )  # fmt: skip

    id: str
    number: str
    type_code: str | None = None
    type_name: str | None = None
    title: str
    status: IncidentStatus
    grade: IncidentGrade | None = None
    possible_grade: IncidentGrade | None = None
    sensitive: bool = False
    sensitive_reasons: list[str] = []
    occurred_at: UtcDatetime
    received_at: UtcDatetime
    closed_at: UtcDatetime | None = None
    updated_at: UtcDatetime
    source: IncidentSource = IncidentSource.OTHER
    home_site: str
    location: Location = Location()
    casualties: Casualties = Casualties()
    description: str | None = None
    merged_into: str | None = None
    handover: Handover | None = None
    succession: list[str] = []
    """Former homes, oldest first: how a reader who missed the handing over knows the new home's right to write."""
    log: list[LogLine] = []
    """Only with `handed_over`: the newest lines of the timeline. Never anything of the caller."""
    on_behalf_of_site: str | None = None
    """代录: the cut site in whose name `home_site` took the report; its own log replaces the copy when it arrives."""
    relay_channel: RelayChannel | None = None
    continues: str | None = None
    """Another site's incident beside which this one goes on, since its home could not be reached (接续)."""
    loss_yuan: int | None = None
    """Direct loss (直接经济损失) in yuan."""
    burnt_hectares: float | None = None
    acute_poisoned: int | None = None
    """Acutely poisoned people who are not among the seriously hurt; they count as such (国务院令 493 号 §3)."""
    first_public_at: UtcDatetime | None = None
    """When it was first spoken of in public (舆情), and where."""
    first_public_where: str | None = None
    grading: Grading | None = None
    clock_grade: IncidentGrade | None = None
    """The grade by which reporting clocks run: with the missing, and at least Ⅲ for a sensitive incident."""
    figures: list[Figure] = []
    """Numbers side by side, as sources gave them."""
    casualty_window: CasualtyWindow | None = None
    command_transfer: CommandTransfer | None = None
    unit_report: UnitReport | None = None
    """The unit's own report, if it came after others had told of it."""
    observation: Observation | None = None


class RemarkFact(Fact):
    """Sent by a site that notes something on another site's incident. Heard by every intake that knows the incident.

    It changes nothing but timelines, so it needs no link and no leave; the incident's home tells it on.
    """

    KINDS: ClassVar[tuple[str, ...]] = ("intake.remark.made.v1",)

    id: str
    incident_id: str
    incident_number: str | None = None
    text: str
    noted_at: UtcDatetime
    home_site: str


class HandoverAnswerFact(Fact):
    """The asked site's answer. Heard by the incident's home, which alone hands over, and not after `valid_until`."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(f"intake.handover.{fact}.v1" for fact in ("accepted", "declined"))

    id: str
    incident_id: str
    incident_number: str | None = None
    from_site: str
    to_site: str
    answered_at: UtcDatetime
    answered_by: str | None = None
    answer: str | None = None
    home_site: str


class StepState(StrEnum):
    """Where a step stands that became due by itself."""

    DUE = "due"
    OVERDUE = "overdue"
    SETTLED = "settled"


class StepFact(Fact):
    """Sent by intake when a step of a checklist becomes due by itself, is late, and is done or does not apply.

    Heard by notification of the same site: `overdue` calls the duty officer until it is settled.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(f"intake.step.{state.value}.v1" for state in StepState)

    id: str
    incident_id: str
    incident_number: str
    incident_title: str
    step_id: str
    text: str
    state: StepState
    applied_at: UtcDatetime
    due_at: UtcDatetime
    why: str
    home_site: str


class WarningState(StrEnum):
    """Where a warning stands."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class WarningFact(Fact):
    """Sent by intake when a warning is taken in, replaced, cancelled or expires. Heard by the picture."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"intake.warning.{fact}.v1" for fact in ("issued", "updated", "cancelled", "expired")
    )

    id: str
    identifier: str
    sender: str
    sent: UtcDatetime
    status: str
    msg_type: str
    is_real: bool
    state: WarningState
    superseded_by: str | None = None
    event: str | None = None
    event_code: str | None = None
    color: WarningColor | None = None
    severity: str | None = None
    urgency: str | None = None
    certainty: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    effective: UtcDatetime | None = None
    onset: UtcDatetime | None = None
    expires: UtcDatetime | None = None
    area_text: str | None = None
    geometry: dict[str, object] | None = None
    source: str | None = None
    signed: bool = False
    issuer: str | None = None
    """发布单位 by name; `sender` is what machines call it."""
    is_own: bool = False
    """Issued at `home_site`, which alone raises, lowers and lifts it."""
    authority_reference: str | None = None
    """Who allowed a colour that is not the district's own (京办§42)."""
    references: list[str] = []
    """Identifiers of the messages that it follows, the latest last."""
    reason: str | None = None
    received_at: UtcDatetime
    home_site: str
