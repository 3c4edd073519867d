"""Queries of the roster."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, tuple_, update

from services.duty_roster.tables import CALENDAR_DAY, PERSON, SHIFT, SHIFT_ELSEWHERE
from shared.contracts.events.roster import PeriodKind

_SHIFTS = select(SHIFT, PERSON.c.name.label("person_name")).join_from(SHIFT, PERSON, SHIFT.c.person_id == PERSON.c.id)


def person_by_id(connection: Connection, person_id: str) -> Row[Any] | None:
    """The person with this id, also if removed."""
    return connection.execute(select(PERSON).where(PERSON.c.id == person_id)).first()


def people_by_ids(connection: Connection, ids: set[str]) -> dict[str, Row[Any]]:
    """People by id."""
    rows = connection.execute(select(PERSON).where(PERSON.c.id.in_(sorted(ids))))
    return {row.id: row for row in rows}


def people_named(connection: Connection, name: str, organisation: str | None = None) -> list[Row[Any]]:
    """People who are still on the staff and have this name, of the organisation if one is given."""
    query = select(PERSON).where(PERSON.c.name == name, PERSON.c.removed.is_(False))
    return list(
        connection.execute(query if organisation is None else query.where(PERSON.c.organisation == organisation))
    )


def account_is_taken(connection: Connection, account: str, but: str) -> bool:
    """Whether another person on the staff has this account."""
    query = select(PERSON.c.id).where(PERSON.c.account == account, PERSON.c.id != but, PERSON.c.removed.is_(False))
    return connection.execute(query).first() is not None


def people_page(
    connection: Connection, *, words: str | None, removed: bool, after: tuple[str, str] | None, limit: int
) -> list[Row[Any]]:
    """People by name; `words` are looked for in name, organisation and phones."""
    query = select(PERSON).where(PERSON.c.removed.is_(removed)).order_by(PERSON.c.name, PERSON.c.id).limit(limit)
    if words:
        query = query.where(_contains(words.casefold()))
    if after is not None:
        query = query.where(tuple_(PERSON.c.name, PERSON.c.id) > after)
    return list(connection.execute(query))


def _contains(words: str) -> ColumnElement[bool]:
    text = func.lower(
        PERSON.c.name
        + " "
        + func.coalesce(PERSON.c.organisation, "")
        + " "
        + func.coalesce(PERSON.c.phone, "")
        + " "
        + func.coalesce(PERSON.c.phone2, "")
    )
    return text.contains(words, autoescape=True)


def insert_person(connection: Connection, values: dict[str, Any]) -> None:
    """A new row."""
    connection.execute(insert(PERSON), values)


def update_person(connection: Connection, person_id: str, values: dict[str, Any]) -> None:
    """Change these columns."""
    connection.execute(update(PERSON).where(PERSON.c.id == person_id).values(**values))


def has_shifts_after(connection: Connection, person_id: str, moment: datetime) -> bool:
    """Whether the person is scheduled for any time after the moment."""
    query = select(SHIFT.c.id).where(
        SHIFT.c.person_id == person_id, SHIFT.c.ends_at > moment, SHIFT.c.cancelled.is_(False)
    )
    return connection.execute(query.limit(1)).first() is not None


def shift_by_id(connection: Connection, shift_id: str) -> Row[Any] | None:
    """The shift with its person's name."""
    return connection.execute(_SHIFTS.where(SHIFT.c.id == shift_id)).first()


def shift_home(connection: Connection, shift_id: str) -> str | None:
    """The other site that keeps the shift, None if none is known."""
    query = select(SHIFT_ELSEWHERE.c.home_site).where(SHIFT_ELSEWHERE.c.id == shift_id)
    return connection.execute(query).scalar()


def note_elsewhere(connection: Connection, shift_id: str, home_site: str) -> None:
    """Keep whose shift it is."""
    if shift_home(connection, shift_id) is None:
        connection.execute(insert(SHIFT_ELSEWHERE), {"id": shift_id, "home_site": home_site})


def shifts_between(connection: Connection, start: datetime, end: datetime) -> list[Row[Any]]:
    """Shifts that were not cancelled and touch `[start, end)`, earliest first."""
    query = _SHIFTS.where(SHIFT.c.starts_at < end, SHIFT.c.ends_at > start, SHIFT.c.cancelled.is_(False))
    return list(connection.execute(query.order_by(SHIFT.c.starts_at, SHIFT.c.id)))


def shifts_of_person(connection: Connection, person_id: str, start: datetime, end: datetime) -> list[Row[Any]]:
    """The person's shifts that were not cancelled and touch `[start, end]`, ends included."""
    query = _SHIFTS.where(
        SHIFT.c.person_id == person_id,
        SHIFT.c.starts_at <= end,
        SHIFT.c.ends_at >= start,
        SHIFT.c.cancelled.is_(False),
    )
    return list(connection.execute(query.order_by(SHIFT.c.starts_at, SHIFT.c.id)))


def same_shift(connection: Connection, values: dict[str, Any]) -> Row[Any] | None:
    """The shift of the same person at the same post and time, if there is one."""
    keys = ("post", "person_id", "starts_at", "ends_at")
    query = _SHIFTS.where(SHIFT.c.cancelled.is_(False), *(SHIFT.c[key] == values[key] for key in keys))
    return connection.execute(query).first()


def shifts_page(
    connection: Connection,
    *,
    start: datetime | None,
    end: datetime | None,
    person_id: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Row[Any]]:
    """Shifts that touch `[start, end)`, also cancelled ones, earliest first."""
    query = _SHIFTS.order_by(SHIFT.c.starts_at, SHIFT.c.id).limit(limit)
    if start is not None:
        query = query.where(SHIFT.c.ends_at > start)
    if end is not None:
        query = query.where(SHIFT.c.starts_at < end)
    if person_id is not None:
        query = query.where(SHIFT.c.person_id == person_id)
    if after is not None:
        moment, shift_id = after
        later = (SHIFT.c.starts_at > moment) | ((SHIFT.c.starts_at == moment) & (SHIFT.c.id > shift_id))
        query = query.where(later)
    return list(connection.execute(query))


def insert_shift(connection: Connection, values: dict[str, Any]) -> None:
    """A new row."""
    connection.execute(insert(SHIFT), values)


def update_shift(connection: Connection, shift_id: str, values: dict[str, Any]) -> None:
    """Change these columns."""
    connection.execute(update(SHIFT).where(SHIFT.c.id == shift_id).values(**values))


def calendar_days(connection: Connection, first: date, last: date) -> list[Row[Any]]:
    """Published days from the first to the last, both included."""
    query = select(CALENDAR_DAY).where(CALENDAR_DAY.c.day >= first.isoformat(), CALENDAR_DAY.c.day <= last.isoformat())
    return list(connection.execute(query.order_by(CALENDAR_DAY.c.day)))


def published_kinds(connection: Connection, first: date, last: date) -> dict[date, PeriodKind]:
    """The same as a mapping."""
    rows = calendar_days(connection, first, last)
    return {date.fromisoformat(row.day): PeriodKind(row.kind) for row in rows}


def put_calendar_day(connection: Connection, values: dict[str, Any]) -> None:
    """Set what sort of day it is."""
    connection.execute(delete(CALENDAR_DAY).where(CALENDAR_DAY.c.day == values["day"]))
    connection.execute(insert(CALENDAR_DAY), values)


def drop_calendar_day(connection: Connection, day: date) -> bool:
    """Forget it; whether there was something."""
    return connection.execute(delete(CALENDAR_DAY).where(CALENDAR_DAY.c.day == day.isoformat())).rowcount > 0
