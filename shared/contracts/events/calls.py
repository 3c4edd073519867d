"""Facts of calls (接报单). Who called and what was said never leaves the intake store (突发事件应对法 §85)."""

from enum import StrEnum
from typing import ClassVar

from shared.contracts.events.base import Fact
from shared.contracts.events.intake import IncidentSource, Location
from shared.kernel.clock import UtcDatetime


class CallOutcome(StrEnum):
    """What became of a call: `new` opened an incident, `pending` waits for a person's decision."""

    NEW = "new"
    LINKED = "linked"
    TRANSFERRED = "transferred"
    FALSE_ALARM = "false_alarm"
    PENDING = "pending"


class CallFact(Fact):
    """Sent by intake after every change of a call. Heard by the picture, which draws what waits and where many call.

    The call with which an incident was taken is told by the incident itself, until that is merged or split.

    `incident_id` is the incident in which the call counts now: of a merged one the incident that goes on. `opened` is
    the one that was taken with it.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"intake.call.{fact}.v1"
        for fact in ("recorded", "updated", "linked", "unlinked", "transferred", "closed", "reopened")
    )

    id: str
    number: str
    outcome: CallOutcome
    source: IncidentSource = IncidentSource.OTHER
    received_at: UtcDatetime
    incident_id: str | None = None
    opened: str | None = None
    type_code: str | None = None
    location: Location = Location()
    verify_by: UtcDatetime | None = None
    """Until when a person must have checked a sensor's alarm by phone; it is never taken as an incident by itself."""
    transferred_to: str | None = None
    transferred_at: UtcDatetime | None = None
    home_site: str
