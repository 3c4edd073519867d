"""What may tell of the same event: incidents of the last while, calls that wait, and from which numbers they came."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from services.incident_intake.domain.incident import Incident
from services.incident_intake.store.incidents import from_row
from services.incident_intake.tables import IncidentRow
from services.incident_intake.tables.calls import CallRow
from shared.contracts.events.intake import IncidentStatus

_INCIDENT = IncidentRow.__table__  # type: ignore[attr-defined]
_CALL = CallRow.__table__  # type: ignore[attr-defined]
MOST = 300
"""Bounds what one look costs in a flood of reports; the newest are looked at."""


def incidents_since(connection: Connection, moment: datetime) -> list[Incident]:
    """Incidents received since then that stand for themselves, the newest first."""
    wanted = (
        select(_INCIDENT)
        .where(_INCIDENT.c.received_at >= moment, _INCIDENT.c.status != IncidentStatus.MERGED.value)
        .order_by(_INCIDENT.c.received_at.desc())
        .limit(MOST)
    )
    return [from_row(row) for row in connection.execute(wanted)]


def callers_of(connection: Connection, incident_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """The numbers from which each incident was told, digits only; never answered to anybody."""
    wanted = select(_CALL.c.incident_id, _CALL.c.phone_digits).where(
        _CALL.c.incident_id.in_(incident_ids), _CALL.c.phone_digits.is_not(None)
    )
    found: dict[str, set[str]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.incident_id, set()).add(row.phone_digits)
    return {incident_id: frozenset(digits) for incident_id, digits in found.items()}
