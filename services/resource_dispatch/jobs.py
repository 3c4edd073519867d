"""What dispatch does by itself: requests run out, and the times to count, to answer an order, to extend a response."""

import asyncio

from services.resource_dispatch.handlers.command.activations import tell_expired
from services.resource_dispatch.handlers.command.evacuations import tell_overdue
from services.resource_dispatch.handlers.command.orders import tell_unanswered
from services.resource_dispatch.handlers.requests import expire_requests
from services.resource_dispatch.store.command import is_any_due
from services.resource_dispatch.store.requests import due_requests
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
    """Tell which evacuations, orders and responses ran over; asks first, so that an idle site writes nothing."""
    now = deps.clock.now()
    if not await deps.database.read(lambda c: is_any_due(c, now)):
        return 0
    tellings = (tell_overdue, tell_unanswered, tell_expired)
    return await deps.database.write(lambda c: sum(tell(c, deps, now) for tell in tellings))


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

    return [Job("request_expiry", run), Job("command_watch", watch)]
