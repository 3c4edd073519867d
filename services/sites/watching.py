"""A running hub sees within two seconds that its list of sites was changed."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.settings import Settings
from services.sites.joining import topology_of
from services.sites.registry import register_of
from shared.contracts.events.acts import Act
from shared.http.hosting import Deps
from shared.kernel.errors import DomainError
from shared.messaging.bus import Bus
from shared.storage.system import append_facts

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 1.0


def members_watch(settings: Settings, bus: Bus, journal: Deps | None) -> Callable[[], Awaitable[None]]:
    """The job that lets added sites in and removed ones out, without a restart.

    Args:
        journal: where it is recorded for the audit book; it was done at the machine, so nobody's name is known.
    """

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
                before = {member.site for member in bus.topology.members}
                bus.change_members(present)
                if journal is not None:
                    await _record(journal, before, {member.site for member in present.members})

    return run


async def _record(journal: Deps, before: set[str], after: set[str]) -> None:
    now = journal.clock.now()
    came = [journal.acted("ops", Act.SITE_ADDED, None, now=now, target=site) for site in sorted(after - before)]
    went = [journal.acted("ops", Act.SITE_REMOVED, None, now=now, target=site) for site in sorted(before - after)]
    if came or went:
        await journal.database.write(lambda connection: append_facts(connection, *came, *went))
