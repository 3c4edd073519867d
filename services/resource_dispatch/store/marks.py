"""Marks and winds in the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from services.resource_dispatch.domain.marks import Mark, Wind
from services.resource_dispatch.store.incidents import ids_in
from services.resource_dispatch.tables import MarkRow, WindRow
from shared.contracts.events.marks import MarkFact, WindFact

_TABLE = MarkRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
_WINDS = WindRow.__table__  # type: ignore[attr-defined]
_OF_THE_FACT = {"changed", "actor_name", "remark"}


@dataclass(frozen=True, slots=True)
class MarkFilter:
    """What a list of marks is narrowed to; None does not narrow.

    Args:
        incident_ids: of the incident and those merged into it.
        is_open: not lifted.
        township: marks of incidents elsewhere are left out; those of no incident are everybody's.
    """

    incident_ids: Sequence[str] | None = None
    is_open: bool | None = None
    township: str | None = None


def _mark(row: Row[Any]) -> Mark:
    return Mark(MarkFact.model_validate(row.record), row.version, row.contact_phone)


def save_mark(connection: Connection, mark: Mark) -> None:
    """Keep the mark; version 1 of an own one is a new one."""
    state = mark.state
    values = {
        "removed_at": state.removed_at,
        "contact_phone": mark.contact_phone,
        "version": mark.version,
        "record": state.model_dump(mode="json", exclude=_OF_THE_FACT),
    }
    known = connection.execute(select(_C.id).where(_C.id == state.id)).first()
    if known is not None:
        connection.execute(update(_TABLE).where(_C.id == state.id).values(**values))
        return
    keys = {name: getattr(state, name) for name in ("id", "incident_id", "home_site", "drawn_at")}
    connection.execute(insert(_TABLE), {**keys, "kind": state.kind.value, **values})


def keep_mark(connection: Connection, fact: MarkFact, version: int) -> None:
    """Keep another site's mark unless something newer is known."""
    known = connection.execute(select(_C.version).where(_C.id == fact.id)).scalar()
    if known is None or known < version:
        save_mark(connection, Mark(fact, version))


def find_mark(connection: Connection, mark_id: str) -> Mark | None:
    """The mark with this id."""
    row = connection.execute(select(_TABLE).where(_C.id == mark_id)).first()
    return None if row is None else _mark(row)


def list_marks(
    connection: Connection, wanted: MarkFilter, *, after: tuple[datetime, str] | None, limit: int | None
) -> list[Mark]:
    """Marks, the newest first, after the given (drawn_at, id)."""
    query = select(_TABLE)
    if wanted.incident_ids is not None:
        query = query.where(_C.incident_id.in_(wanted.incident_ids))
    if wanted.is_open is not None:
        query = query.where(_C.removed_at.is_(None) if wanted.is_open else _C.removed_at.is_not(None))
    if wanted.township is not None:
        query = query.where(or_(_C.incident_id.is_(None), _C.incident_id.in_(ids_in(wanted.township))))
    if after is not None:
        moment, last = after
        query = query.where(or_(_C.drawn_at < moment, and_(_C.drawn_at == moment, _C.id < last)))
    query = query.order_by(_C.drawn_at.desc(), _C.id.desc())
    return [_mark(row) for row in connection.execute(query if limit is None else query.limit(limit))]


def keep_wind(connection: Connection, fact: WindFact) -> None:
    """Keep a wind; it never changes."""
    if connection.execute(select(_WINDS.c.id).where(_WINDS.c.id == fact.id)).first() is None:
        record = fact.model_dump(mode="json", exclude=_OF_THE_FACT)
        values = {"id": fact.id, "incident_id": fact.incident_id, "at": fact.at, "record": record}
        connection.execute(insert(_WINDS), values)


def find_wind(connection: Connection, wind_id: str) -> Wind | None:
    """The wind with this id."""
    row = connection.execute(select(_WINDS).where(_WINDS.c.id == wind_id)).first()
    return None if row is None else Wind(WindFact.model_validate(row.record))


def list_winds(
    connection: Connection, incident_ids: Sequence[str], *, after: tuple[datetime, str] | None, limit: int
) -> list[Wind]:
    """Winds of these incidents, the newest first, after the given (at, id)."""
    columns = _WINDS.c
    query = select(_WINDS).where(columns.incident_id.in_(incident_ids))
    if after is not None:
        moment, last = after
        query = query.where(or_(columns.at < moment, and_(columns.at == moment, columns.id < last)))
    query = query.order_by(columns.at.desc(), columns.id.desc()).limit(limit)
    return [Wind(WindFact.model_validate(row.record)) for row in connection.execute(query)]
