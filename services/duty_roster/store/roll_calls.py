"""Roll calls in the store."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from services.duty_roster.tables import ROLL_CALL


def is_slot_taken(connection: Connection, slot: datetime) -> bool:
    """Whether the plan's moment was called already."""
    return connection.execute(select(ROLL_CALL.c.id).where(ROLL_CALL.c.slot == slot)).first() is not None


def due_roll_calls(connection: Connection, now: datetime) -> list[str]:
    """Those for which a limit has passed."""
    query = select(ROLL_CALL.c.id).where(ROLL_CALL.c.next_due_at <= now).order_by(ROLL_CALL.c.next_due_at)
    return list(connection.execute(query).scalars())


def roll_calls_between(connection: Connection, start: datetime, end: datetime) -> list[Row[Any]]:
    """Those that began in `[start, end)`."""
    query = select(ROLL_CALL).where(ROLL_CALL.c.at >= start, ROLL_CALL.c.at < end)
    return list(connection.execute(query.order_by(ROLL_CALL.c.at, ROLL_CALL.c.id)))
