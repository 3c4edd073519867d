"""Facts of resource dispatch: units and their assignments."""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.kernel.clock import UtcDatetime


class UnitKind(StrEnum):
    """What sort of force a unit is."""

    FIRE_RESCUE = "fire_rescue"
    FLOOD = "flood"
    HAZMAT = "hazmat"
    FOREST_FIRE = "forest_fire"
    ENGINEERING = "engineering"
    POWER = "power"
    GAS = "gas"
    WATER = "water"
    DRAINAGE = "drainage"
    COMMUNICATIONS = "communications"
    MEDICAL = "medical"
    POLICE = "police"
    MILITIA_SUPPORT = "militia_support"
    SOCIAL = "social"
    TOWNSHIP = "township"
    DEPARTMENT = "department"
    OTHER = "other"


class UnitRelation(StrEnum):
    """By what authority we reach the unit; decides the verb on the button (突发事件应对法 §24 §39 §61)."""

    DISPATCH = "dispatch"
    COORDINATE = "coordinate"
    NOTIFY = "notify"
    REQUEST_SUPPORT = "request_support"


class UnitStatus(StrEnum):
    """What a unit is doing."""

    STANDBY = "standby"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    WORKING = "working"
    ASSEMBLING = "assembling"
    RETURNING = "returning"
    BACK = "back"
    UNAVAILABLE = "unavailable"


class AssignmentStatus(StrEnum):
    """How far an assignment has come."""

    ORDERED = "ordered"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    WORKING = "working"
    ASSEMBLING = "assembling"
    RETURNING = "returning"
    BACK = "back"
    RECALLED = "recalled"
    DECLINED = "declined"


class StatusSource(StrEnum):
    """How a field status reached us."""

    FIELD = "field"
    RADIO = "radio"
    BEIDOU = "beidou"
    DESK = "desk"


class UnitContact(BaseModel):
    """Whom to call in the unit (staff, not the public)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str | None = None
    phone: str | None = None


class UnitFact(Fact):
    """Sent by dispatch after every change of a unit (not of its position: that is telemetry). Heard by the picture."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"dispatch.unit.{fact}.v1" for fact in ("registered", "updated", "status_changed")
    )

    id: str
    name: str
    kind: UnitKind
    relation: UnitRelation = UnitRelation.DISPATCH
    status: UnitStatus
    status_since: UtcDatetime
    home_site: str
    township: str | None = None
    lon: float | None = None
    lat: float | None = None
    position_at: UtcDatetime | None = None
    capabilities: list[str] = []
    contact: UnitContact = UnitContact()
    members: int | None = None
    active_assignment_id: str | None = None
    note: str | None = None


class StatusReport(BaseModel):
    """One reported step: when it happened at the scene, when we learnt it, whether it came late."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    status: AssignmentStatus
    occurred_at: UtcDatetime
    recorded_at: UtcDatetime
    actor_name: str | None = None
    source: StatusSource = StatusSource.DESK
    late: bool = False
    note: str | None = None


class AssignmentFact(Fact):
    """Sent by dispatch after every change of an assignment. Heard by intake (timeline) and the picture."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"dispatch.assignment.{fact}.v1" for fact in ("ordered", "status_changed", "recalled")
    )

    id: str
    number: str
    incident_id: str
    incident_number: str | None = None
    incident_title: str | None = None
    unit_id: str
    unit_name: str
    relation: UnitRelation = UnitRelation.DISPATCH
    status: AssignmentStatus
    active: bool
    ordered_at: UtcDatetime
    ordered_by: str | None = None
    note: str | None = None
    home_site: str
    history: list[StatusReport] = []
    reported: StatusReport | None = None
    """The report that caused this fact; with `late` it did not move the status."""
    request_id: str | None = None
    """The other site's request that this order answers."""


class RequestState(StrEnum):
    """How a request to another site stands."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class RequestFact(Fact):
    """One site asks another to send its unit. Heard by dispatch there and by every picture.

    `made` is the asking site's; from then on the asked site is the request's home and alone answers it, once. Nobody
    executes it after `valid_until`: a late order is dangerous.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"dispatch.request.{fact}.v1" for fact in ("made", "accepted", "declined", "expired")
    )

    id: str
    state: RequestState
    from_site: str
    to_site: str
    unit_id: str
    unit_name: str
    incident_id: str
    incident_number: str | None = None
    incident_title: str | None = None
    note: str | None = None
    requested_at: UtcDatetime
    requested_by: str | None = None
    valid_until: UtcDatetime
    answered_at: UtcDatetime | None = None
    answered_by: str | None = None
    answer: str | None = None
    assignment_id: str | None = None
    home_site: str
    succession: list[str] = []
    """Former homes: the asking site."""


class ConflictKind(StrEnum):
    """What two sites did to one reality while they could not hear each other."""

    SAME_INCIDENT = "same_incident"
    UNIT_PROMISED_TWICE = "unit_promised_twice"


class ConflictState(StrEnum):
    """Whether a person has looked."""

    OPEN = "open"
    DECIDED = "decided"


class ConflictDecision(StrEnum):
    """What the person said."""

    SAME = "same"
    DIFFERENT = "different"


class ConflictSide(BaseModel):
    """One of the two: an incident, or an assignment with its unit."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    home_site: str
    number: str
    title: str
    occurred_at: UtcDatetime
    incident_id: str
    unit_id: str | None = None
    unit_name: str | None = None


class ConflictFact(Fact):
    """Found by rule at the centre, decided there by a person. Both sides' own facts stay as they are.

    With `same` about two incidents, the home of `merge_id` merges it into `keep_id` if it hears of it before
    `valid_until`. Heard by intake and the picture.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(f"dispatch.conflict.{fact}.v1" for fact in ("found", "decided"))

    id: str
    kind: ConflictKind
    state: ConflictState
    left: ConflictSide
    right: ConflictSide
    metres: int | None = None
    minutes: int | None = None
    found_at: UtcDatetime
    decision: ConflictDecision | None = None
    keep_id: str | None = None
    merge_id: str | None = None
    valid_until: UtcDatetime | None = None
    decided_at: UtcDatetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    home_site: str
