"""What runs through the pipeline, and the pipeline itself."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.notification.channels.call import Outcome
from services.notification.domain.notification import Notification, Target
from services.notification.domain.reasons import SendReason
from services.notification.store.copies import IncidentCopy


@dataclass(frozen=True, slots=True)
class Delivery:
    """One claimed call on its way; every stage fills in its part."""

    target: Target
    under_way_before: bool
    notification: Notification | None = None
    incident: IncidentCopy | None = None
    reason: SendReason | None = None
    text: str = ""
    outcome: Outcome | None = None


Stage = Callable[[Delivery], Awaitable[Delivery | None]]
"""None ends the delivery."""


async def run(stages: Sequence[Stage], delivery: Delivery) -> Delivery | None:
    """The delivery after the last stage, None if one has ended it."""
    current: Delivery | None = delivery
    for stage in stages:
        if current is None:
            return None
        current = await stage(current)
    return current
