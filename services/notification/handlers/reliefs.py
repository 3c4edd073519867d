"""换岗: who is asked is called, then the leader, at last both; a call stops with the step that it asked for."""

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
from shared.contracts.events.notify import NotificationKind, NotificationState
from shared.contracts.events.relief import ReliefFact
from shared.contracts.events.roster import DutyPost
from shared.i18n import label
from shared.kernel.ids import new_id

_BEFORE = {"agreed": ("applied",), "approved": ("applied", "agreed"), "rejected": ("applied", "agreed")}


def hear_relief(connection: Connection, notify: Notify, cause: Envelope, fact: ReliefFact, now: datetime) -> None:
    """Call for a relief of this site, whose step it is now."""
    if cause.site != notify.deps.site:
        return
    for step in _BEFORE.get(cause.fact, ()):
        stop_for_key(connection, notify, cause, _key(fact, step), CancelReason.RELIEF_WENT_ON, fact.actor_name, now)
    people = {"applied": (fact.to_person_id,), "agreed": ()}.get(cause.fact, (fact.from_person_id, fact.to_person_id))
    posts = (DutyPost.DUTY_LEADER,) if cause.fact == "agreed" else ()
    key = _key(fact, cause.fact)
    if is_known(connection, key):
        return
    title = label(
        f"notification_text.relief_{cause.fact}", post=label(f"duty_post.{fact.post.value}"), away=fact.from_name,
        relief=fact.to_name,
    )  # fmt: skip
    notification = Notification(
        id=new_id(),
        dedupe_key=key,
        correlation_id=cause.correlationid,
        kind=NotificationKind.RELIEF,
        title=title,
        state=NotificationState.PENDING,
        created_at=now,
        created_by=fact.actor_name,
        steps=by_hand(policy_in_force(connection), posts, people),
        home_site=notify.deps.site,
        exercise=notify.deps.exercise or cause.exercise,
    )
    start_call(connection, notify, notification, now, actor_name=fact.actor_name, cause=cause)


def _key(fact: ReliefFact, step: str) -> str:
    return f"relief:{fact.id}:{step}"
