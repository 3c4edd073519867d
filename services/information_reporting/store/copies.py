"""Copies of what others own, newest version only, so that reports are written also when those are away."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.information_reporting.domain.incident import Incident
from services.information_reporting.domain.summary import RollCallFigures
from services.information_reporting.tables import ASSIGNMENT, CALENDAR, CALL, INCIDENT, ROLL_CALL, START
from shared.contracts.envelope import Envelope
from shared.contracts.events.dispatch import AssignmentFact
from shared.contracts.events.intake import STANDING, IncidentStatus
from shared.contracts.events.notify import NotificationFact
from shared.contracts.events.roll_call import RollCallFact, RollCallResult
from shared.contracts.events.roster import CalendarDayFact, PeriodKind
from shared.contracts.levels import IncidentGrade
from shared.kernel.clock import parse_time, wire_time
from shared.storage.prepared import Prepared

_ONLY = 1
_SLACK = timedelta(minutes=2)
"""The first facts of a new site are recorded while it starts."""
_STANDING = sorted(status.value for status in STANDING)
_BY_ID = Prepared(select(INCIDENT).where(INCIDENT.c.id == bindparam("key")))
_INSERT = Prepared(insert(INCIDENT), tuple(INCIDENT.c.keys()))
_UPDATE = Prepared(
    update(INCIDENT).where(INCIDENT.c.id == bindparam("key")),
    ("version", "status", "home_site", "township", "received_at", "body"),
)
_START = Prepared(select(START.c.at).where(START.c.id == bindparam("only")))
_TIMES = ("occurred_at", "received_at", "known_at", "closed_at", "first_public_at", "unit_told_at")
_LISTS = ("sensitive_reasons", "succession")
_GRADES = ("grade", "possible_grade", "clock_grade")


def begin_reporting(connection: Connection, now: datetime) -> datetime:
    """Since when this site reports: noted once, at its first start."""
    found = _START.rows(connection, {"only": _ONLY})
    if not found:
        connection.execute(insert(START), {"id": _ONLY, "at": now})
    return found[0].at if found else now


def counts_here(connection: Connection, told: Envelope, now: datetime) -> bool:
    """Whether clocks run for what this first fact of an incident tells: not if reporting was not there yet."""
    return told.time >= begin_reporting(connection, now) - _SLACK


def keep_incident(connection: Connection, version: int, incident: Incident, *, counts: bool, is_new: bool) -> None:
    """Keep what is newest; whether it counts and since when it is known is decided with the first fact.

    Args:
        is_new: nothing is known of it yet, as `known_incident` has just said.
    """
    row = {
        "version": version, "status": incident.status.value, "home_site": incident.home_site,
        "township": incident.township, "received_at": incident.received_at, "body": _body(incident),
    }  # fmt: skip
    if is_new:
        _INSERT.execute(connection, {"id": incident.id, "known_at": incident.known_at, "counts": counts, **row})
    else:
        _UPDATE.execute(connection, {"key": incident.id, **row})


def known_incident(connection: Connection, incident_id: str) -> tuple[Incident, int, bool] | None:
    """The incident, the version of the fact that told it, and whether clocks run for it."""
    found = _BY_ID.rows(connection, {"key": incident_id})
    if not found:
        return None
    (row,) = found
    return incident_of(row), row.version, row.counts


def find_incident(connection: Connection, incident_id: str) -> Incident | None:
    """The incident, if intake's fact has arrived."""
    known = known_incident(connection, incident_id)
    return None if known is None else known[0]


def received_between(connection: Connection, start: datetime, end: datetime) -> list[Incident]:
    """Incidents that were received in `[start, end)`, oldest first; what was merged counts once, where it went."""
    is_counted = INCIDENT.c.status != IncidentStatus.MERGED.value
    wanted = (INCIDENT.c.received_at >= start, INCIDENT.c.received_at < end, is_counted)
    rows = connection.execute(select(INCIDENT).where(*wanted).order_by(INCIDENT.c.received_at, INCIDENT.c.id))
    return [incident_of(row) for row in rows]


def standing_incidents(connection: Connection) -> list[Incident]:
    """Incidents that people still work on, oldest first."""
    wanted = INCIDENT.c.status.in_(_STANDING)
    rows = connection.execute(select(INCIDENT).where(wanted).order_by(INCIDENT.c.received_at, INCIDENT.c.id))
    return [incident_of(row) for row in rows]


def _body(incident: Incident) -> dict[str, Any]:
    body: dict[str, Any] = {name: getattr(incident, name) for name in Incident.__dataclass_fields__}
    for name in _TIMES:
        body[name] = body[name] and wire_time(body[name])
    lists = {name: list(body[name]) for name in _LISTS}
    return {**body, "casualties": dict(incident.casualties), **lists}


