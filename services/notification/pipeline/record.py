"""Last stage: what came of it, and whether to try again. Written after sending: a break sends twice, not never."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.notification.channels.call import Outcome
from services.notification.domain.limits import CallLimits, retry_pause
from services.notification.domain.notification import AttemptOutcome, Notification, Target
from services.notification.metrics import NotifyMetrics
from services.notification.pipeline.delivery import Delivery, Stage
from services.notification.store.notifications import find_notification
from services.notification.store.targets import add_attempt, find_target, save_target
from services.notification.store.telling import keep_and_tell
from shared.contracts.events.notify import NotificationState, TargetState
from shared.http.hosting import Deps


def record(deps: Deps, limits: CallLimits, metrics: NotifyMetrics) -> Stage:
    """The stage on this store."""

    async def stage(delivery: Delivery) -> Delivery:
        now, outcome = deps.clock.now(), delivery.outcome
        assert outcome is not None
        await deps.database.write(
            lambda connection: _write(connection, deps, delivery.target.id, outcome, limits=limits, now=now)
        )
        metrics.attempts.labels(delivery.target.channel.value, outcome.outcome.value).inc()
        return delivery

    return stage


def _write(
    connection: Connection, deps: Deps, target_id: str, outcome: Outcome, *, limits: CallLimits, now: datetime
) -> None:
    target = find_target(connection, target_id)
    assert target is not None
    notification = find_notification(connection, target.notification_id)
    assert notification is not None
    add_attempt(connection, target, now, outcome.outcome, outcome.detail)
    tried = after_try(target, notification, outcome.outcome, limits, now)
    save_target(connection, tried)
    if tried.state is not target.state:
        keep_and_tell(connection, deps, "attempted", notification, now=now, changed=["targets"])


def after_try(
    target: Target, notification: Notification, outcome: AttemptOutcome, limits: CallLimits, now: datetime
) -> Target:
    """The call after one try: sent, failed, or waiting for the next try as long as its step runs."""
    tried = replace(target, tries=target.tries + 1, leased_until=None, due_at=None)
    if target.state is not TargetState.WAITING:
        return tried  # answered or seen while it was in flight
    if outcome is AttemptOutcome.ACCEPTED:
        return replace(tried, state=TargetState.SENT)
    again = now + retry_pause(limits, tried.tries)
    is_running = notification.state is NotificationState.CALLING and notification.step == target.step
    in_time = notification.next_due_at is not None and again < notification.next_due_at
    if outcome is AttemptOutcome.TEMPORARY and is_running and in_time:
        return replace(tried, due_at=again)
    return replace(tried, state=TargetState.FAILED)
