"""A running hub sees within two seconds that its list of sites was changed."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.settings import Settings
from services.sites.joining import topology_of
from services.sites.registry import register_of
from shared.kernel.errors import DomainError
from shared.messaging.bus import Bus

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 1.0


def members_watch(settings: Settings, bus: Bus) -> Callable[[], Awaitable[None]]:
    """The job that lets added sites in and removed ones out, without a restart."""

    async def run() -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                present = topology_of(settings)
            except DomainError as error:
                _log.error("sites_unreadable", file=str(register_of(settings)), code=error.code)
                continue
            if present != bus.topology:
                _log.info("sites_changed", members=[member.site for member in present.members])
                bus.change_members(present)

    return run
