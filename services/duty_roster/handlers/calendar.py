"""Entering what sort of day it is: published holidays, sensitive periods, days of a response."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from services.duty_roster import store
from services.duty_roster.handlers.shifts import Shifts
from services.duty_roster.schemas import SetCalendarDay
from shared.kernel.access import Actor
from shared.kernel.clock import civil_day, wire_time
from shared.kernel.errors import NotFound


def set_day(
    connection: Connection, shifts: Shifts, actor: Actor, day: date, command: SetCalendarDay, now: datetime
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
    moved = shifts.follow_calendar(connection, actor, *civil_day(day), now)
    body = {name: value for name, value in values.items() if name != "day"}
    return {"date": day.isoformat(), **body, "entered_at": wire_time(now), "shifts_changed": moved}


def clear_day(connection: Connection, shifts: Shifts, actor: Actor, day: date, now: datetime) -> dict[str, Any]:
    """Let the computed calendar decide again.

    Raises:
        NotFound: `calendar.not_set`.
    """
    if not store.drop_calendar_day(connection, day):
        raise NotFound("calendar.not_set")
    return {"date": day.isoformat(), "shifts_changed": shifts.follow_calendar(connection, actor, *civil_day(day), now)}
