"""Copies of what roster and intake own, newest version only, so that people are called also when those are away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from services.notification.domain.people import Person, Shift
from services.notification.tables import ACCOUNT, INCIDENT, PERSON, SHIFT, UNIT
from shared.contracts.events.dispatch import UnitFact
from shared.contracts.events.identity import AccountFact
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
_UNITS, _ACCOUNTS = _Copies(UNIT), _Copies(ACCOUNT)
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


def person_named(connection: Connection, name: str) -> str | None:
    """Id of the one person of the roster with exactly this name; None if there are none or several."""
    found = connection.execute(select(PERSON.c.id).where(PERSON.c.name == name, PERSON.c.removed.is_(False))).all()
    return found[0].id if len(found) == 1 else None


def keep_unit(connection: Connection, fact: UnitFact, version: int) -> bool:
    """Keep whom to telephone in a unit; whether it was news."""
    contact = {"contact_name": fact.contact.name, "contact_phone": fact.contact.phone}
    return _UNITS.keep(connection, fact.id, version, {"name": fact.name, **contact})


def keep_account(connection: Connection, fact: AccountFact, version: int) -> bool:
    """Keep for which unit an account speaks; whether it was news."""
    names = ("username", "name", "person_id", "unit_id", "disabled")
    return _ACCOUNTS.keep(connection, fact.id, version, {name: getattr(fact, name) for name in names})


def leaders_of(connection: Connection, units: Iterable[str]) -> list[Person]:
    """Who is called for these units: whoever has an account for it, else its contact by telephone."""
    found: list[Person] = []
    for unit_id in units:
        unit = connection.execute(select(UNIT).where(UNIT.c.id == unit_id)).first()
        wanted = (ACCOUNT.c.unit_id == unit_id, ACCOUNT.c.disabled.is_(False))
        accounts = connection.execute(select(ACCOUNT).where(*wanted).order_by(ACCOUNT.c.username)).all()
        known = find_people(connection, [row.person_id for row in accounts if row.person_id])
        phone = unit.contact_phone if unit else None
        found += [known.get(row.person_id or "") or Person("", row.name, phone, row.username) for row in accounts]
        if unit is not None and phone and not accounts:
            found.append(Person("", unit.contact_name or unit.name, phone))
    return found
