"""Clocks in the store."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, insert, or_, select, update

from services.information_reporting.domain.clock import OPEN, About, Clock
from services.information_reporting.tables import CLOCK, REPORT
from shared.contracts.events.report import ClockChannel, ClockFrom, ReportClockState, ReportLeg, ReportState
from shared.storage.prepared import Prepared

_OPEN = sorted(state.value for state in OPEN)
_RUNNING = ReportClockState.RUNNING.value
_MOST = 200
"""In one look; the rest is seen by the next."""
_DUE = Prepared(
    select(CLOCK.c.id)
    .where(CLOCK.c.state == _RUNNING, CLOCK.c.due_at < bindparam("now"))
    .order_by(CLOCK.c.due_at)
    .limit(_MOST)
)
_REMIND = Prepared(
    select(CLOCK.c.id)
    .where(CLOCK.c.state == _RUNNING, CLOCK.c.remind_at <= bindparam("now"))
    .order_by(CLOCK.c.remind_at)
    .limit(_MOST)
)
_INSERT = Prepared(insert(CLOCK), tuple(CLOCK.c.keys()))
_CHANGING = tuple(name for name in CLOCK.c.keys() if name != "id")  # noqa: SIM118 — no dict
_UPDATE = Prepared(update(CLOCK).where(CLOCK.c.id == bindparam("key")), _CHANGING)
_BY_ID = Prepared(select(CLOCK).where(CLOCK.c.id == bindparam("key")))
# Written out: a list would be expanded anew at each look.
_IS_OPEN = and_(or_(*(CLOCK.c.state == state for state in _OPEN)), CLOCK.c.passed_to.is_(None))
_COUNTS = Prepared(select(CLOCK.c.state, func.count().label("number")).where(_IS_OPEN).group_by(CLOCK.c.state))
_OWED = Prepared(
    select(func.count())
    .select_from(CLOCK)
    .where(CLOCK.c.day == bindparam("wanted"), CLOCK.c.channel == ClockChannel.DAILY.value, _IS_OPEN)
)
_PAPERS = Prepared(select(func.count()).select_from(REPORT).where(REPORT.c.state == ReportState.REVIEW.value))
_OF_SUBJECT = Prepared(select(CLOCK).where(CLOCK.c.subject == bindparam("about")).order_by(CLOCK.c.due_at, CLOCK.c.id))


@dataclass(frozen=True, slots=True)
class ClockFilter:
    """Which clocks are wanted; None means no matter."""

    incident_id: str | None = None
    is_open: bool | None = None
    township: str | None = None
    states: tuple[ReportClockState, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def insert_clock(connection: Connection, clock: Clock) -> None:
    """A new row."""
    _INSERT.execute(connection, _row(clock))


def save_clock(connection: Connection, clock: Clock) -> None:
    """Replace the row."""
    _UPDATE.execute(connection, {"key": clock.id, **_row(clock)})


def clocks_about(connection: Connection, subject: str) -> list[Clock]:
    """All clocks about one incident or day, the soonest due first."""
    return [_clock_of(row) for row in _OF_SUBJECT.rows(connection, {"about": subject})]


def find_clock(connection: Connection, clock_id: str) -> Clock | None:
    """The clock with this id."""
    found = _BY_ID.rows(connection, {"key": clock_id})
    return _clock_of(found[0]) if found else None


def due_clocks(connection: Connection, now: datetime) -> list[str]:
    """Ids of running clocks whose deadline has passed."""
    return [row.id for row in _DUE.rows(connection, {"now": now})]


def clocks_to_remind(connection: Connection, now: datetime) -> list[str]:
    """Ids of running clocks of which nobody has been reminded although it is time."""
    return [row.id for row in _REMIND.rows(connection, {"now": now})]


def list_clocks(
    connection: Connection, wanted: ClockFilter, *, after: tuple[datetime, str] | None, limit: int
) -> list[Clock]:
    """The soonest due first, from behind the given key."""
    query = select(CLOCK).where(*_conditions(wanted))
    if after is not None:
        moment, last_id = after
        query = query.where(or_(CLOCK.c.due_at > moment, and_(CLOCK.c.due_at == moment, CLOCK.c.id > last_id)))
    return [_clock_of(row) for row in connection.execute(query.order_by(CLOCK.c.due_at, CLOCK.c.id).limit(limit))]


def count_clocks(connection: Connection) -> dict[ReportClockState, int]:
    """How many stand open, by state."""
    return {ReportClockState(row.state): int(row.number) for row in _COUNTS.execute(connection, {})}


def open_of_day(connection: Connection, day: str) -> int:
    """How many daily reports of this day are still owed."""
    return int(_OWED.execute(connection, {"wanted": day}).scalar_one())


def waiting_papers(connection: Connection) -> int:
    """How many reports wait to be signed."""
    return int(_PAPERS.execute(connection, {}).scalar_one())


def _conditions(wanted: ClockFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.incident_id is not None:
        yield CLOCK.c.incident_id == wanted.incident_id
    if wanted.is_open is not None:
        yield _IS_OPEN if wanted.is_open else ~_IS_OPEN
    if wanted.township is not None:
        yield CLOCK.c.township == wanted.township
    if wanted.states:
        yield CLOCK.c.state.in_([state.value for state in wanted.states])
    if wanted.since is not None:
        yield CLOCK.c.due_at >= wanted.since
    if wanted.until is not None:
        yield CLOCK.c.due_at < wanted.until


def _row(clock: Clock) -> dict[str, Any]:
    about = clock.about
    return {
        "id": clock.id, "subject": about.subject, "rule_id": clock.rule_id, "occasion": clock.occasion,
        "incident_id": about.incident_id, "incident_number": about.incident_number,
        "incident_title": about.incident_title, "township": about.township, "township_name": about.township_name,
        "day": about.day, "leg": clock.leg.value, "channel": clock.channel.value,
        "clock_from": clock.clock_from.value, "starts_at": clock.starts_at, "due_at": clock.due_at,
        "minutes": clock.minutes, "remind_at": clock.remind_at, "state": clock.state.value, "basis": clock.basis,
        "verified": clock.verified, "met_at": clock.met_at, "report_id": clock.report_id,
        "passed_to": clock.passed_to, "passed_at": clock.passed_at, "version": clock.version,
    }  # fmt: skip


def _clock_of(row: Row[Any]) -> Clock:
    names = ("incident_id", "incident_number", "incident_title", "township", "township_name", "day")
    return Clock(
        id=row.id, about=About(**{name: getattr(row, name) for name in names}), rule_id=row.rule_id,
        occasion=row.occasion, leg=ReportLeg(row.leg), channel=ClockChannel(row.channel),
        clock_from=ClockFrom(row.clock_from), starts_at=row.starts_at, due_at=row.due_at, minutes=row.minutes,
        remind_at=row.remind_at, state=ReportClockState(row.state), basis=row.basis, verified=row.verified,
        met_at=row.met_at, report_id=row.report_id, passed_to=row.passed_to, passed_at=row.passed_at,
        version=row.version,
    )  # fmt: skip
