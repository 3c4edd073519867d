"""The copy of incidents that dispatch keeps from intake's facts."""

from datetime import timedelta

from sqlalchemy import Connection, Select, insert, or_, select, update

from services.resource_dispatch.domain.held import IncidentCopy
from services.resource_dispatch.tables import IncidentCopyRow
from shared.contracts.events.intake import IncidentFact

_TABLE = IncidentCopyRow.__table__  # type: ignore[attr-defined]


def find_incident(connection: Connection, incident_id: str) -> IncidentCopy | None:
    """The copy, if intake's fact has arrived."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == incident_id)).first()
    return None if row is None else IncidentCopy(**row._mapping)  # noqa: SLF001 — SQLAlchemy's public name


def ids_in(township: str) -> Select[tuple[str]]:
    """A subquery: the incidents in the township, to which lists for its officers are narrowed."""
    return select(_TABLE.c.id).where(_TABLE.c.township == township)


def keep_incident(connection: Connection, incident: IncidentFact, version: int) -> bool:
    """Keep what the fact tells unless something newer is known; returns whether it was news."""
    values = {
        "number": incident.number,
        "title": incident.title,
        "type_code": incident.type_code,
        "status": incident.status.value,
        "lon": incident.location.lon,
        "lat": incident.location.lat,
        "township": incident.location.township,
        "version": version,
        "home_site": incident.home_site,
        "occurred_at": incident.occurred_at,
        "continues": incident.continues,
        "merged_into": incident.merged_into,
    }
    known = connection.execute(select(_TABLE.c.version).where(_TABLE.c.id == incident.id)).scalar()
    if known is None:
        connection.execute(insert(_TABLE), {"id": incident.id, **values})
        return True
    if known >= version:
        return False
    connection.execute(update(_TABLE).where(_TABLE.c.id == incident.id).values(**values))
    return True


def incidents_like(connection: Connection, one: IncidentCopy, *, degrees: float, span: timedelta) -> list[IncidentCopy]:
    """Other sites' incidents roughly near in place and time; the rule measures them exactly."""
    if one.lon is None or one.lat is None or one.occurred_at is None:
        return []
    columns = _TABLE.c
    near = (
        columns.home_site != one.home_site,
        columns.lon.between(one.lon - degrees, one.lon + degrees),
        columns.lat.between(one.lat - degrees, one.lat + degrees),
        columns.occurred_at.between(one.occurred_at - span, one.occurred_at + span),
    )
    rows = connection.execute(select(_TABLE).where(*near).limit(100))
    return [IncidentCopy(**row._mapping) for row in rows]  # noqa: SLF001


def incidents_linked(connection: Connection, one: IncidentCopy) -> list[IncidentCopy]:
    """Other sites' incidents that go on beside this one, beside which it goes on, or beside the same third one."""
    columns = _TABLE.c
    roots = [one.id] if one.continues is None else [one.id, one.continues]
    linked = or_(columns.continues.in_(roots), columns.id == one.continues)
    rows = connection.execute(select(_TABLE).where(linked, columns.home_site != one.home_site).limit(100))
    return [IncidentCopy(**row._mapping) for row in rows]  # noqa: SLF001


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
