"""Records that are kept as they are told: id, moment, state and the whole body."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, insert, or_, select, update


def find_record(connection: Connection, table: Table, ident: str) -> Row[Any] | None:
    """The record with this id."""
    return connection.execute(select(table).where(table.c.id == ident)).first()


def add_record(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    """A new row."""
    connection.execute(insert(table), values)


def save_record(connection: Connection, table: Table, ident: str, values: dict[str, Any]) -> None:
    """Change these columns."""
    connection.execute(update(table).where(table.c.id == ident).values(**values))


def records_in(connection: Connection, table: Table, states: Collection[str]) -> list[Row[Any]]:
    """Those in one of the states, earliest first."""
    query = select(table).where(table.c.state.in_(sorted(states)))
    return list(connection.execute(query.order_by(table.c.at, table.c.id)))


def records_page(
    connection: Connection,
    table: Table,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Row[Any]]:
    """Those of `[start, end)`, newest first, from behind the given key."""
    query = select(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
    if start is not None:
        query = query.where(table.c.at >= start)
    if end is not None:
        query = query.where(table.c.at < end)
    if after is not None:
        moment, ident = after
        query = query.where(or_(table.c.at < moment, and_(table.c.at == moment, table.c.id < ident)))
    return list(connection.execute(query))
