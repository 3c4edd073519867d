"""What notification does by itself: steps and late reports that are due, calls to be sent, old keys forgotten.

Everything due is read from the store, so that a restart or a kill at any moment loses no step and no call.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from services.notification.handlers.context import Notify
from services.notification.handlers.escalation import escalate
from services.notification.handlers.lateness import decide_late
from services.notification.pipeline.assembly import Sender, delivery_stages
from services.notification.store.due import Glance, glance
from shared.http.hosting import Job
from shared.kernel.errors import DomainError
from shared.storage.system import forget_before

_log = structlog.get_logger(__name__)
PAUSE_SECONDS = 0.05
LOOK_SECONDS = 0.5
"""A look costs one read; commits ring a bell besides, so that a new call is sent at once."""
NOTE_TIME = timedelta(seconds=5)
"""While anything waits, the time is noted this often, so that a clock set back is noticed within as much."""
HOUSEKEEPING_SECONDS = 3600.0
REMEMBERED = timedelta(days=30)
"""No browser and no broker repeats anything after that long."""
_Work = Callable[[Connection, Notify, str, datetime], bool]
"""Does what is due of the one with this id; whether there was anything to do."""


class Engine:
    """Does what is due, once, when told; the job tells it again and again."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        stages = delivery_stages(notify.deps, notify.channels, notify.limits, notify.metrics)
        self.sender = Sender(notify.deps, notify.limits, stages)

    async def look(self) -> None:
        """A tick that outlives a store that is away."""
        try:
            await self.tick()
        except DomainError:
            _log.warning("engine_waits", exc_info=True)
        # Its own commits ring the bell too: without a pause a call that fails would turn the loop hot.
        await asyncio.sleep(PAUSE_SECONDS)

    async def tick(self) -> int:
        """Enter the steps, decide the reports and start the calls that are due; how many. Does not wait for calls."""
        deps, now = self._notify.deps, self._notify.deps.clock.now()
        seen = await deps.database.read(lambda connection: glance(connection, now))
        self._notify.metrics.show(seen.counts, seen.oldest)
        if seen.seen_at is not None and self._must_note(seen, seen.seen_at, now):
            await deps.database.write(lambda connection: self._notify.take_time(connection, now))
        # Each by itself: one that cannot go on must not hold the others.
        steps = [self._do(escalate, one, now) for one in seen.due_steps]
        done = await asyncio.gather(*steps, *(self._do(decide_late, one, now) for one in seen.due_reports))
        started = await self.sender.start_due() if seen.has_due_sends or any(done) else 0
        return sum(done) + started

    async def _do(self, work: _Work, ident: str, now: datetime) -> bool:
        try:
            return await self._notify.deps.database.write(lambda c: work(c, self._notify, ident, now))
        except Exception:  # noqa: BLE001 — whatever it was, it stays due and is tried again
            _log.exception("due_work_failed", work=work.__name__, id=ident)
            return False

    def _must_note(self, seen: Glance, seen_at: datetime, now: datetime) -> bool:
        is_set_back = seen_at - now >= self._notify.limits.clock_tolerance.value
        return seen.waits and (is_set_back or now - seen_at >= NOTE_TIME)


def jobs(notify: Notify) -> list[Job]:
    """Each may be stopped at any time and goes on where it was."""
    bell = notify.deps.database.bell()

    async def engine() -> None:
        running = Engine(notify)
        try:
            while True:
                bell.clear()
                await running.look()
                await _ring_or_time(bell)
        finally:
            await running.sender.drop()

    async def keep_house() -> None:
        while True:
            await forget_old(notify)
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    return [Job("engine", engine), Job("housekeeping", keep_house)]


async def forget_old(notify: Notify) -> int:
    """Drop idempotency keys and inbox rows that nobody can repeat any more; returns how many."""
    moment = notify.deps.clock.now() - REMEMBERED
    return await notify.deps.database.write(lambda connection: forget_before(connection, moment))


async def _ring_or_time(bell: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await bell.wait()
    except TimeoutError:
        return
