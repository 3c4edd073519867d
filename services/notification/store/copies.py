"""Copies of what roster and intake own, newest version only, so that people are called also when those are away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

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


class News(Enum):
    """Whether a fact told anything of what a copy is kept of."""

    FIRST = "first"
    """Nothing was known of it."""
    NEWER = "newer"
    NONE = "none"
    """Something as new was known."""


class _Copies:
    """The statements on one table of copies."""

    def __init__(self, table: Table) -> None:
        names = tuple(table.c.keys())
        behind = (table.c.id == bindparam("key"), table.c.version < bindparam("told"))
        self._insert = {
            name: Prepared(
                kind.insert(table).on_conflict_do_nothing(index_elements=["id"]).returning(table.c.id), names
            )
            for name, kind in (("sqlite", sqlite), ("postgresql", postgresql))
        }
        self._update = Prepared(
            update(table).where(*behind).returning(table.c.id), tuple(name for name in names if name != "id")
        )

    def keep(self, connection: Connection, ident: str, version: int, values: dict[str, Any]) -> News:
        """Keep the values unless something as new is known; whether it was news."""
        row = {"id": ident, "version": version, **values}
        if self._insert[connection.dialect.name].execute(connection, row).first() is not None:
            return News.FIRST
        moved = self._update.execute(connection, {"key": ident, "told": version, **row}).first()
        return News.NONE if moved is None else News.NEWER


_PEOPLE, _SHIFTS, _INCIDENTS = _Copies(PERSON), _Copies(SHIFT), _Copies(INCIDENT)
_UNITS, _ACCOUNTS = _Copies(UNIT), _Copies(ACCOUNT)
_PERSON_BY_ID = Prepared(select(PERSON).where(PERSON.c.id == bindparam("key")))
_UNIT_BY_ID = Prepared(select(UNIT).where(UNIT.c.id == bindparam("key")))
_ACCOUNTS_OF = Prepared(
    select(ACCOUNT)
    .where(ACCOUNT.c.unit_id == bindparam("unit"), ACCOUNT.c.disabled.is_(False))
    .order_by(ACCOUNT.c.username)
)
_INCIDENT_BY_ID = Prepared(select(INCIDENT).where(INCIDENT.c.id == bindparam("key")))
_RUNNING = Prepared(
    select(SHIFT).where(
        SHIFT.c.home_site == bindparam("site"),
        SHIFT.c.starts_at <= bindparam("now"),
        SHIFT.c.ends_at > bindparam("now"),
    )
)


def keep_person(connection: Connection, fact: PersonFact, version: int) -> News:
    """Keep what the roster tells of a person; whether it was news."""
    names = ("name", "phone", "account", "deputy_id", "removed")
    return _PEOPLE.keep(connection, fact.id, version, {name: getattr(fact, name) for name in names})


def keep_shift(connection: Connection, fact: ShiftFact, version: int) -> News:
    """Keep what the roster tells of a shift; whether it was news."""
    names = ("person_id", "person_name", "starts_at", "ends_at", "cancelled", "home_site")
    values = {name: getattr(fact, name) for name in names}
    return _SHIFTS.keep(connection, fact.id, version, {"post": fact.post.value, **values})


def copy_of(fact: IncidentFact) -> IncidentCopy:
    """What is kept of what intake tells."""
    where, grade = fact.location, fact.grade and fact.grade.value
    place = where.text or where.township_name
    return IncidentCopy(fact.id, fact.number, fact.title, place, where.township, grade, fact.status)


def keep_incident(connection: Connection, fact: IncidentFact, version: int) -> News:
    """Keep what intake tells of an incident; whether it was news."""
    copy = copy_of(fact)
    names = ("number", "title", "place", "township", "grade")
    values = {"status": copy.status.value, **{name: getattr(copy, name) for name in names}}
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
    # One by one: they are few, and a list would be expanded anew each time.
    rows = [row for one in sorted(set(ids)) for row in _PERSON_BY_ID.rows(connection, {"key": one})]
    return {row.id: Person(row.id, row.name, row.phone, row.account, row.deputy_id, row.removed) for row in rows}


def person_named(connection: Connection, name: str) -> str | None:
    """Id of the one person of the roster with exactly this name; None if there are none or several."""
    found = connection.execute(select(PERSON.c.id).where(PERSON.c.name == name, PERSON.c.removed.is_(False))).all()
    return found[0].id if len(found) == 1 else None


def keep_unit(connection: Connection, fact: UnitFact, version: int) -> News:
    """Keep whom to telephone in a unit; whether it was news."""
    contact = {"contact_name": fact.contact.name, "contact_phone": fact.contact.phone}
    return _UNITS.keep(connection, fact.id, version, {"name": fact.name, **contact})


def keep_account(connection: Connection, fact: AccountFact, version: int) -> News:
    """Keep for which unit an account speaks; whether it was news."""
    names = ("username", "name", "person_id", "unit_id", "disabled")
    return _ACCOUNTS.keep(connection, fact.id, version, {name: getattr(fact, name) for name in names})


def leaders_of(connection: Connection, units: Iterable[str]) -> list[Person]:
    """Who is called for these units: whoever has an account for it, else its contact by telephone."""
    found: list[Person] = []
    for unit_id in units:
        unit = _UNIT_BY_ID.execute(connection, {"key": unit_id}).first()
        accounts = _ACCOUNTS_OF.rows(connection, {"unit": unit_id})
        known = find_people(connection, [row.person_id for row in accounts if row.person_id])
        phone = unit.contact_phone if unit else None
        found += [known.get(row.person_id or "") or Person("", row.name, phone, row.username) for row in accounts]
        if unit is not None and phone and not accounts:
            found.append(Person("", unit.contact_name or unit.name, phone))
    return found
