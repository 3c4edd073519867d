"""An incident that was taken a moment ago may be reported before its fact is here."""

from services.information_reporting.store.copies import find_incident
from shared.http.arriving import arrival
from shared.http.hosting import Deps


async def wait_for_incident(deps: Deps, incident_id: str | None) -> None:
    """Return as soon as the incident is known here, or after a while all the same; at once if none is named."""
    if incident_id is not None:
        await arrival(deps.database, lambda c: find_incident(c, incident_id))
