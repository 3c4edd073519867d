"""What dispatch knows of other sites' units and of everybody's assignments, from their facts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from services.resource_dispatch.domain.conflicts import Promise
from services.resource_dispatch.domain.held import SeenAssignment, Unit
from services.resource_dispatch.store.units import find_unit, insert_unit, save_unit
from services.resource_dispatch.tables import AssignmentSeenRow
from shared.contracts.events.dispatch import AssignmentFact, UnitFact

_SEEN = AssignmentSeenRow.__table__  # type: ignore[attr-defined]
_C = _SEEN.c


def keep_unit(connection: Connection, fact: UnitFact, version: int) -> bool:
    """Keep another site's unit unless something newer is known; returns whether it was news."""
    known = find_unit(connection, fact.id)
    if known is not None and known.version >= version:
        return False
    (insert_unit if known is None else save_unit)(connection, Unit(fact, version))
    return True


def _seen(row: Row[Any]) -> SeenAssignment:
    promise = Promise(row.id, row.home_site, row.unit_id, row.unit_name, row.ordered_at, row.ended_at)
    return SeenAssignment(promise, row.number, row.incident_id, row.incident_title)


def find_seen(connection: Connection, assignment_id: str) -> SeenAssignment | None:
    """The assignment of whichever site."""
    row = connection.execute(select(_SEEN).where(_C.id == assignment_id)).first()
    return None if row is None else _seen(row)


def keep_seen(connection: Connection, fact: AssignmentFact, version: int, ended_at: datetime | None) -> bool:
    """Keep what an assignment's fact tells unless something newer is known; returns whether it was news."""
    known = connection.execute(select(_C.version).where(_C.id == fact.id)).scalar()
    if known is not None and known >= version:
        return False
    values = {"ended_at": ended_at, "version": version}
    if known is not None:
        connection.execute(update(_SEEN).where(_C.id == fact.id).values(**values))
        return True
    names = ("id", "home_site", "number", "unit_id", "unit_name", "incident_id", "ordered_at")
    title = fact.incident_title or fact.incident_number or ""
    row = {**{name: getattr(fact, name) for name in names}, "incident_title": title, **values}
    connection.execute(insert(_SEEN), row)
    return True


def promises_like(connection: Connection, one: Promise) -> list[SeenAssignment]:
    """Other sites' assignments of what may be the same unit."""
    bare = "".join(one.unit_name.split())
    same = or_(_C.unit_id == one.unit_id, func.replace(_C.unit_name, " ", "") == bare)
    rows = connection.execute(select(_SEEN).where(same, _C.home_site != one.home_site).limit(50))
    return [_seen(row) for row in rows]


def active_elsewhere(connection: Connection, incident_ids: list[str], here: str) -> list[SeenAssignment]:
    """Other sites' assignments to these incidents that have not ended, as far as their facts have come."""
    wanted = (_C.incident_id.in_(incident_ids), _C.home_site != here, _C.ended_at.is_(None))
    return [_seen(row) for row in connection.execute(select(_SEEN).where(*wanted).order_by(_C.ordered_at).limit(200))]
