"""What the roster does by itself: measure whether the posts are filled now; start and close roll calls."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from services.duty_roster import store
from services.duty_roster.domain.duty import PostGap, gaps
from services.duty_roster.handlers.roll_calls import RollCalls, planned_now
from services.duty_roster.handlers.staffing import required_at
from services.duty_roster.metrics import RosterMetrics
from services.duty_roster.schemas import watch_of
from services.duty_roster.store.roll_calls import due_roll_calls
from shared.contracts.events.roster import DutyPost
from shared.http.hosting import Deps, Job
from shared.kernel.clock import civil_date
from shared.kernel.errors import DomainError

EVERY = timedelta(minutes=1)
LOOK_SECONDS = 1.0
_MOMENT = timedelta(milliseconds=1)
_log = structlog.get_logger(__name__)


def present_gaps(connection: Connection, now: datetime) -> list[PostGap]:
    """Posts that lack somebody at this instant."""
    rows = store.shifts_between(connection, now, now + _MOMENT)
    return gaps(map(watch_of, rows), required_at(connection, civil_date(now)), now, now + _MOMENT)


async def measure(deps: Deps, metrics: RosterMetrics) -> None:
    """Set the gauges."""
    now = deps.clock.now()
    short = await deps.database.read(lambda connection: present_gaps(connection, now))
    missing = {gap.post: gap.required - gap.present for gap in short}
    for post in DutyPost:
        metrics.missing.labels(post.value).set(missing.get(post, 0))


async def call_the_roll(deps: Deps, roll_calls: RollCalls) -> int:
    """Start what the plan asks for, and let limits pass; how many were due."""
    now = deps.clock.now()
    due = await deps.database.read(lambda c: due_roll_calls(c, now))
    # Each by itself: one that cannot go on must not hold the others.
    passed = [await deps.database.write(partial(roll_calls.let_pass, ident=one, now=now)) for one in due]
    if await deps.database.read(lambda c: planned_now(c, now)) is not None:
        passed.append(await deps.database.write(lambda c: roll_calls.start_planned(c, now)))
    return sum(passed)


def jobs(deps: Deps, metrics: RosterMetrics, roll_calls: RollCalls) -> list[Job]:
    """The jobs of the roster."""

    async def run() -> None:
        while True:
            await measure(deps, metrics)
            await asyncio.sleep(EVERY.total_seconds())

    async def roll_call() -> None:
        while True:
            try:
                await call_the_roll(deps, roll_calls)
            except DomainError:  # the store is away
                _log.warning("roll_call_waits", exc_info=True)
            await asyncio.sleep(LOOK_SECONDS)

    return [Job("measure", run), Job("roll_call", roll_call)]
