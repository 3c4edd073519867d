"""What the roster does by itself: measure whether the posts are filled now."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import Connection

from services.duty_roster import store
from services.duty_roster.domain.duty import PostGap, gaps
from services.duty_roster.domain.policy import RosterPolicy
from services.duty_roster.metrics import RosterMetrics
from services.duty_roster.schemas import watch_of
from shared.http.hosting import Deps, Job

EVERY = timedelta(minutes=1)
_MOMENT = timedelta(milliseconds=1)


def present_gaps(connection: Connection, policy: RosterPolicy, now: datetime) -> list[PostGap]:
    """Posts that lack somebody at this instant."""
    rows = store.shifts_between(connection, now, now + _MOMENT)
    return gaps(map(watch_of, rows), policy.required, now, now + _MOMENT)


async def measure(deps: Deps, policy: RosterPolicy, metrics: RosterMetrics) -> None:
    """Set the gauges."""
    now = deps.clock.now()
    short = await deps.database.read(lambda connection: present_gaps(connection, policy, now))
    missing = {gap.post: gap.required - gap.present for gap in short}
    for post in policy.required:
        metrics.missing.labels(post.value).set(missing.get(post, 0))


def jobs(deps: Deps, policy: RosterPolicy, metrics: RosterMetrics) -> list[Job]:
    """The jobs of the roster."""

    async def run() -> None:
        while True:
            await measure(deps, policy, metrics)
            await asyncio.sleep(EVERY.total_seconds())

    return [Job("measure", run)]
