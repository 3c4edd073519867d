"""Facts of notification: a call-out, its steps, and the answer."""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.contracts.events.roster import DutyPost
from shared.kernel.clock import UtcDatetime


class NotificationKind(StrEnum):
    """Why people are called."""

    INCIDENT = "incident"
    MANUAL = "manual"
    REPORT_CLOCK = "report_clock"
    STEP = "step"
    ROLL_CALL = "roll_call"
    RELIEF = "relief"
    EVACUATION = "evacuation"
    ORDER = "order"
    ACTIVATION = "activation"


class NotificationState(StrEnum):
    """Where a call-out stands; it ends acknowledged, cancelled by a named person, or exhausted and alarming."""

    PENDING = "pending"
    CALLING = "calling"
    ACKNOWLEDGED = "acknowledged"
    CANCELLED = "cancelled"
    EXHAUSTED = "exhausted"


class TargetState(StrEnum):
    """How far one call to one person on one channel has come; delivered is not acknowledged."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    ACKNOWLEDGED = "acknowledged"


class ChannelKind(StrEnum):
    """By which way a person is reached."""

    IN_APP = "in_app"
    WEBHOOK = "webhook"
    CONSOLE = "console"


class Attempt(BaseModel):
    """One try on one channel."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: UtcDatetime
    channel: ChannelKind
    outcome: str
    detail: str | None = None


class Target(BaseModel):
    """One person on one channel in one step."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    step: int
    post: DutyPost | None = None
    person_id: str | None = None
    person_name: str | None = None
    phone_masked: str | None = None
    account: str | None = None
    channel: ChannelKind
    state: TargetState
    attempts: list[Attempt] = []


class NotificationFact(Fact):
    """Sent by notification after every change of a call-out. Heard by intake (timeline) and the picture.

    `attempted` tells that a channel has taken a call or given it up. `acknowledged_by` is whose account said so; when
    another person answered, by telephone for example, `on_behalf_of_name` is who that was. A call for a unit of a roll
    call names both, so that the roster hears who answered.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"notify.notification.{fact}.v1"
        for fact in ("created", "escalated", "attempted", "delivered", "acknowledged", "cancelled", "exhausted")
    )

    id: str
    incident_id: str | None = None
    incident_number: str | None = None
    title: str
    kind: NotificationKind
    state: NotificationState
    created_at: UtcDatetime
    acknowledged_at: UtcDatetime | None = None
    acknowledged_by: str | None = None
    ack_note: str | None = None
    on_behalf_of_name: str | None = None
    phone_answer: bool = False
    cancel_reason: str | None = None
    level: str | None = None
    next_due_at: UtcDatetime | None = None
    step: int = 0
    steps_total: int = 0
    targets: list[Target] = []
    roll_call_id: str | None = None
    roll_call_unit: str | None = None
    home_site: str
