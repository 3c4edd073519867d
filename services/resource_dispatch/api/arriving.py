"""An incident that was taken a moment ago may be ordered for before its fact is here."""

from services.resource_dispatch.store.incidents import find_incident
from shared.http.arriving import arrival
from shared.http.hosting import Deps


async def wait_for_incident(deps: Deps, incident_id: str) -> None:
    """Return as soon as the incident is known here, or after a while all the same."""
    await arrival(deps.database, lambda c: find_incident(c, incident_id))
