"""Waiting a moment for what is on its way."""

import asyncio

from services.resource_dispatch.store.incidents import find_incident
from shared.http.hosting import Deps

WAIT_FOR_INCIDENT = 2.0
"""Seconds: the incident's fact is usually here within milliseconds; a person should not have to press twice."""


async def wait_for_incident(deps: Deps, incident_id: str) -> None:
    """Return as soon as the incident is known here, or after a while all the same."""
    for _ in range(int(WAIT_FOR_INCIDENT / 0.05)):
        if await deps.database.read(lambda c: find_incident(c, incident_id)) is not None:
            return
        await asyncio.sleep(0.05)
