"""Copies of what roster and intake own, newest version only, so that people are called also when those are away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from services.notification.domain.people import Person, Shift
from services.notification.tables import INCIDENT, PERSON, SHIFT
from shared.contracts.events.intake import IncidentFact, IncidentStatus
from shared.contracts.events.roster import DutyPost, PersonFact, ShiftFact


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


def _keep(connection: Connection, table: Table, ident: str, version: int, values: dict[str, Any]) -> bool:
    """Keep the values unless something as new is known; whether it was news."""
    known = connection.execute(select(table.c.version).where(table.c.id == ident)).scalar()
    if known is None:
        connection.execute(insert(table), {"id": ident, "version": version, **values})
        return True
    if known >= version:
        return False
    connection.execute(update(table).where(table.c.id == ident).values(version=version, **values))
    return True


def keep_person(connection: Connection, fact: PersonFact, version: int) -> bool:
    """Keep what the roster tells of a person; whether it was news."""
    names = ("name", "phone", "account", "deputy_id", "removed")
    return _keep(connection, PERSON, fact.id, version, {name: getattr(fact, name) for name in names})


def keep_shift(connection: Connection, fact: ShiftFact, version: int) -> bool:
    """Keep what the roster tells of a shift; whether it was news."""
    names = ("person_id", "person_name", "starts_at", "ends_at", "cancelled", "home_site")
    values = {name: getattr(fact, name) for name in names}
    return _keep(connection, SHIFT, fact.id, version, {"post": fact.post.value, **values})


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
    return _keep(connection, INCIDENT, fact.id, version, values)


def find_incident(connection: Connection, incident_id: str) -> IncidentCopy | None:
    """The copy, if intake's fact has arrived."""
    row = connection.execute(select(INCIDENT).where(INCIDENT.c.id == incident_id)).first()
    if row is None:
        return None
    status = IncidentStatus(row.status)
    return IncidentCopy(row.id, row.number, row.title, row.place, row.township, row.grade, status)


def shifts_at(connection: Connection, site: str, posts: Sequence[DutyPost], now: datetime) -> list[Shift]:
    """The site's own shifts in these posts that are running."""
    query = select(SHIFT).where(
        SHIFT.c.home_site == site,
        SHIFT.c.post.in_([post.value for post in posts]),
        SHIFT.c.starts_at <= now,
        SHIFT.c.ends_at > now,
    )
    return [
        Shift(row.id, DutyPost(row.post), row.person_id, row.person_name, row.starts_at, row.ends_at, row.cancelled)
        for row in connection.execute(query)
    ]


def find_people(connection: Connection, ids: Iterable[str]) -> dict[str, Person]:
    """The people with these ids, as far as the roster has told of them."""
    rows = connection.execute(select(PERSON).where(PERSON.c.id.in_(sorted(set(ids)))))
    return {row.id: Person(row.id, row.name, row.phone, row.account, row.deputy_id, row.removed) for row in rows}
