"""Entering what sort of day it is: published holidays, sensitive periods, days of a response."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from services.duty_roster import store
from services.duty_roster.handlers.shifts import Shifts
from services.duty_roster.schemas import SetCalendarDay
from shared.contracts.events.roster import CalendarDayFact
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.clock import civil_day, wire_time
from shared.kernel.errors import NotFound
from shared.storage.system import append_facts


def set_day(
    connection: Connection, deps: Deps, shifts: Shifts, actor: Actor, day: date, command: SetCalendarDay, now: datetime
) -> dict[str, Any]:
    """Set the sort of day; shifts that start on it follow unless a person chose theirs."""
    values = {
        "day": day.isoformat(),
        "kind": command.kind.value,
        "name": command.name,
        "basis": command.basis,
        "entered_by": actor.name,
        "entered_at": now,
    }
    store.put_calendar_day(connection, values)
    said = {name: values[name] for name in ("day", "kind", "name", "basis")}
    _tell(connection, deps, actor, CalendarDayFact.model_validate({**said, "home_site": deps.site}), now)
    moved = shifts.follow_calendar(connection, actor, *civil_day(day), now)
    body = {name: value for name, value in values.items() if name != "day"}
    return {"date": day.isoformat(), **body, "entered_at": wire_time(now), "shifts_changed": moved}


def clear_day(
    connection: Connection, deps: Deps, shifts: Shifts, actor: Actor, day: date, now: datetime
) -> dict[str, Any]:
    """Let the computed calendar decide again.

    Raises:
        NotFound: `calendar.not_set`.
    """
    if not store.drop_calendar_day(connection, day):
        raise NotFound("calendar.not_set")
    _tell(connection, deps, actor, CalendarDayFact(day=day.isoformat(), home_site=deps.site), now)
    return {"date": day.isoformat(), "shifts_changed": shifts.follow_calendar(connection, actor, *civil_day(day), now)}


def _tell(connection: Connection, deps: Deps, actor: Actor, fact: CalendarDayFact, now: datetime) -> None:
    told = fact.model_copy(update={"actor_name": actor.name})
    # A day is set and cleared again without a row that counts; the millisecond orders what people decide.
    version = int(now.timestamp() * 1000)
    append_facts(connection, deps.draft("roster.calendar_day.set.v1", fact.day, version, told, now=now, actor=actor))
