"""Entering steps: whom one calls, what is passed over because nobody is there, and the alarm at the end."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from services.notification.channels.in_app import screen_outcome
from services.notification.domain.notification import CALLING, Attempt, AttemptOutcome, Notification, Target
from services.notification.domain.people import Callee, Callees, Shift, callees
from services.notification.domain.policy import Step, wait_after
from services.notification.handlers.context import Notify
from services.notification.store.copies import find_people, leaders_of, shifts_at
from services.notification.store.notifications import find_notification
from services.notification.store.targets import add_attempts, insert_targets
from services.notification.store.telling import keep_and_tell
from shared.contracts.events.notify import ChannelKind, NotificationState, TargetState
from shared.kernel.ids import new_id

_CHANGED = ("state", "step", "next_due_at", "targets")


@dataclass(slots=True)
class Round:
    """The calls that entering made, with the try that some of them were at once."""

    calls: list[Target] = field(default_factory=list)
    tries: dict[str, list[Attempt]] = field(default_factory=dict)

    def add(self, target: Target, tried: Attempt | None = None) -> None:
        """One call more."""
        self.calls.append(target)
        if tried is not None:
            self.tries[target.id] = [tried]

    def keep(self, connection: Connection, notify: Notify) -> None:
        """Write all of them."""
        insert_targets(connection, self.calls)
        tries = [(target_id, one) for target_id, made in self.tries.items() for one in made]
        add_attempts(connection, tries)
        for _, one in tries:
            notify.metrics.attempts.labels(one.channel.value, one.outcome.value).inc()


def escalate(connection: Connection, notify: Notify, notification_id: str, now: datetime) -> bool:
    """Let a call-out go one step on if it is due; whether it went.

    One step at a time and counted from now: after a night without power, or a clock set forward, people are called in
    the same order and with the same pauses.
    """
    before = find_notification(connection, notification_id)
    if before is None or before.state not in CALLING or before.next_due_at is None or before.next_due_at > now:
        return False  # answered meanwhile, or another replica was faster
    after, made = enter(connection, notify, before, before.step + 1, now)
    made.keep(connection, notify)
    fact = "exhausted" if after.state is NotificationState.EXHAUSTED else "escalated"
    if after.step != before.step:
        notify.metrics.escalations.labels(str(after.step)).inc()
    keep_and_tell(connection, notify.deps, fact, after, now=now, changed=_CHANGED)
    return True


def enter(
    connection: Connection, notify: Notify, before: Notification, first: int, now: datetime
) -> tuple[Notification, Round]:
    """Call the people of this step; where nobody is on duty, those of the next one at once; at the end, the alarm.

    Only reads: what it made is for the caller to keep.
    """
    made = Round()
    on_duty = shifts_at(connection, notify.deps.site, now)
    for index in range(first, len(before.steps)):
        found = _resolve(connection, notify, on_duty, before.steps[index], now)
        _call(notify, made, before, index, found, now)
        if found.people:
            wait = wait_after(before.steps, index, notify.limits.answer_time.value)
            return replace(before, state=NotificationState.CALLING, step=index, next_due_at=now + wait), made
    return replace(before, state=NotificationState.EXHAUSTED, step=len(before.steps) - 1, next_due_at=None), made


def _resolve(connection: Connection, notify: Notify, on_duty: list[Shift], step: Step, now: datetime) -> Callees:
    shifts = [shift for shift in on_duty if shift.post in step.posts]
    known = find_people(connection, [*(shift.person_id for shift in shifts), *step.people])
    if step.deputies:
        known |= find_people(connection, [one.deputy_id for one in known.values() if one.deputy_id])
    found = callees(step, shifts, known, now)
    # A telephone number is of use only where something can telephone; else those on duty are next, at once.
    by_phone = ChannelKind.WEBHOOK in notify.channels
    leaders = [one for one in leaders_of(connection, step.units) if one.account or (one.phone and by_phone)]
    return replace(found, people=(*(Callee(None, one) for one in leaders), *found.people))


def _call(notify: Notify, made: Round, notification: Notification, index: int, found: Callees, now: datetime) -> None:
    for post in found.empty_posts:
        target = Target(new_id(), notification.id, index, ChannelKind.IN_APP, TargetState.FAILED, post=post)
        made.add(target, Attempt(now, target.channel, AttemptOutcome.NOBODY_ON_DUTY))
    wanted = notification.steps[index].channels
    ways = [ChannelKind.IN_APP, *(way for way in wanted if way in notify.channels and way is not ChannelKind.IN_APP)]
    for callee in found.people:
        for target in _targets(notification.id, index, callee, ways, now):
            if target.channel is ChannelKind.IN_APP:
                _show(made, target, now)
            else:
                made.add(target)


def _targets(
    notification_id: str, index: int, callee: Callee, ways: list[ChannelKind], now: datetime
) -> Iterator[Target]:
    person = callee.person
    for channel in ways:
        yield Target(
            id=new_id(),
            notification_id=notification_id,
            step=index,
            channel=channel,
            state=TargetState.WAITING,
            post=callee.post,
            person_id=person.id or None,
            person_name=person.name,
            phone=person.phone,
            account=person.account,
            due_at=now,
        )


def _show(made: Round, target: Target, now: datetime) -> None:
    # The fact that this transaction writes is what screens show: nothing is left to send.
    shown = screen_outcome(target.account)
    state = TargetState.SENT if shown.outcome is AttemptOutcome.ACCEPTED else TargetState.FAILED
    tried = Attempt(now, target.channel, shown.outcome, shown.detail)
    made.add(replace(target, state=state, tries=1, due_at=None), tried)
