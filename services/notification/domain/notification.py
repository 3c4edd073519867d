"""A call-out and the single calls of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.notification.domain.policy import Step
from shared.contracts.events.notify import ChannelKind, NotificationKind, NotificationState, TargetState
from shared.contracts.events.roster import DutyPost

CALLING = frozenset({NotificationState.PENDING, NotificationState.CALLING})
"""Goes on by itself."""
OPEN = CALLING | {NotificationState.EXHAUSTED}
"""Nobody has answered; a person still can."""


class AttemptOutcome(StrEnum):
    """What came of one try."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    NO_ACCOUNT = "no_account"
    NOBODY_ON_DUTY = "nobody_on_duty"
    SEEN = "seen"


class CancelReason(StrEnum):
    """Why a call-out stopped unanswered."""

    BY_HAND = "by_hand"
    INCIDENT_CLOSED = "incident_closed"
    INCIDENT_MERGED = "incident_merged"
    CLOCK_ENDED = "clock_ended"
    CLOCK_OVERDUE = "clock_overdue"
    STEP_SETTLED = "step_settled"
    RELIEF_WENT_ON = "relief_went_on"
    TEAM_CONFIRMED = "team_confirmed"
    EVACUATION_ENDED = "evacuation_ended"
    ORDER_ANSWERED = "order_answered"
    ACTIVATION_REVIEWED = "activation_reviewed"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who took it over.

    Args:
        by: name of the account's holder who said so.
        for_id, for_name: the person who answered by telephone, in whose name it was said.
    """

    at: datetime
    by: str
    account_id: str
    note: str | None = None
    for_id: str | None = None
    for_name: str | None = None
    by_phone: bool = False


@dataclass(frozen=True, slots=True)
class Cancellation:
    """How it was stopped without an answer: why, by whom, in which words."""

    at: datetime
    by: str | None
    reason: CancelReason
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """A call-out.

    Args:
        dedupe_key: what it is about; the same thing is never called out twice.
        next_due_at: when the next step starts, or the alarm after the last; None when nothing follows by itself.
        steps: the policy as it was when the call-out began.
    """

    id: str
    dedupe_key: str
    correlation_id: str
    kind: NotificationKind
    title: str
    state: NotificationState
    created_at: datetime
    steps: tuple[Step, ...]
    home_site: str
    exercise: bool
    incident_id: str | None = None
    incident_number: str | None = None
    level: str | None = None
    created_by: str | None = None
    step: int = 0
    next_due_at: datetime | None = None
    answer: Acknowledgement | None = None
    ending: Cancellation | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """One person on one channel in one step. Its id is the delivery id, the same for every try.

    Args:
        due_at: when it is to be sent; None when nothing is left to do.
        leased_until: while a sender is at it.
    """

    id: str
    notification_id: str
    step: int
    channel: ChannelKind
    state: TargetState
    post: DutyPost | None = None
    person_id: str | None = None
    person_name: str | None = None
    phone: str | None = None
    account: str | None = None
    tries: int = 0
    due_at: datetime | None = None
    leased_until: datetime | None = None

    def is_of(self, *, person_id: str | None, account: str | None) -> bool:
        """Whether it calls this person, by the roster's id or by the account's name."""
        by_id = person_id is not None and self.person_id == person_id
        return by_id or (account is not None and self.account == account)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, never changed afterwards."""

    at: datetime
    channel: ChannelKind
    outcome: AttemptOutcome
    detail: str | None = None


def masked(phone: str | None) -> str | None:
    """The number with its middle starred; a short one keeps its last two digits only."""
    if phone is None:
        return None
    if len(phone) < 8:
        return "*" * max(len(phone) - 2, 0) + phone[-2:] if len(phone) > 2 else "*" * len(phone)
    return f"{phone[:3]}****{phone[-4:]}"