def incident_of(row: Row[Any]) -> Incident:
    """The value in a row."""
    body = dict(row.body)
    for name in _TIMES:
        body[name] = body.get(name) and parse_time(body[name])
    for name in _GRADES:
        body[name] = body[name] and IncidentGrade(body[name])
    body["status"] = IncidentStatus(body["status"])
    body |= {name: tuple(body.get(name, ())) for name in _LISTS}
    return replace(Incident(**body), known_at=row.known_at)


def _newest(table: Table, kind: ModuleType) -> Prepared:
    """Keeps a row unless something as new is known."""
    names = tuple(table.c.keys())
    (key,) = table.primary_key.columns.keys()
    told = kind.insert(table)
    changed = {name: told.excluded[name] for name in names if name != key}
    is_news = table.c.version < told.excluded.version
    return Prepared(told.on_conflict_do_update(index_elements=[key], set_=changed, where=is_news), names)


_KEEP = {
    (table, name): _newest(table, kind)
    for table in (ASSIGNMENT, CALL, ROLL_CALL, CALENDAR)
    for name, kind in (("sqlite", sqlite), ("postgresql", postgresql))
}


def _keep(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    _KEEP[table, connection.dialect.name].execute(connection, values)


def keep_assignment(connection: Connection, fact: AssignmentFact, version: int) -> None:
    """Which unit was sent."""
    values = {
        "id": fact.id, "incident_id": fact.incident_id, "unit_name": fact.unit_name, "status": fact.status.value,
        "ordered_at": fact.ordered_at, "version": version,
    }  # fmt: skip
    _keep(connection, ASSIGNMENT, values)


def forces_sent(connection: Connection, incident_id: str) -> list[str]:
    """Names of the units that were sent to the incident and not called back, in the order of their orders."""
    wanted = (ASSIGNMENT.c.incident_id == incident_id, ASSIGNMENT.c.status.not_in(["recalled", "declined"]))
    query = select(ASSIGNMENT.c.unit_name).where(*wanted).order_by(ASSIGNMENT.c.ordered_at, ASSIGNMENT.c.id)
    return list(dict.fromkeys(connection.execute(query).scalars()))


def keep_call(connection: Connection, fact: NotificationFact, version: int) -> None:
    """A call-out and its answer."""
    times = {"created_at": fact.created_at, "acknowledged_at": fact.acknowledged_at}
    _keep(connection, CALL, {"id": fact.id, "version": version, **times})


def calls_between(connection: Connection, start: datetime, end: datetime) -> tuple[int, int]:
    """How many call-outs began in `[start, end)`, and how many of them were answered."""
    counted = select(func.count(), func.count(CALL.c.acknowledged_at))
    row = connection.execute(counted.where(CALL.c.created_at >= start, CALL.c.created_at < end)).one()
    return int(row[0]), int(row[1])


def keep_roll_call(connection: Connection, fact: RollCallFact, version: int) -> None:
    """A roll call and how many of its units answered in time, for another, late, or not (so far)."""
    results = [unit.result for unit in fact.units]
    values = {
        "id": fact.id,
        "version": version,
        "started_at": fact.started_at,
        "called": len(results),
        "answered": results.count(RollCallResult.ANSWERED),
        "stand_in": results.count(RollCallResult.STAND_IN),
        "late": results.count(RollCallResult.LATE),
        "missed": results.count(RollCallResult.MISSED) + results.count(RollCallResult.WAITING),
    }
    _keep(connection, ROLL_CALL, values)


def roll_calls_between(connection: Connection, start: datetime, end: datetime) -> RollCallFigures:
    """The roll calls that began in `[start, end)`, together."""
    sums = [
        func.coalesce(func.sum(ROLL_CALL.c[name]), 0) for name in ("called", "answered", "stand_in", "late", "missed")
    ]
    query = select(func.count(), *sums).where(ROLL_CALL.c.started_at >= start, ROLL_CALL.c.started_at < end)
    return RollCallFigures(*(int(value) for value in connection.execute(query).one()))


def keep_day(connection: Connection, fact: CalendarDayFact, version: int) -> None:
    """What sort of day people say it is."""
    said = {"kind": fact.kind and fact.kind.value, "name": fact.name}
    _keep(connection, CALENDAR, {"day": fact.day, "version": version, **said})


def said_of_day(connection: Connection, day: date) -> PeriodKind | None:
    """What people said of the day, if they did."""
    kind = connection.execute(select(CALENDAR.c.kind).where(CALENDAR.c.day == day.isoformat())).scalar()
    return PeriodKind(kind) if kind else None
