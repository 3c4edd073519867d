"""应急响应 past its expected end: the leader on duty is called until it is extended or ended."""

from datetime import datetime

from sqlalchemy import Connection

from services.notification.domain.notification import CancelReason
from services.notification.domain.policy import by_hand
from services.notification.handlers.calling import Matter, call_once
from services.notification.handlers.context import Notify
from services.notification.handlers.endings import stop_for_key
from services.notification.store.policies import policy_in_force
from shared.contracts.envelope import Envelope
from shared.contracts.events.command import ActivationFact
from shared.contracts.events.notify import NotificationKind
from shared.contracts.events.roster import DutyPost
from shared.i18n import label
from shared.kernel.clock import wire_time


def hear_activation(
    connection: Connection, notify: Notify, cause: Envelope, fact: ActivationFact, now: datetime
) -> None:
    """Call once for each expected end that has passed; stop when a person has decided, which way does not matter."""
    if cause.site != notify.deps.site:
        return
    if cause.fact == "overdue":
        _call(connection, notify, cause, fact, now)
    elif not fact.is_overdue or cause.fact == "ended":
        for until in {step.expected_until for step in fact.steps}:
            reason = CancelReason.ACTIVATION_REVIEWED
            stop_for_key(connection, notify, cause, _key(fact, until), reason, fact.actor_name, now)


def _key(fact: ActivationFact, until: datetime) -> str:
    return f"activation:{fact.id}:{wire_time(until)}"


def _call(connection: Connection, notify: Notify, cause: Envelope, fact: ActivationFact, now: datetime) -> None:
    level = label(f"response_level.{fact.level.value}")
    title = label("notification_text.activation_overdue", level=level, matter=fact.matter)
    key = _key(fact, fact.expected_until)
    matter = Matter(NotificationKind.ACTIVATION, key, title, fact.incident_id, fact.incident_number)
    steps = by_hand(policy_in_force(connection), (DutyPost.DUTY_LEADER,), ())
    call_once(connection, notify, cause, matter, steps, now)
