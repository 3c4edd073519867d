"""What a channel is given, what it answers, and what it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.notification.domain.notification import AttemptOutcome
from shared.contracts.events.notify import NotificationKind
from shared.contracts.events.roster import DutyPost


@dataclass(frozen=True, slots=True)
class Call:
    """One call to one person.

    Args:
        delivery_id: the same for every try of this call, so that a receiver can drop what it has already.
    """

    delivery_id: str
    notification_id: str
    kind: NotificationKind
    text: str
    title: str
    incident_id: str | None
    incident_number: str | None
    person_id: str | None
    person_name: str | None
    phone: str | None
    account: str | None
    post: DutyPost | None
    step: int
    exercise: bool
    site: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try: accepted, temporary (try again) or permanent (never will); why in one short code."""

    outcome: AttemptOutcome
    detail: str | None = None

    @classmethod
    def accepted(cls, detail: str | None = None) -> "Outcome":
        return cls(AttemptOutcome.ACCEPTED, detail)

    @classmethod
    def temporary(cls, detail: str) -> "Outcome":
        return cls(AttemptOutcome.TEMPORARY, detail)

    @classmethod
    def permanent(cls, detail: str) -> "Outcome":
        return cls(AttemptOutcome.PERMANENT, detail)


class Channel(Protocol):
    """A way to a person. Accepted means handed over, never that the person knows."""

    async def send(self, call: Call) -> Outcome:
        """Try once; whatever goes wrong is an outcome, not an exception."""
        ...
