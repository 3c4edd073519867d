"""What intake does by itself: warnings run out, callers' data are destroyed, old keys forgotten, changes indexed."""

import asyncio
import contextlib
from datetime import timedelta

from sqlalchemy import Connection

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.destruction import destroy_callers
from services.incident_intake.handlers.finding.index import Follower, index_changes
from services.incident_intake.handlers.guidance.conditions import follow_conditions, turns_now
from services.incident_intake.handlers.handover import lapse_handovers
from services.incident_intake.handlers.warnings import expire_warnings
from services.incident_intake.store.homes import due_handovers
from services.incident_intake.store.warnings import due_warnings
from shared.http.hosting import Job
from shared.storage.system import forget_before

EXPIRY_SECONDS = 2.0
CONDITIONS_SECONDS = 5.0
HOUSEKEEPING_SECONDS = 3600.0
INDEX_AFTER_SECONDS = 2.0
"""A start has better things to do first."""
INDEX_SETTLE_SECONDS = 0.5
"""What is committed within it is indexed together."""
INDEX_BREATH_SECONDS = 0.05
INDEX_LOOK_SECONDS = 30.0
REMEMBERED = timedelta(days=30)
"""No browser and no broker repeats anything after that long."""


def jobs(intake: Intake) -> list[Job]:
    """Each may be stopped at any time and goes on where it was: what is due is read from the store."""

    async def run_out() -> None:
        while True:
            await expire_due(intake)
            await asyncio.sleep(EXPIRY_SECONDS)

    async def lapse() -> None:
        while True:
            await lapse_due(intake)
            await asyncio.sleep(EXPIRY_SECONDS)

    async def watch_conditions() -> None:
        while True:
            await look_at_conditions(intake)
            await asyncio.sleep(CONDITIONS_SECONDS)

    async def keep_house() -> None:
        while True:
            await destroy_callers(intake)
            await forget_old(intake)
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    return [
        Job("warning_expiry", run_out),
        Job("handover_expiry", lapse),
        Job("conditions", watch_conditions),
        Job("housekeeping", keep_house),
        Job("search_index", lambda: follow_changes(intake)),
    ]


async def follow_changes(intake: Intake) -> None:
    """Keep the index of searches behind the journal by a second or so; in small bites, since reports go first."""
    bell, follower = intake.deps.database.bell(), Follower()
    await asyncio.sleep(INDEX_AFTER_SECONDS)
    while True:
        bell.clear()
        while await index_changes(intake, follower):  # noqa: ASYNC110 — it waits for nothing, it gives way
            await asyncio.sleep(INDEX_BREATH_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(INDEX_LOOK_SECONDS):
                await bell.wait()
        await asyncio.sleep(INDEX_SETTLE_SECONDS)


async def expire_due(intake: Intake) -> int:
    """Tell of the warnings that have run out; asks first, so that an idle site writes nothing."""
    now = intake.deps.clock.now()

    def is_due(connection: Connection) -> bool:
        return bool(due_warnings(connection, now, limit=1))

    if not await intake.deps.database.read(is_due):
        return 0
    return await intake.deps.database.write(lambda connection: expire_warnings(connection, intake, now))


async def lapse_due(intake: Intake) -> int:
    """Note what nobody has answered in time; asks first, so that an idle site writes nothing."""
    now = intake.deps.clock.now()
    if not await intake.deps.database.read(lambda connection: bool(due_handovers(connection, now))):
        return 0
    return await intake.deps.database.write(lambda connection: lapse_handovers(connection, intake, now))


async def look_at_conditions(intake: Intake) -> int:
    """Let steps become due whose condition has come true; asks first, so that an idle site writes nothing."""
    now = intake.deps.clock.now()
    if not await intake.deps.database.read(lambda connection: bool(turns_now(connection, intake, now))):
        return 0
    return await intake.deps.database.write(lambda connection: follow_conditions(connection, intake, now))


async def forget_old(intake: Intake) -> int:
    """Drop idempotency keys and inbox rows that nobody can repeat any more; returns how many."""
    moment = intake.deps.clock.now() - REMEMBERED
    return await intake.deps.database.write(lambda connection: forget_before(connection, moment))
