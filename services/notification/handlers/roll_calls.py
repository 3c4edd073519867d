"""点名: each unit's responsible person is called by a call-out of its own, after the limit the leader above."""

from datetime import datetime

from sqlalchemy import Connection

from services.notification.domain.notification import Acknowledgement, Notification
from services.notification.domain.policy import Step
from services.notification.domain.roll_call import roll_call_key
from services.notification.handlers.calling import start_call
from services.notification.handlers.context import Notify
from services.notification.handlers.endings import answer_for_key
from services.notification.store.notifications import is_known
from services.notification.store.policies import policy_in_force
from shared.contracts.envelope import Envelope
from shared.contracts.events.notify import NotificationKind, NotificationState
from shared.contracts.events.roll_call import RollCallFact, RollCallUnit
from shared.i18n import label
from shared.kernel.ids import new_id


def hear_roll_call(connection: Connection, notify: Notify, cause: Envelope, fact: RollCallFact, now: datetime) -> None:
    """Call when one of this site starts; whoever answered the desk is called no more.

    Who has not answered when it closes goes on sounding at the desk until a person deals with it.
    """
    if cause.site != notify.deps.site:
        return
    if cause.fact == "started" and now < fact.closes_at:
        for unit in fact.units:
            _call(connection, notify, cause, fact, unit, now)
    for unit in fact.units:
        if unit.answered_at is not None:
            said = Acknowledgement(
                at=unit.answered_at,
                by=fact.actor_name or unit.answered_by or "",
                account_id=cause.actorid or "",
                note=unit.note,
                for_id=None if unit.answered_by != unit.person_name else unit.person_id,
                for_name=unit.answered_by,
                by_phone=True,
            )
            answer_for_key(connection, notify, cause, roll_call_key(fact.id, unit.code), said)


def _call(
    connection: Connection, notify: Notify, cause: Envelope, fact: RollCallFact, unit: RollCallUnit, now: datetime
) -> None:
    key = roll_call_key(fact.id, unit.code)
    if is_known(connection, key):
        return
    kind = label(f"roll_call_kind.{fact.kind.value}")
    notification = Notification(
        id=new_id(),
        dedupe_key=key,
        correlation_id=cause.correlationid,
        kind=NotificationKind.ROLL_CALL,
        title=label("notification_text.roll_call_title", kind=kind, unit=unit.name),
        state=NotificationState.PENDING,
        created_at=now,
        created_by=fact.started_by,
        steps=_steps(connection, fact, unit),
        home_site=notify.deps.site,
        exercise=notify.deps.exercise or cause.exercise,
    )
    start_call(connection, notify, notification, now, actor_name=fact.started_by, cause=cause)


def _steps(connection: Connection, fact: RollCallFact, unit: RollCallUnit) -> tuple[Step, ...]:
    """The person at once and again as the policy says; after the limit the leader, or the person without one."""
    policy = policy_in_force(connection)
    channels = policy.steps[0].channels
    times = [0, *(step.after_seconds for step in policy.steps[1:2] if step.after_seconds < fact.timeout_seconds)]
    named = (unit.person_id,) if unit.person_id else ()
    leader = (unit.leader_id,) if unit.leader_id else named
    first = tuple(Step(after, (), channels, people=named) for after in times)
    return (*first, Step(fact.timeout_seconds, (), channels, people=leader))
