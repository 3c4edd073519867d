"""Answers about duty: who is on now, and the card of one civil day."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from services.duty_roster import store
from services.duty_roster.domain.calendar import period_kind
from services.duty_roster.domain.duty import gaps
from services.duty_roster.handlers.change_of_shift import unhanded_posts
from services.duty_roster.handlers.handovers import unsigned
from services.duty_roster.handlers.staffing import required_at
from services.duty_roster.schemas import gap_json, watch_of, weekday_label
from shared.contracts.events.roster import DutyPost
from shared.i18n import label
from shared.kernel.clock import civil_date, civil_day, wire_time
from shared.kernel.holidays import statutory_days

_MOMENT = timedelta(milliseconds=1)


def on_duty_answer(connection: Connection, at: datetime) -> dict[str, Any]:
    """Who is on duty at the instant, post by post, which posts are short, and who has not been relieved yet."""
    day = civil_date(at)
    required = required_at(connection, day)
    rows = store.shifts_between(connection, at, at + _MOMENT)
    short = gaps(map(watch_of, rows), required, at, at + _MOMENT)
    return {
        "at": wire_time(at),
        **_sort_of_day(connection, day),
        "posts": _posts(rows, required, _people(connection, rows)),
        "gaps": [gap_json(gap, required[gap.post], with_period=False) for gap in short],
        "handovers": unsigned(connection),
        "unhanded": unhanded_posts(connection, at),
    }


def duty_card(connection: Connection, day: date) -> dict[str, Any]:
    """值班表 of one civil day: shifts by post, hours without the needed people, and everyone's phones."""
    start, end = civil_day(day)
    rows = store.shifts_between(connection, start, end)
    people = _people(connection, rows)
    required = required_at(connection, day)
    short = gaps(map(watch_of, rows), required, start, end)
    return {
        "date": day.isoformat(),
        "weekday": day.isoweekday(),
        "weekday_label": weekday_label(day),
        **_sort_of_day(connection, day),
        "posts": _posts(rows, required, people),
        "gaps": [gap_json(gap, required[gap.post], with_period=True) for gap in short],
        "contacts": [_contact(person) for person in sorted(people.values(), key=lambda p: (p.name, p.id))],
    }


def calendar_answer(connection: Connection, year: int) -> dict[str, Any]:
    """What is known about the year: statutory days, and the days that were published or decided."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    published = {row.day: row for row in store.calendar_days(connection, first, last)}
    statutory = {
        day.isoformat(): {"date": day.isoformat(), "kind": "statutory_holiday", "holiday": holiday.value}
        | {"name": label(f"holiday.{holiday.value}"), "published": False}
        for day, holiday in statutory_days(year).items()
    }
    entered = {
        text: {"date": text, "kind": row.kind, "name": row.name, "basis": row.basis, "published": True}
        | {"entered_by": row.entered_by, "entered_at": wire_time(row.entered_at)}
        for text, row in published.items()
    }
    days = statutory | {text: statutory.get(text, {}) | day for text, day in entered.items()}
    return {
        "year": year,
        "year_adjustments_published": bool(published),
        "days": [days[text] for text in sorted(days)],
    }


def _sort_of_day(connection: Connection, day: date) -> dict[str, Any]:
    year = store.published_kinds(connection, date(day.year, 1, 1), date(day.year, 12, 31))
    holiday = statutory_days(day.year).get(day)
    return {
        "period_kind": period_kind(day, year).value,
        "holiday": holiday.value if holiday else None,
        "holiday_name": label(f"holiday.{holiday.value}") if holiday else None,
        "year_adjustments_published": bool(year),
    }


def _people(connection: Connection, rows: Iterable[Row[Any]]) -> dict[str, Row[Any]]:
    """Everyone on the shifts, and their deputies."""
    people = store.people_by_ids(connection, {row.person_id for row in rows})
    deputies = {person.deputy_id for person in people.values() if person.deputy_id} - people.keys()
    return people | store.people_by_ids(connection, deputies)


def _posts(rows: list[Row[Any]], required: Collection[DutyPost], people: dict[str, Row[Any]]) -> list[dict[str, Any]]:
    """Posts in their fixed order: all that are needed, and all that have somebody."""
    found = []
    for post in DutyPost:
        at_post = [_person_on(row, people) for row in rows if row.post == post.value]
        if at_post or post in required:
            found.append({"post": post.value, "label": label(f"duty_post.{post.value}"), "people": at_post})
    return found


def _person_on(row: Row[Any], people: dict[str, Row[Any]]) -> dict[str, Any]:
    person = people[row.person_id]
    deputy = people.get(person.deputy_id) if person.deputy_id else None
    return {
        "person_id": person.id,
        "name": person.name,
        "phone": person.phone,
        "phone2": person.phone2,
        "organisation": person.organisation,
        "account": person.account,
        "deputy": deputy.name if deputy else None,
        "deputy_id": deputy.id if deputy else None,
        "deputy_phone": deputy.phone if deputy else None,
        "shift_id": row.id,
        "starts_at": wire_time(row.starts_at),
        "ends_at": wire_time(row.ends_at),
        "note": row.note,
    }


def _contact(person: Row[Any]) -> dict[str, Any]:
    return {
        "person_id": person.id,
        "name": person.name,
        "organisation": person.organisation,
        "phone": person.phone,
        "phone2": person.phone2,
    }
