"""Copies of what roster and intake own, newest version only, so that people are called also when those are away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from services.notification.domain.people import Person, Shift
from services.notification.tables import INCIDENT, PERSON, SHIFT
from shared.contracts.events.intake import IncidentFact, IncidentStatus
from shared.contracts.events.roster import DutyPost, PersonFact, ShiftFact
from shared.storage.prepared import Prepared


@dataclass(frozen=True, slots=True)
class IncidentCopy:
    """An incident as far as a call needs it."""

    id: str
    number: str
    title: str
    place: str | None
    township: str | None
    grade: str | None
    status: IncidentStatus


class _Copies:
    """The statements on one table of copies."""

    def __init__(self, table: Table) -> None:
        names = tuple(table.c.keys())
        here = table.c.id == bindparam("key")
        self._known = Prepared(select(table.c.version).where(here))
        self._insert = Prepared(insert(table), names)
        self._update = Prepared(update(table).where(here), tuple(name for name in names if name != "id"))

    def keep(self, connection: Connection, ident: str, version: int, values: dict[str, Any]) -> bool:
        """Keep the values unless something as new is known; whether it was news."""
        known = self._known.execute(connection, {"key": ident}).scalar()
        if known is None:
            self._insert.execute(connection, {"id": ident, "version": version, **values})
        elif known < version:
            self._update.execute(connection, {"key": ident, "version": version, **values})
        return known is None or known < version


_PEOPLE, _SHIFTS, _INCIDENTS = _Copies(PERSON), _Copies(SHIFT), _Copies(INCIDENT)
_INCIDENT_BY_ID = Prepared(select(INCIDENT).where(INCIDENT.c.id == bindparam("key")))
_RUNNING = Prepared(
    select(SHIFT).where(
        SHIFT.c.home_site == bindparam("site"),
        SHIFT.c.starts_at <= bindparam("now"),
        SHIFT.c.ends_at > bindparam("now"),
    )
)


def keep_person(connection: Connection, fact: PersonFact, version: int) -> bool:
    """Keep what the roster tells of a person; whether it was news."""
    names = ("name", "phone", "account", "deputy_id", "removed")
    return _PEOPLE.keep(connection, fact.id, version, {name: getattr(fact, name) for name in names})


def keep_shift(connection: Connection, fact: ShiftFact, version: int) -> bool:
    """Keep what the roster tells of a shift; whether it was news."""
    names = ("person_id", "person_name", "starts_at", "ends_at", "cancelled", "home_site")
    values = {name: getattr(fact, name) for name in names}
    return _SHIFTS.keep(connection, fact.id, version, {"post": fact.post.value, **values})


def keep_incident(connection: Connection, fact: IncidentFact, version: int) -> bool:
    """Keep what intake tells of an incident; whether it was news."""
    where = fact.location
    values = {
        "number": fact.number,
        "title": fact.title,
        "place": where.text or where.township_name,
        "township": where.township,
        "grade": fact.grade and fact.grade.value,
        "status": fact.status.value,
    }
    return _INCIDENTS.keep(connection, fact.id, version, values)


def find_incident(connection: Connection, incident_id: str) -> IncidentCopy | None:
    """The copy, if intake's fact has arrived."""
    found = _INCIDENT_BY_ID.rows(connection, {"key": incident_id})
    if not found:
        return None
    (row,) = found
    status = IncidentStatus(row.status)
    return IncidentCopy(row.id, row.number, row.title, row.place, row.township, row.grade, status)


def shifts_at(connection: Connection, site: str, now: datetime) -> list[Shift]:
    """The site's own shifts that are running, in whatever post."""
    return [
        Shift(row.id, DutyPost(row.post), row.person_id, row.person_name, row.starts_at, row.ends_at, row.cancelled)
        for row in _RUNNING.rows(connection, {"site": site, "now": now})
    ]


def find_people(connection: Connection, ids: Iterable[str]) -> dict[str, Person]:
    """The people with these ids, as far as the roster has told of them."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = connection.execute(select(PERSON).where(PERSON.c.id.in_(wanted)))
    return {row.id: Person(row.id, row.name, row.phone, row.account, row.deputy_id, row.removed) for row in rows}
