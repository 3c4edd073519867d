"""How a call-out ends: somebody answers, somebody stops it, or what it is about is over; and that somebody saw it."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.notification.domain.notification import (
    OPEN,
    Acknowledgement,
    AttemptOutcome,
    Cancellation,
    CancelReason,
    Notification,
    Target,
)
from services.notification.domain.people import Person
from services.notification.handlers.context import Notify, view, visible
from services.notification.schemas import Acknowledge, Cancel
from services.notification.store.copies import find_people
from services.notification.store.notifications import open_of_incident, open_of_key
from services.notification.store.targets import add_attempt, save_target, targets_of
from services.notification.store.telling import keep_and_tell
from shared.contracts.envelope import Envelope
from shared.contracts.events.notify import ChannelKind, NotificationKind, NotificationState, TargetState
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid

_OUTLIVES = frozenset({NotificationKind.REPORT_CLOCK, NotificationKind.EVACUATION, NotificationKind.ACTIVATION})
_OUTLIVES_MERGING = _OUTLIVES | {NotificationKind.ORDER}
_UNSEEN = frozenset({TargetState.WAITING, TargetState.SENT, TargetState.FAILED})


def acknowledge(
    connection: Connection, notify: Notify, actor: Actor, notification_id: str, cmd: Acknowledge, now: datetime
) -> Answer:
    """Take a call-out over, once: who answers later is told who was first. Also after the alarm.

    Raises:
        NotFound: `notification.not_found`.
        Conflict: `notification.ended`, it was cancelled.
        Invalid: `notification.person_unknown`.
    """
    before = visible(connection, actor, notification_id)
    if before.state is NotificationState.ACKNOWLEDGED:
        return Answer(200, view(connection, before))
    _require_open(before)
    person = _person(connection, cmd.on_behalf_of)
    answer = Acknowledgement(
        at=now,
        by=actor.name,
        account_id=actor.account_id,
        note=cmd.note or None,
        for_id=person.id if person else None,
        for_name=person.name if person else None,
        by_phone=cmd.phone_answer,
    )
    for target in _targets(connection, before):
        _settle(connection, target, answered=_answers(target, actor, person))
    after = replace(before, state=NotificationState.ACKNOWLEDGED, answer=answer, next_due_at=None)
    changed = ["state", "acknowledged_at", "acknowledged_by", "ack_note", "next_due_at", "targets"]
    kept = keep_and_tell(connection, notify.deps, "acknowledged", after, now=now, changed=changed, actor=actor)
    return Answer(200, view(connection, kept))


def _person(connection: Connection, person_id: str | None) -> Person | None:
    if person_id is None:
        return None
    person = find_people(connection, [person_id]).get(person_id)
    if person is None:
        fault = FieldFault("/on_behalf_of", "notification.person_unknown")
        raise Invalid("notification.person_unknown", faults=(fault,))
    return person


def _answers(target: Target, actor: Actor, person: Person | None) -> bool:
    if person is not None:
        return target.is_of(person_id=person.id, account=None)
    return target.is_of(person_id=actor.person_id, account=actor.username)


def cancel(
    connection: Connection, notify: Notify, actor: Actor, notification_id: str, cmd: Cancel, now: datetime
) -> Answer:
    """Stop calling although nobody has answered; by name and with a reason.

    Raises:
        NotFound: `notification.not_found`.
        Conflict: `notification.ended`.
    """
    before = visible(connection, actor, notification_id)
    _require_open(before)
    ending = Cancellation(now, actor.name, CancelReason.BY_HAND, cmd.reason)
    kept = _stop(connection, notify, before, ending, actor=actor)
    return Answer(200, view(connection, kept))


def stop_for_incident(
    connection: Connection, notify: Notify, cause: Envelope, reason: CancelReason, actor_name: str | None, now: datetime
) -> int:
    """Stop what still calls for an incident that is over, in the name of who ended it; how many stopped.

    What calls because a report is due goes on: the report is due all the same. So does what calls people out of danger
    and what calls for a response that nobody has ended; an order goes on in the incident that this one was merged into.
    """
    outlives = _OUTLIVES_MERGING if reason is CancelReason.INCIDENT_MERGED else _OUTLIVES
    open_ones = open_of_incident(connection, cause.subject)
    found = [one for one in open_ones if one.kind not in outlives]
    for before in found:
        _stop(connection, notify, before, Cancellation(now, actor_name, reason), cause=cause)
    return len(found)


def stop_for_key(
    connection: Connection,
    notify: Notify,
    cause: Envelope,
    key: str,
    reason: CancelReason,
    actor_name: str | None,
    now: datetime,
) -> None:
    """Stop the one call-out about this, if it still calls."""
    found = open_of_key(connection, key)
    if found is not None:
        _stop(connection, notify, found, Cancellation(now, actor_name, reason), cause=cause)


def answer_for_key(connection: Connection, notify: Notify, cause: Envelope, key: str, answer: Acknowledgement) -> None:
    """The one call-out about this was answered elsewhere; nothing to do if it does not call any more."""
    before = open_of_key(connection, key)
    if before is None:
        return
    for target in _targets(connection, before):
        _settle(connection, target, answered=target.is_of(person_id=answer.for_id, account=None))
    after = replace(before, state=NotificationState.ACKNOWLEDGED, answer=answer, next_due_at=None)
    changed = ["state", "acknowledged_at", "acknowledged_by", "ack_note", "next_due_at", "targets"]
    keep_and_tell(
        connection, notify.deps, "acknowledged", after, now=notify.deps.clock.now(), changed=changed,
        actor_name=answer.by, cause=cause,
    )  # fmt: skip


def _stop(
    connection: Connection,
    notify: Notify,
    before: Notification,
    ending: Cancellation,
    *,
    actor: Actor | None = None,
    cause: Envelope | None = None,
) -> Notification:
    for target in _targets(connection, before):
        _settle(connection, target, answered=False)
    after = replace(before, state=NotificationState.CANCELLED, ending=ending, next_due_at=None)
    return keep_and_tell(
        connection,
        notify.deps,
        "cancelled",
        after,
        now=ending.at,
        changed=["state", "next_due_at"],
        actor=actor,
        actor_name=ending.by,
        remark=ending.words,
        cause=cause,
    )


def confirm_seen(connection: Connection, notify: Notify, actor: Actor, notification_id: str, now: datetime) -> None:
    """This account's screen shows the call: delivered, which is not answered.

    Raises:
        NotFound: `notification.not_found`.
    """
    found = visible(connection, actor, notification_id)
    if found.state not in OPEN:
        return
    mine = [target for target in _targets(connection, found) if _is_unseen(target, actor)]
    for target in mine:
        save_target(connection, replace(target, state=TargetState.DELIVERED, due_at=None))
        add_attempt(connection, target, now, AttemptOutcome.SEEN, None)
        notify.metrics.attempts.labels(target.channel.value, AttemptOutcome.SEEN.value).inc()
    if mine:
        keep_and_tell(connection, notify.deps, "delivered", found, now=now, changed=["targets"], actor=actor)


def _is_unseen(target: Target, actor: Actor) -> bool:
    is_mine = target.is_of(person_id=actor.person_id, account=actor.username)
    return is_mine and target.channel is ChannelKind.IN_APP and target.state in _UNSEEN


def _require_open(notification: Notification) -> None:
    if notification.state not in OPEN:
        raise Conflict("notification.ended", state=notification.state.value)


def _targets(connection: Connection, notification: Notification) -> list[Target]:
    return targets_of(connection, [notification.id]).get(notification.id, [])


def _settle(connection: Connection, target: Target, *, answered: bool) -> None:
    """Nothing more is sent; one that is in flight right now cannot be called back and is only recorded."""
    state = TargetState.ACKNOWLEDGED if answered else target.state
    if state is not target.state or target.due_at is not None:
        save_target(connection, replace(target, state=state, due_at=None, leased_until=None))
