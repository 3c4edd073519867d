"""What dispatch does by itself: requests that nobody answered run out, so does the time to count who is out."""

import asyncio

from services.resource_dispatch.handlers.command.evacuations import tell_overdue
from services.resource_dispatch.handlers.requests import expire_requests
from services.resource_dispatch.store.command import due_commands
from services.resource_dispatch.store.requests import due_requests
from shared.contracts.events.command import EvacuationFact
from shared.http.hosting import Deps, Job

EXPIRY_SECONDS = 1.0
LOOK_SECONDS = 1.0


async def expire_due(deps: Deps) -> int:
    """Answer what is due; asks first, so that an idle site writes nothing."""
    now = deps.clock.now()
    if not await deps.database.read(lambda c: bool(due_requests(c, deps.site, now))):
        return 0
    return await deps.database.write(lambda c: expire_requests(c, deps, now))


async def tell_due(deps: Deps) -> int:
    """Tell which evacuations ran over; asks first, so that an idle site writes nothing."""
    now = deps.clock.now()
    if not await deps.database.read(lambda c: bool(due_commands(c, EvacuationFact, now))):
        return 0
    return await deps.database.write(lambda c: tell_overdue(c, deps, now))


def jobs(deps: Deps) -> list[Job]:
    """The jobs of dispatch."""

    async def run() -> None:
        while True:
            await expire_due(deps)
            await asyncio.sleep(EXPIRY_SECONDS)

    async def watch() -> None:
        while True:
            await tell_due(deps)
            await asyncio.sleep(LOOK_SECONDS)

    return [Job("request_expiry", run), Job("evacuation_watch", watch)]
