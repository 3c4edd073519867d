"""What reporting does by itself: clocks run out, people are reminded, days begin, the bulletin is drafted.

Everything due is read from the store, so that a restart or a kill at any moment loses nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from services.information_reporting.domain.rules import Party
from services.information_reporting.domain.summary import duty_day
from services.information_reporting.handlers.clocks import keep_days, let_run_out, remind
from services.information_reporting.handlers.context import Reporting
from services.information_reporting.handlers.drafting import draft_bulletin
from services.information_reporting.store.clocks import clocks_to_remind, count_clocks, due_clocks, waiting_papers
from services.information_reporting.store.copies import begin_reporting
from shared.http.hosting import Job
from shared.kernel.clock import civil_date
from shared.kernel.errors import DomainError
from shared.storage.system import forget_before

_log = structlog.get_logger(__name__)
LOOK_SECONDS = 1.0
DAY_SECONDS = 30.0
HOUSEKEEPING_SECONDS = 3600.0
REMEMBERED = timedelta(days=30)
"""No browser and no broker repeats anything after that long."""
_Work = Callable[[Connection, Reporting, str, datetime], bool]


async def tick(reporting: Reporting) -> int:
    """Let run out and remind what is due now; how many."""
    deps, now = reporting.deps, reporting.deps.clock.now()

    def look(connection: Connection) -> tuple[list[str], list[str]]:
        reporting.metrics.show(count_clocks(connection), waiting_papers(connection))
        return due_clocks(connection, now), clocks_to_remind(connection, now)

    late, soon = await deps.database.read(look)
    # Each by itself: one that cannot go on must not hold the others.
    done = [await _do(reporting, let_run_out, one, now) for one in late]
    return sum(done) + sum([await _do(reporting, remind, one, now) for one in soon])


async def _do(reporting: Reporting, work: _Work, ident: str, now: datetime) -> bool:
    try:
        return await reporting.deps.database.write(lambda c: work(c, reporting, ident, now))
    except Exception:  # noqa: BLE001 — whatever it was, it stays due and is tried again
        _log.exception("due_work_failed", work=work.__name__, id=ident)
        return False


async def turn_days(reporting: Reporting) -> None:
    """Begin the daily clocks of this civil day; draft the bulletin once its hour has come. Both at the centre only."""
    deps, now = reporting.deps, reporting.deps.clock.now()
    if reporting.party is not Party.DISTRICT:
        return
    today = civil_date(now)
    _, hour = duty_day(today, reporting.config.bulletin_hour.value)

    def work(connection: Connection) -> None:
        keep_days(connection, reporting, today, now)
        if begin_reporting(connection, now) < hour <= now:
            draft_bulletin(connection, reporting, today, now)

    await deps.database.write(work)


def jobs(reporting: Reporting) -> list[Job]:
    """Each may be stopped at any time and goes on where it was."""
    deps = reporting.deps

    async def clocks() -> None:
        await deps.database.write(lambda c: begin_reporting(c, deps.clock.now()))
        while True:
            await _patiently(reporting, tick)
            await asyncio.sleep(LOOK_SECONDS)

    async def days() -> None:
        while True:
            await _patiently(reporting, turn_days)
            await asyncio.sleep(DAY_SECONDS)

    async def keep_house() -> None:
        while True:
            await deps.database.write(lambda c: forget_before(c, deps.clock.now() - REMEMBERED))
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    return [Job("clocks", clocks), Job("days", days), Job("housekeeping", keep_house)]


async def _patiently(reporting: Reporting, work: Callable[[Reporting], Awaitable[object]]) -> None:
    try:
        await work(reporting)
    except DomainError:  # the store is away
        _log.warning("reporting_waits", exc_info=True)
