"""What is due, kept in the store so that it outlives the process, and safe against a clock that is set back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from services.notification.domain.notification import CALLING, OPEN, Target
from services.notification.store.targets import target_of
from services.notification.tables import CLOCK, LATE, NOTIFICATION, TARGET
from shared.contracts.events.notify import NotificationState, TargetState
from shared.storage.prepared import Prepared

_ONLY = 1
_MOST_STEPS = 100
"""In one look; the rest is seen by the next."""
_OPEN = sorted(state.value for state in OPEN)
_CALLING = sorted(state.value for state in CALLING)
_SENDING = [NotificationState.CALLING.value, NotificationState.EXHAUSTED.value]


def _due_sends() -> Select[tuple[object, ...]]:
    now = bindparam("now", type_=TARGET.c.due_at.type)
    free = or_(TARGET.c.leased_until.is_(None), TARGET.c.leased_until <= now)
    due = and_(TARGET.c.state == TargetState.WAITING.value, TARGET.c.due_at <= now, free)
    joined = select(TARGET).join_from(TARGET, NOTIFICATION, TARGET.c.notification_id == NOTIFICATION.c.id)
    return joined.where(due, _is_one_of(_SENDING)).order_by(TARGET.c.due_at)


def _is_one_of(states: list[str]) -> ColumnElement[bool]:
    # Written out: a list would be expanded anew at each look.
    return or_(*(NOTIFICATION.c.state == state for state in states))


_OPEN_ONES = Prepared(
    select(NOTIFICATION.c.state, func.count().label("number"), func.min(NOTIFICATION.c.created_at).label("oldest"))
    .where(_is_one_of(_OPEN))
    .group_by(NOTIFICATION.c.state)
)
_DUE_STEPS = Prepared(
    select(NOTIFICATION.c.id)
    .where(_is_one_of(_CALLING), NOTIFICATION.c.next_due_at <= bindparam("now"))
    .order_by(NOTIFICATION.c.next_due_at)
    .limit(_MOST_STEPS)
)
_DUE_REPORTS = Prepared(
    select(LATE.c.incident_id).where(LATE.c.due_at <= bindparam("now")).order_by(LATE.c.due_at).limit(_MOST_STEPS)
)
_ANY_REPORT = Prepared(select(LATE.c.incident_id).limit(1))
_ANY_SEND = Prepared(_due_sends().limit(1))
_SEEN = Prepared(select(CLOCK.c.at).where(CLOCK.c.id == bindparam("only")))
_GO_ON = Prepared(
    update(CLOCK).where(CLOCK.c.id == bindparam("only"), CLOCK.c.at < bindparam("now")).returning(CLOCK.c.id), ("at",)
)
_GO_BACK = Prepared(update(CLOCK).where(CLOCK.c.id == bindparam("only")), ("at",))


def _seen_clock(connection: Connection) -> datetime | None:
    found = _SEEN.rows(connection, {"only": _ONLY})
    return found[0].at if found else None


@dataclass(frozen=True, slots=True)
class Glance:
    """What a look at the store tells, without changing anything.

    Args:
        due_steps: ids of call-outs whose next step is due, the longest overdue first.
        due_reports: ids of incidents whose late report is to be decided now.
        waits: whether anything goes on by itself later: an unanswered call-out, a late report.
        seen_at: the latest time due-times were compared with.
    """

    counts: dict[NotificationState, int]
    oldest: datetime | None
    due_steps: list[str]
    due_reports: list[str]
    has_due_sends: bool
    seen_at: datetime | None
    waits: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that is this sender's until its lease ends; `under_way_before` if another's lease ran out."""

    target: Target
    under_way_before: bool


def glance(connection: Connection, now: datetime) -> Glance:
    """Look what stands open and whether anything is due."""
    rows = _OPEN_ONES.rows(connection, {})
    due_steps = [row.id for row in _DUE_STEPS.rows(connection, {"now": now})]
    due_reports = [row.incident_id for row in _DUE_REPORTS.rows(connection, {"now": now})]
    waits = bool(rows) or _ANY_REPORT.execute(connection, {}).first() is not None
    sends = _ANY_SEND.execute(connection, {"now": now}).first()
    seen_at = _seen_clock(connection)
    counts = {NotificationState(row.state): int(row.number) for row in rows}
    oldest = min((row.oldest for row in rows), default=None)
    return Glance(counts, oldest, due_steps, due_reports, sends is not None, seen_at, waits)


def claim_sends(connection: Connection, now: datetime, limit: int, lease: timedelta) -> list[Claimed]:
    """Take what is to be sent; it comes back by itself when the lease ends unreported."""
    found = [target_of(row) for row in connection.execute(_due_sends().limit(limit), {"now": now})]
    if found:
        taken = TARGET.c.id.in_([target.id for target in found])
        connection.execute(update(TARGET).where(taken).values(leased_until=now + lease))
    return [Claimed(target, target.leased_until is not None) for target in found]


def follow_clock(connection: Connection, now: datetime, tolerance: timedelta) -> timedelta:
    """Note the time; if the clock was set back, move everything that waits back with it, or nobody would be called.

    Returns how far it was set back, zero as a rule. A clock set forward only makes one step early, since each step
    is counted from the start of the one before.
    """
    if _GO_ON.execute(connection, {"only": _ONLY, "now": now, "at": now}).first() is not None:
        return timedelta()
    seen_at = _seen_clock(connection)
    if seen_at is None:
        connection.execute(insert(CLOCK), {"id": _ONLY, "at": now})
        return timedelta()
    back = seen_at - now
    if back < tolerance:
        return timedelta()
    _shift(connection, back)
    _GO_BACK.execute(connection, {"only": _ONLY, "at": now})
    return back


def _shift(connection: Connection, back: timedelta) -> None:
    waiting = select(NOTIFICATION.c.id, NOTIFICATION.c.next_due_at).where(NOTIFICATION.c.state.in_(_CALLING))
    for row in connection.execute(waiting).all():
        if row.next_due_at is not None:
            moved = row.next_due_at - back
            connection.execute(update(NOTIFICATION).where(NOTIFICATION.c.id == row.id).values(next_due_at=moved))
    late = select(LATE.c.incident_id, LATE.c.due_at, LATE.c.latest_at)
    for report in connection.execute(late).all():
        here = update(LATE).where(LATE.c.incident_id == report.incident_id)
        connection.execute(here.values(due_at=report.due_at - back, latest_at=report.latest_at - back))
    unsent = select(TARGET.c.id, TARGET.c.due_at, TARGET.c.leased_until).where(
        TARGET.c.state == TargetState.WAITING.value, TARGET.c.due_at.is_not(None)
    )
    for one in connection.execute(unsent).all():
        leased = None if one.leased_until is None else one.leased_until - back
        moves = update(TARGET).where(TARGET.c.id == one.id)
        connection.execute(moves.values(due_at=one.due_at - back, leased_until=leased))
