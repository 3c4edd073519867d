"""Assignments in the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from services.resource_dispatch.domain.held import Assignment
from services.resource_dispatch.tables import AssignmentRow
from shared.contracts.events.dispatch import AssignmentFact

_TABLE = AssignmentRow.__table__  # type: ignore[attr-defined]


def _assignment(row: Row[Any]) -> Assignment:
    return Assignment(AssignmentFact.model_validate(row.record), row.version)


def _values(assignment: Assignment) -> dict[str, Any]:
    state = assignment.state
    return {
        "status": state.status.value,
        "active": state.active,
        "version": assignment.version,
        "record": state.model_dump(mode="json", exclude={"changed", "actor_name", "remark", "reported"}),
    }


def insert_assignment(connection: Connection, assignment: Assignment) -> None:
    """Keep a new assignment.

    Raises:
        sqlalchemy.exc.IntegrityError: the unit has an active one.
    """
    state = assignment.state
    keys = {name: getattr(state, name) for name in ("id", "number", "incident_id", "unit_id", "ordered_at")}
    connection.execute(insert(_TABLE), {**keys, **_values(assignment)})


def save_assignment(connection: Connection, assignment: Assignment) -> None:
    """Keep the assignment's new state."""
    connection.execute(update(_TABLE).where(_TABLE.c.id == assignment.state.id).values(**_values(assignment)))


def find_assignment(connection: Connection, assignment_id: str) -> Assignment | None:
    """The assignment with this id."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == assignment_id)).first()
    return None if row is None else _assignment(row)


def active_of_unit(connection: Connection, unit_id: str) -> Assignment | None:
    """The unit's one active assignment."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.unit_id == unit_id, _TABLE.c.active.is_(True))).first()
    return None if row is None else _assignment(row)


def active_of_incidents(connection: Connection, incident_ids: Sequence[str]) -> list[Assignment]:
    """The active assignments to these incidents, the oldest order first."""
    wanted = (_TABLE.c.incident_id.in_(incident_ids), _TABLE.c.active.is_(True))
    rows = connection.execute(select(_TABLE).where(*wanted).order_by(_TABLE.c.ordered_at, _TABLE.c.id))
    return [_assignment(row) for row in rows]


def count_of_incident(connection: Connection, incident_id: str) -> int:
    """How many assignments the incident ever had; the next one's number follows from it."""
    query = select(func.count()).select_from(_TABLE).where(_TABLE.c.incident_id == incident_id)
    return int(connection.execute(query).scalar_one())


def list_assignments(
    connection: Connection,
    *,
    incident_id: str | None,
    unit_id: str | None,
    active: bool | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Assignment]:
    """Assignments, the newest order first, after the given (ordered_at, id)."""
    query = select(_TABLE)
    if incident_id is not None:
        query = query.where(_TABLE.c.incident_id == incident_id)
    if unit_id is not None:
        query = query.where(_TABLE.c.unit_id == unit_id)
    if active is not None:
        query = query.where(_TABLE.c.active.is_(active))
    if after is not None:
        moment, last = after
        earlier = or_(_TABLE.c.ordered_at < moment, and_(_TABLE.c.ordered_at == moment, _TABLE.c.id < last))
        query = query.where(earlier)
    rows = connection.execute(query.order_by(_TABLE.c.ordered_at.desc(), _TABLE.c.id.desc()).limit(limit))
    return [_assignment(row) for row in rows]
