"""Entering steps: whom one calls, what is passed over because nobody is there, and the alarm at the end."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.notification.channels.in_app import screen_outcome
from services.notification.domain.notification import CALLING, AttemptOutcome, Notification, Target
from services.notification.domain.people import Callee, Callees, callees
from services.notification.domain.policy import Step, wait_after
from services.notification.handlers.context import Notify
from services.notification.store.copies import find_people, shifts_at
from services.notification.store.notifications import find_notification
from services.notification.store.targets import add_attempt, insert_target
from services.notification.store.telling import keep_and_tell
from shared.contracts.events.notify import ChannelKind, NotificationState, TargetState
from shared.contracts.events.roster import DutyPost
from shared.kernel.ids import new_id

_CHANGED = ("state", "step", "next_due_at", "targets")


def escalate(connection: Connection, notify: Notify, notification_id: str, now: datetime) -> bool:
    """Let a call-out go one step on if it is due; whether it went.

    One step at a time and counted from now: after a night without power, or a clock set forward, people are called in
    the same order and with the same pauses.
    """
    before = find_notification(connection, notification_id)
    if before is None or before.state not in CALLING or before.next_due_at is None or before.next_due_at > now:
        return False  # answered meanwhile, or another replica was faster
    after = enter(connection, notify, before, before.step + 1, now)
    fact = "exhausted" if after.state is NotificationState.EXHAUSTED else "escalated"
    if after.step != before.step:
        notify.metrics.escalations.labels(str(after.step)).inc()
    keep_and_tell(connection, notify.deps, fact, after, now=now, changed=_CHANGED)
    return True


def enter(connection: Connection, notify: Notify, before: Notification, first: int, now: datetime) -> Notification:
    """Call the people of this step; where nobody is on duty, those of the next one at once; at the end, the alarm."""
    for index in range(first, len(before.steps)):
        found = _resolve(connection, notify, before.steps[index], now)
        _call(connection, notify, before, index, found, now)
        if found.people:
            wait = wait_after(before.steps, index, notify.limits.answer_time.value)
            return replace(before, state=NotificationState.CALLING, step=index, next_due_at=now + wait)
    return replace(before, state=NotificationState.EXHAUSTED, step=len(before.steps) - 1, next_due_at=None)


def _resolve(connection: Connection, notify: Notify, step: Step, now: datetime) -> Callees:
    shifts = shifts_at(connection, notify.deps.site, step.posts, now)
    known = find_people(connection, [*(shift.person_id for shift in shifts), *step.people])
    if step.deputies:
        known |= find_people(connection, [one.deputy_id for one in known.values() if one.deputy_id])
    return callees(step, shifts, known, now)


def _call(
    connection: Connection, notify: Notify, notification: Notification, index: int, found: Callees, now: datetime
) -> None:
    for post in found.empty_posts:
        _note_nobody(connection, notify, notification, index, post, now)
    wanted = notification.steps[index].channels
    ways = [ChannelKind.IN_APP, *(way for way in wanted if way in notify.channels and way is not ChannelKind.IN_APP)]
    for callee in found.people:
        for channel in ways:
            _add(connection, notify, notification.id, index, callee, channel, now)


def _note_nobody(
    connection: Connection, notify: Notify, notification: Notification, index: int, post: DutyPost, now: datetime
) -> None:
    target = Target(new_id(), notification.id, index, ChannelKind.IN_APP, TargetState.FAILED, post=post)
    insert_target(connection, target)
    _note(connection, notify, target, AttemptOutcome.NOBODY_ON_DUTY, None, now)


def _add(
    connection: Connection,
    notify: Notify,
    notification_id: str,
    index: int,
    callee: Callee,
    channel: ChannelKind,
    now: datetime,
) -> None:
    person = callee.person
    target = Target(
        id=new_id(),
        notification_id=notification_id,
        step=index,
        channel=channel,
        state=TargetState.WAITING,
        post=callee.post,
        person_id=person.id,
        person_name=person.name,
        phone=person.phone,
        account=person.account,
        due_at=now,
    )
    if channel is not ChannelKind.IN_APP:
        insert_target(connection, target)
        return
    # The fact that this transaction writes is what screens show: nothing is left to send.
    shown = screen_outcome(person.account)
    is_shown = shown.outcome is AttemptOutcome.ACCEPTED
    state = TargetState.SENT if is_shown else TargetState.FAILED
    target = replace(target, state=state, tries=1, due_at=None)
    insert_target(connection, target)
    _note(connection, notify, target, shown.outcome, shown.detail, now)


def _note(
    connection: Connection, notify: Notify, target: Target, outcome: AttemptOutcome, detail: str | None, now: datetime
) -> None:
    add_attempt(connection, target, now, outcome, detail)
    notify.metrics.attempts.labels(target.channel.value, outcome.value).inc()
