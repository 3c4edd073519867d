"""Conflicts between sites in the store of the centre."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from services.resource_dispatch.domain.held import HeldConflict
from services.resource_dispatch.tables import ConflictRow
from shared.contracts.events.dispatch import ConflictFact

_TABLE = ConflictRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c


def _held(row: Row[Any]) -> HeldConflict:
    return HeldConflict(ConflictFact.model_validate(row.record), row.version)


def find_conflict(connection: Connection, conflict_id: str) -> HeldConflict | None:
    """The conflict with this id."""
    row = connection.execute(select(_TABLE).where(_C.id == conflict_id)).first()
    return None if row is None else _held(row)


def save_conflict(connection: Connection, held: HeldConflict) -> None:
    """Keep the conflict; version 1 is a new one."""
    state = held.state
    record = state.model_dump(mode="json", exclude={"changed", "actor_name", "remark"})
    values = {"state": state.state.value, "version": held.version, "record": record}
    if held.version == 1:
        connection.execute(insert(_TABLE), {"id": state.id, "found_at": state.found_at, **values})
    else:
        connection.execute(update(_TABLE).where(_C.id == state.id).values(**values))


def list_conflicts(
    connection: Connection, *, state: str | None, after: tuple[datetime, str] | None, limit: int
) -> list[HeldConflict]:
    """Conflicts, the newest first, after the given (found_at, id)."""
    query = select(_TABLE)
    if state is not None:
        query = query.where(_C.state == state)
    if after is not None:
        moment, last = after
        query = query.where(or_(_C.found_at < moment, and_(_C.found_at == moment, _C.id < last)))
    return [_held(row) for row in connection.execute(query.order_by(_C.found_at.desc(), _C.id.desc()).limit(limit))]
