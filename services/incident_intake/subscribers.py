"""What other services tell becomes a line of the timeline, in the order of its time, late or not."""

from collections.abc import Callable

from sqlalchemy import Connection

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.notes import record_assignment, record_notification
from shared.contracts.envelope import Envelope
from shared.contracts.events.dispatch import AssignmentFact
from shared.contracts.events.notify import NotificationFact
from shared.messaging.subscriptions import Subscription
from shared.storage.system import seen_before

ASSIGNMENTS = "incident_intake__assignments"
NOTIFICATIONS = "incident_intake__notifications"


def subscriptions(intake: Intake) -> list[Subscription]:
    """What intake hears; every fact has its effect once, however often it comes."""

    async def on_assignment(envelope: Envelope) -> None:
        fact = AssignmentFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        await _once(ASSIGNMENTS, envelope, lambda c: record_assignment(c, intake, envelope, fact, now))

    async def on_notification(envelope: Envelope) -> None:
        fact = NotificationFact.model_validate(envelope.data)
        now = intake.deps.clock.now()
        await _once(NOTIFICATIONS, envelope, lambda c: record_notification(c, envelope, fact, now))

    async def _once(consumer: str, envelope: Envelope, effect: Callable[[Connection], None]) -> None:
        def work(connection: Connection) -> None:
            if not seen_before(connection, consumer, envelope.id, now=intake.deps.clock.now()):
                effect(connection)

        await intake.deps.database.write(work)

    return [
        Subscription(ASSIGNMENTS, ("dispatch.assignment.*.v1",), on_assignment),
        Subscription(NOTIFICATIONS, ("notify.notification.*.v1",), on_notification),
    ]
