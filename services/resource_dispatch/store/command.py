"""What a command post does, in the store: one table of records for posts, orders, evacuations and responses."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from services.resource_dispatch.store.incidents import ids_in
from services.resource_dispatch.tables import CommandRow
from shared.contracts.events.base import Fact
from shared.contracts.events.command import ActivationFact, CommandOrderFact, CommandPostFact, EvacuationFact

_TABLE = CommandRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
F = TypeVar("F", CommandPostFact, CommandOrderFact, EvacuationFact, ActivationFact)
_KINDS: dict[type[Fact], str] = {
    CommandPostFact: "post",
    CommandOrderFact: "order",
    EvacuationFact: "evacuation",
    ActivationFact: "activation",
}
_OF_THE_CHANGE = {"changed", "actor_name", "remark"}


@dataclass(frozen=True, slots=True)
class Held(Generic[F]):
    """A record, the version of its last fact, and what of it never leaves the store."""

    state: F
    version: int
    private: dict[str, Any] = field(default_factory=dict)


def _held(shape: type[F], row: Row[Any]) -> Held[F]:
    return Held(shape.model_validate(row.record), row.version, row.private or {})


def find_command(connection: Connection, shape: type[F], ident: str) -> Held[F] | None:
    """The record with this id."""
    row = connection.execute(select(_TABLE).where(_C.id == ident, _C.kind == _KINDS[shape])).first()
    return None if row is None else _held(shape, row)


def keep_command(
    connection: Connection, held: Held[F], *, active: bool, began_at: datetime, due_at: datetime | None = None
) -> None:
    """Keep the record; version 1 is a new one.

    Args:
        due_at: when somebody must look at it again by themselves; None when nothing follows by time.
    """
    state = held.state
    values = {
        "active": active,
        "due_at": due_at,
        "version": held.version,
        "record": state.model_dump(mode="json", exclude=_OF_THE_CHANGE),
        "private": held.private or None,
    }
    if held.version == 1:
        keys = {"id": state.id, "kind": _KINDS[type(state)], "incident_id": state.incident_id, "began_at": began_at}
        connection.execute(insert(_TABLE), {**keys, **values})
    else:
        connection.execute(update(_TABLE).where(_C.id == state.id).values(**values))


def active_of_incident(connection: Connection, shape: type[F], incident_id: str) -> Held[F] | None:
    """The one that is in force for the incident."""
    wanted = (_C.kind == _KINDS[shape], _C.incident_id == incident_id, _C.active.is_(True))
    row = connection.execute(select(_TABLE).where(*wanted).order_by(_C.began_at.desc())).first()
    return None if row is None else _held(shape, row)


def count_of(connection: Connection, shape: type[F], incident_id: str) -> int:
    """How many the incident ever had; the next one's number follows from it."""
    wanted = (_C.kind == _KINDS[shape], _C.incident_id == incident_id)
    return int(connection.execute(select(func.count()).select_from(_TABLE).where(*wanted)).scalar_one())


def list_commands(
    connection: Connection,
    shape: type[F],
    *,
    incident_id: str | None = None,
    active: bool | None = None,
    township: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int,
) -> list[Held[F]]:
    """Records, the newest first, after the given (began_at, id).

    Args:
        township: records of incidents elsewhere are left out; those of no incident are everybody's.
    """
    query = select(_TABLE).where(_C.kind == _KINDS[shape])
    if incident_id is not None:
        query = query.where(_C.incident_id == incident_id)
    if active is not None:
        query = query.where(_C.active.is_(active))
    if township is not None:
        query = query.where(or_(_C.incident_id.is_(None), _C.incident_id.in_(ids_in(township))))
    if after is not None:
        moment, last = after
        query = query.where(or_(_C.began_at < moment, and_(_C.began_at == moment, _C.id < last)))
    rows = connection.execute(query.order_by(_C.began_at.desc(), _C.id.desc()).limit(limit))
    return [_held(shape, row) for row in rows]


def due_commands(connection: Connection, shape: type[F], now: datetime) -> list[Held[F]]:
    """Records in force whose time is up."""
    wanted = (_C.kind == _KINDS[shape], _C.active.is_(True), _C.due_at < now)
    return [_held(shape, row) for row in connection.execute(select(_TABLE).where(*wanted).limit(100))]


def is_any_due(connection: Connection, now: datetime) -> bool:
    """Whether the time of any record in force is up."""
    wanted = (_C.kind.in_(_KINDS.values()), _C.active.is_(True), _C.due_at < now)
    return connection.execute(select(_C.id).where(*wanted).limit(1)).first() is not None


def watch_no_more(connection: Connection, ident: str) -> None:
    """Nothing follows by time for this record any more."""
    connection.execute(update(_TABLE).where(_C.id == ident).values(due_at=None))
