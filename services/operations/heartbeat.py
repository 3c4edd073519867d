"""The site says that it lives, as facts in its own log: that is how every other screen can see a cut."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from shared.contracts.envelope import decode
from shared.contracts.events.ops import SiteFact
from shared.http.hosting import Deps
from shared.kernel.limits import Limit
from shared.storage.system import OUTBOX, append_facts

HEARTBEAT_EVERY = Limit(
    timedelta(seconds=20),
    "chosen: a cut shows within a minute; 23 sites beat 100,000 times a day, which any disk holds",
)


async def beat(deps: Deps, fact: str, product_version: str) -> None:
    """Record `started`, `heartbeat` or `stopping`; it reaches the broker when there is one."""
    now = deps.clock.now()
    payload = SiteFact(site=deps.site, name=deps.site_name, product_version=product_version, beat_at=now)

    def work(connection: Connection) -> None:
        version = _next_version(connection, now)
        append_facts(connection, deps.draft(f"ops.site.{fact}.v1", deps.site, version, payload, now=now))

    await deps.database.write(work)


def _next_version(connection: Connection, now: datetime) -> int:
    """Larger than the last one here, and than those of a journal that was lost or restored: other sites know those.

    Seconds since 1970 serve for the latter; when the clock goes back, counting on serves for the former.
    """
    beats = select(OUTBOX.c.body).where(OUTBOX.c.subject.like("evt.%.ops.site.%"))
    last = connection.execute(beats.order_by(OUTBOX.c.position.desc()).limit(1)).scalar_one_or_none()
    known = decode(bytes(last)).aggregateversion if last is not None else 0
    return max(known + 1, int(now.timestamp()))


def heartbeat(
    deps: Deps, product_version: str, every: Limit[timedelta] = HEARTBEAT_EVERY
) -> Callable[[], Awaitable[None]]:
    """The job that beats until it is cancelled."""

    async def run() -> None:
        await beat(deps, "started", product_version)
        while True:
            await asyncio.sleep(every.value.total_seconds())
            await beat(deps, "heartbeat", product_version)

    return run
