"""Reporting clocks that run out: the duty officer is called before, the duty leader after; one call a clock."""

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
from shared.contracts.events.report import ClockChannel, ReportClockFact, ReportLeg
from shared.contracts.events.roster import DutyPost
from shared.i18n import label
from shared.kernel.ids import new_id

_SOON, _LATE = "soon", "late"
_POSTS = {_SOON: DutyPost.DUTY_OFFICER, _LATE: DutyPost.DUTY_LEADER}


def hear_clock(connection: Connection, notify: Notify, cause: Envelope, fact: ReportClockFact, now: datetime) -> None:
    """Call for a clock of this site, stop when it is met; what another site or a unit owes is their business."""
    if cause.site != notify.deps.site or fact.leg is ReportLeg.UNIT_DISTRICT:
        return  # what a unit owes is counted against the unit; nobody of ours can be late with it
    match cause.fact:
        case "due_soon":
            if now <= fact.due_at:
                _call(connection, notify, cause, fact, _SOON, now)
        case "overdue":
            _stop(connection, notify, cause, fact, _SOON, CancelReason.CLOCK_OVERDUE, now)
            _call(connection, notify, cause, fact, _LATE, now)
        case "met" | "cancelled":
            for turn in (_SOON, _LATE):
                _stop(connection, notify, cause, fact, turn, CancelReason.CLOCK_ENDED, now)
        case _:
            pass


def _key(fact: ReportClockFact, turn: str) -> str:
    # Twenty-two townships that have not reported yet are one call, not twenty-two.
    is_daily = fact.channel is ClockChannel.DAILY
    return f"clock:daily:{fact.day}:{turn}" if is_daily else f"clock:{fact.id}:{turn}"


def _stop(
    connection: Connection,
    notify: Notify,
    cause: Envelope,
    fact: ReportClockFact,
    turn: str,
    reason: CancelReason,
    now: datetime,
) -> None:
    is_owed = fact.channel is ClockChannel.DAILY and reason is CancelReason.CLOCK_ENDED and fact.open_of_day != 0
    if not is_owed:  # the one call about many townships ends with the last of them
        stop_for_key(connection, notify, cause, _key(fact, turn), reason, fact.actor_name, now)


def _call(
    connection: Connection, notify: Notify, cause: Envelope, fact: ReportClockFact, turn: str, now: datetime
) -> None:
    key = _key(fact, turn)
    if is_known(connection, key):
        return
    notification = Notification(
        id=new_id(),
        dedupe_key=key,
        correlation_id=cause.correlationid,
        kind=NotificationKind.REPORT_CLOCK,
        title=_title(fact, turn, now),
        state=NotificationState.PENDING,
        created_at=now,
        steps=by_hand(policy_in_force(connection), (_POSTS[turn],), ()),
        home_site=notify.deps.site,
        exercise=notify.deps.exercise or cause.exercise,
        incident_id=fact.incident_id,
        incident_number=fact.incident_number,
    )
    start_call(connection, notify, notification, now, cause=cause)


def _title(fact: ReportClockFact, turn: str, now: datetime) -> str:
    minutes = max(round((fact.due_at - now).total_seconds() / 60), 0)
    what = f"{label(f'report_leg.{fact.leg.value}')} {label(f'clock_channel.{fact.channel.value}')}"
    is_daily = fact.channel is ClockChannel.DAILY
    about = fact.day if is_daily else fact.incident_title
    return label(f"notification_text.clock_{turn}", what=what, minutes=minutes, title=about or "")
