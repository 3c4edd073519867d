"""Steps that became due by themselves and are late: the duty officer is called, until somebody has seen to it."""

from datetime import datetime

from sqlalchemy import Connection

from services.notification.domain.notification import CancelReason, Notification
from services.notification.domain.policy import by_hand
from services.notification.handlers.calling import start_call
from services.notification.handlers.context import Notify
from services.notification.handlers.endings import stop_for_key
from services.notification.store.notifications import is_known
from services.notification.store.policies import policy_in_force
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import StepFact, StepState
from shared.contracts.events.notify import NotificationKind, NotificationState
from shared.contracts.events.roster import DutyPost
from shared.i18n import label
from shared.kernel.ids import new_id


def hear_step(connection: Connection, notify: Notify, cause: Envelope, fact: StepFact, now: datetime) -> None:
    """Call for a late step of this site's incidents, once for each time it is late; stop when it is settled."""
    if cause.site != notify.deps.site:
        return
    if fact.state is StepState.OVERDUE:
        _call(connection, notify, cause, fact, now)
    elif fact.state is StepState.SETTLED:
        stop_for_key(connection, notify, cause, _key(fact), CancelReason.STEP_SETTLED, fact.actor_name, now)


def _key(fact: StepFact) -> str:
    return f"step:{fact.id}"


def _call(connection: Connection, notify: Notify, cause: Envelope, fact: StepFact, now: datetime) -> None:
    if is_known(connection, _key(fact)):
        return
    notification = Notification(
        id=new_id(),
        dedupe_key=_key(fact),
        correlation_id=cause.correlationid,
        kind=NotificationKind.STEP,
        title=label("notification_text.step_late", text=fact.text, why=fact.why, title=fact.incident_title),
        state=NotificationState.PENDING,
        created_at=now,
        steps=by_hand(policy_in_force(connection), (DutyPost.DUTY_OFFICER,), ()),
        home_site=notify.deps.site,
        exercise=notify.deps.exercise or cause.exercise,
        incident_id=fact.incident_id,
        incident_number=fact.incident_number,
    )
    start_call(connection, notify, notification, now, cause=cause)
