"""The copy of incidents that dispatch keeps from intake's facts."""

from sqlalchemy import Connection, insert, select, update

from services.resource_dispatch.domain.held import IncidentCopy
from services.resource_dispatch.tables import IncidentCopyRow
from shared.contracts.events.intake import IncidentFact

_TABLE = IncidentCopyRow.__table__  # type: ignore[attr-defined]


def find_incident(connection: Connection, incident_id: str) -> IncidentCopy | None:
    """The copy, if intake's fact has arrived."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == incident_id)).first()
    return None if row is None else IncidentCopy(**row._mapping)  # noqa: SLF001 — SQLAlchemy's public name


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
    }
    known = connection.execute(select(_TABLE.c.version).where(_TABLE.c.id == incident.id)).scalar()
    if known is None:
        connection.execute(insert(_TABLE), {"id": incident.id, **values})
        return True
    if known >= version:
        return False
    connection.execute(update(_TABLE).where(_TABLE.c.id == incident.id).values(**values))
    return True
