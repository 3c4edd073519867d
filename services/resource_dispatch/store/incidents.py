"""The copy of incidents that dispatch keeps from intake's facts."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, literal_column, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from services.resource_dispatch.domain.held import IncidentCopy
from services.resource_dispatch.tables import IncidentCopyRow
from shared.contracts.events.intake import IncidentFact
from shared.kernel.homes import HUB
from shared.storage.prepared import Prepared

_TABLE = IncidentCopyRow.__table__  # type: ignore[attr-defined]
_C = _TABLE.c
_NAMES = tuple(field.name for field in fields(IncidentCopy))
_COPY = select(*(_C[name] for name in _NAMES))
_BY_ID = Prepared(_COPY.where(_C.id == bindparam("key")))


def _upsert(kind: Any) -> Prepared:
    row = kind.insert(_TABLE).values({name: bindparam(name) for name in _NAMES})
    told = {name: row.excluded[name] for name in _NAMES if name != "id"}
    newer = _C.version < row.excluded.version
    return Prepared(row.on_conflict_do_update(index_elements=["id"], set_=told, where=newer).returning(_C.id))


_KEEP = {"sqlite": _upsert(sqlite), "postgresql": _upsert(postgresql)}


def find_incident(connection: Connection, incident_id: str) -> IncidentCopy | None:
    """The copy, if intake's fact has arrived."""
    row = next(iter(_BY_ID.rows(connection, {"key": incident_id})), None)
    return None if row is None else IncidentCopy(*row)


def ids_in(township: str) -> Select[tuple[str]]:
    """A subquery: the incidents in the township, to which lists for its officers are narrowed."""
    return select(_C.id).where(_C.township == township)


def keep_incident(connection: Connection, incident: IncidentFact, version: int) -> IncidentCopy | None:
    """Keep what the fact tells; None if that or something newer was known."""
    copy = IncidentCopy(
        id=incident.id,
        number=incident.number,
        title=incident.title,
        type_code=incident.type_code,
        status=incident.status.value,
        lon=incident.location.lon,
        lat=incident.location.lat,
        township=incident.location.township,
        version=version,
        home_site=incident.home_site,
        occurred_at=incident.occurred_at,
        continues=incident.continues,
        merged_into=incident.merged_into,
    )
    row = {name: getattr(copy, name) for name in _NAMES}
    return None if _KEEP[connection.dialect.name].execute(connection, row).first() is None else copy


def _in_reach(elsewhere: ColumnElement[bool]) -> Prepared:
    """Other sites' incidents near in place and time, or linked with the one; each branch has an index of its own."""
    near = and_(
        elsewhere,
        _C.occurred_at.between(bindparam("since"), bindparam("until")),
        _C.lon.between(bindparam("west"), bindparam("east")),
        _C.lat.between(bindparam("south"), bindparam("north")),
    )
    linked = (_C.continues == bindparam("id"), _C.continues == bindparam("above"), _C.id == bindparam("above"))
    return Prepared(_COPY.where(or_(near, *(and_(one, elsewhere) for one in linked))).limit(200))


# The centre's own incidents, which are most, are looked for among the others' alone: the words are those of the index.
_NEAR_OWN = _in_reach(_C.home_site != literal_column(f"'{HUB}'"))
_NEAR_OTHERS = _in_reach(_C.home_site != bindparam("home"))


def incidents_in_reach(
    connection: Connection, one: IncidentCopy, *, degrees: float, span: timedelta
) -> list[IncidentCopy]:
    """Other sites' incidents that may be the same event; the rules say exactly.

    Roughly near in place and time, or one goes on beside the other, or both beside a third.
    """
    is_placed = one.lon is not None and one.lat is not None
    lon, lat, at = one.lon or 0.0, one.lat or 0.0, one.occurred_at
    box = {"west": lon - degrees, "east": lon + degrees, "south": lat - degrees, "north": lat + degrees}
    values = {
        "id": one.id,
        "above": one.continues,
        "since": None if at is None else at - span,
        "until": None if at is None else at + span,
        **(box if is_placed else dict.fromkeys(box)),
    }
    if one.home_site == HUB:
        found = _NEAR_OWN.rows(connection, values)
    else:
        found = _NEAR_OTHERS.rows(connection, {**values, "home": one.home_site})
    return [IncidentCopy(*row) for row in found]


def standing_for(connection: Connection, incident_id: str) -> str:
    """Id of the incident into which this one was merged at last, else its own."""
    seen = [incident_id]
    while True:
        above = connection.execute(select(_TABLE.c.merged_into).where(_TABLE.c.id == seen[-1])).scalar()
        if above is None or above in seen:
            return seen[-1]
        seen.append(above)


def merged_beneath(connection: Connection, incident_id: str) -> list[str]:
    """Ids of the incidents that were merged into this one, also by way of others; the nearest first."""
    found: list[str] = []
    above = [incident_id]
    while above:
        query = select(_TABLE.c.id).where(_TABLE.c.merged_into.in_(above), _TABLE.c.id.notin_([incident_id, *found]))
        above = list(connection.execute(query).scalars())
        found += above
    return found
