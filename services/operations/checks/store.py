"""Queries of the checks."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.operations.checks.tables import CheckRow, HeardRow
from shared.contracts.events.ops import CheckFact

_HEARD = HeardRow.__table__  # type: ignore[attr-defined]
_CHECK = CheckRow.__table__  # type: ignore[attr-defined]


class Check(NamedTuple):
    """A task and the version of its last fact."""

    state: CheckFact
    version: int


class Heard(NamedTuple):
    """A site and when it was last heard."""

    site: str
    name: str
    heard_at: datetime


def keep_heard(connection: Connection, heard: Heard) -> None:
    """Note that the site was heard; never back."""
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {"name": heard.name, "heard_at": heard.heard_at}
    statement = kind.insert(_HEARD).values(site=heard.site, **values)
    newer = _HEARD.c.heard_at < heard.heard_at
    connection.execute(statement.on_conflict_do_update(index_elements=["site"], set_=values, where=newer))


def silent_since(connection: Connection, moment: datetime) -> list[Heard]:
    """Sites that were last heard before the moment and have no task that was opened since."""
    opened_since = select(_CHECK.c.id).where(_CHECK.c.site == _HEARD.c.site, _CHECK.c.opened_at > _HEARD.c.heard_at)
    query = select(_HEARD).where(_HEARD.c.heard_at < moment, ~opened_since.exists()).order_by(_HEARD.c.site)
    return [Heard(row.site, row.name, row.heard_at) for row in connection.execute(query)]


def _check(row: Row[Any]) -> Check:
    return Check(CheckFact.model_validate(row.record), row.version)


def open_check(connection: Connection, site: str) -> Check | None:
    """The site's open task."""
    row = connection.execute(select(_CHECK).where(_CHECK.c.site == site, _CHECK.c.state == "open")).first()
    return None if row is None else _check(row)


def find_check(connection: Connection, check_id: str) -> Check | None:
    """The task with this id."""
    row = connection.execute(select(_CHECK).where(_CHECK.c.id == check_id)).first()
    return None if row is None else _check(row)


def save_check(connection: Connection, check: Check) -> None:
    """Keep the task; version 1 is a new one."""
    state = check.state
    record = state.model_dump(mode="json", exclude={"changed", "actor_name", "remark"})
    values = {"state": state.state.value, "version": check.version, "record": record}
    if check.version == 1:
        connection.execute(insert(_CHECK), {"id": state.id, "site": state.site, "opened_at": state.opened_at, **values})
    else:
        connection.execute(update(_CHECK).where(_CHECK.c.id == state.id).values(**values))


def list_checks(
    connection: Connection, *, state: str | None, after: tuple[datetime, str] | None, limit: int
) -> list[Check]:
    """Tasks, the newest first, after the given (opened_at, id)."""
    columns = _CHECK.c
    query = select(_CHECK)
    if state is not None:
        query = query.where(columns.state == state)
    if after is not None:
        moment, last = after
        query = query.where(or_(columns.opened_at < moment, and_(columns.opened_at == moment, columns.id < last)))
    rows = connection.execute(query.order_by(columns.opened_at.desc(), columns.id.desc()).limit(limit))
    return [_check(row) for row in rows]
