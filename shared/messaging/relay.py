"""The relay: a service's outbox, in order, into its site's stream; at least once there, exactly once by event id."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import Unavailable
from shared.messaging.connection import Connection
from shared.messaging.ending import end
from shared.messaging.js_api import BATCH_DUPLICATE, ApiError
from shared.messaging.metrics import OUTBOX_DEPTH, OUTBOX_OLDEST, RELAY_BLOCKED, RELAY_FAILURES, RELAY_PUBLISHED
from shared.messaging.publishing import Fact, RefusedForGood, check, publish_batch, publish_one

log = structlog.get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE, _BLOCKED_PAUSE = 0.1, 2.0, 30.0
_BATCH_BYTES = 4 * 1024 * 1024
_IDLE_SECONDS = 1.0
_QUIET_SECONDS, _SAVE_SECONDS = 0.05, 0.5
"""The cursor is saved when nothing came for so long, and at the latest after so long: it costs a commit of the same
store, which would make the next report wait. What a crash makes us send again, the broker knows by its id."""
_MEASURE_SECONDS = 2.0


class OutboxSource(Protocol):
    """The outbox of one service's store."""

    async def after(self, position: int, limit: int) -> Sequence[Fact]:
        """The next rows after the position, in order."""
        ...

    async def cursor(self) -> int:
        """The last position the broker has acknowledged."""
        ...

    async def advance(self, position: int) -> None:
        """Durably remember the position."""
        ...

    async def wait(self, timeout: float) -> None:
        """Until something was committed, or the timeout in seconds has passed."""
        ...

    async def backlog(self) -> tuple[int, datetime | None]:
        """How many facts wait, and when the oldest of them was recorded."""
        ...


@dataclass
class RelayState:
    """What the status page shows of a relay.

    Args:
        published: facts acknowledged since the start.
        idle: nothing waits.
        blocked: code of the refusal that stops the line, if any.
        last_error: code of the last failed attempt, until one succeeds.
    """

    published: int = 0
    idle: bool = False
    blocked: str | None = None
    last_error: str | None = None


class OutboxRelay:
    """Publishes rows in order, never skips one, and moves the cursor only behind the broker's answer.

    Args:
        service: label of the metrics.
        source: the outbox.
        connection: of a user that may publish `prefix`.
        prefix: of every subject, such as `evt.hub.intake.`.
        batch: rows in one atomic batch, at most 1,000 (the broker's limit).
    """

    def __init__(
        self,
        service: str,
        source: OutboxSource,
        connection: Connection,
        *,
        prefix: str,
        batch: int = 500,
        clock: Clock | None = None,
    ) -> None:
        self._service = service
        self._source = source
        self._connection = connection
        self._prefix = prefix
        self._batch = batch
        self._clock = clock or SystemClock()
        self._tasks: list[asyncio.Task[None]] = []
        self._idle = asyncio.Event()
        self.state = RelayState()

    def start(self) -> None:
        """Begin; returns at once."""
        self._tasks = [
            asyncio.create_task(self._run(), name=f"relay-{self._service}"),
            asyncio.create_task(self._measure(), name=f"relay-{self._service}-metrics"),
        ]

    async def flush(self, patience: float) -> bool:
        """Wait until nothing waits, at most `patience` seconds; whether that was reached."""
        self._idle.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._idle.wait()
        return self._idle.is_set()

    async def stop(self) -> None:
        """End at once; what was not acknowledged is sent again after the next start."""
        await end(*self._tasks)

    async def _run(self) -> None:
        while True:
            try:
                await self._drain(await self._source.cursor())
            except Exception as error:  # noqa: BLE001 — the store failed; the line waits for it
                self._failed("store", error)
                await asyncio.sleep(_LONGEST_PAUSE)

    async def _drain(self, position: int) -> None:
        """Publish for ever, starting behind the position; the next rows are read while the broker answers."""
        rows = await self._source.after(position, self._batch)
        saved, saved_at = position, time.monotonic()
        while True:
            if not rows and position == saved:
                self._mark_idle()
                rows = await self._next(position, _IDLE_SECONDS)
                saved_at = time.monotonic()
                continue
            self.state.idle = False
            if rows:
                position, rows = await self._pass_on(rows)
            if not rows:
                rows = await self._next(position, _QUIET_SECONDS)
            if not rows or time.monotonic() - saved_at > _SAVE_SECONDS:
                await self._source.advance(position)
                saved, saved_at = position, time.monotonic()

    async def _next(self, position: int, patience: float) -> Sequence[Fact]:
        await self._source.wait(patience)
        return await self._source.after(position, self._batch)

    async def _pass_on(self, rows: Sequence[Fact]) -> tuple[int, Sequence[Fact]]:
        """Deliver the rows; returns the position behind them and what was read meanwhile."""
        ahead = asyncio.create_task(self._read_ahead(rows))
        try:
            await self._deliver(rows)
            return rows[-1].position, await ahead
        finally:
            ahead.cancel()

    async def _read_ahead(self, rows: Sequence[Fact]) -> Sequence[Fact]:
        # With a short read nothing more was there a moment ago, so reading now would only miss what comes meanwhile.
        return await self._source.after(rows[-1].position, self._batch) if len(rows) == self._batch else ()

    def _mark_idle(self) -> None:
        self.state.idle = True
        self._idle.set()

    async def _deliver(self, rows: Sequence[Fact]) -> None:
        """Until the broker has acknowledged every row."""
        waiting, pause, together = deque(rows), _FIRST_PAUSE, True
        while waiting:
            client = await self._connection.wait()
            try:
                count = self._take(waiting, client.max_payload) if together else 1
                await self._send(waiting, count)
            except RefusedForGood as error:
                await self._block(error)
            except (ApiError, Unavailable) as error:
                duplicate = isinstance(error, ApiError) and error.number == BATCH_DUPLICATE
                self._failed("duplicate" if duplicate else error.code, error)
                together = False
                if not duplicate:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._succeeded(count)
                pause = _FIRST_PAUSE

    async def _send(self, waiting: deque[Fact], count: int) -> None:
        client = self._connection.client
        if count == 1:
            check(waiting[0], self._prefix, client.max_payload)
            await self._connection.during(publish_one(client, waiting[0]))
        else:
            facts = [waiting[place] for place in range(count)]
            await self._connection.during(publish_batch(client, facts))
        for _ in range(count):
            waiting.popleft()

    def _take(self, waiting: deque[Fact], max_payload: int) -> int:
        """How many go in one batch: up to the first faulty one and the size limit, at least one."""
        size = 0
        for place, fact in enumerate(waiting):
            size += len(fact.body)
            try:
                check(fact, self._prefix, max_payload)
            except RefusedForGood:
                return max(place, 1)
            if size > _BATCH_BYTES:
                return max(place, 1)
        return len(waiting)

    async def _block(self, error: RefusedForGood) -> None:
        """Stop the line: skipping a fact in silence would be worse than waiting for a person."""
        self.state.blocked = error.code
        RELAY_BLOCKED.labels(self._service).set(1)
        self._failed(error.code, error)
        log.error("relay_blocked", service=self._service, code=error.code, params=error.params)
        await asyncio.sleep(_BLOCKED_PAUSE)

    def _failed(self, reason: str, error: Exception) -> None:
        RELAY_FAILURES.labels(self._service, reason).inc()
        if self.state.last_error != reason:
            log.warning("relay_failed", service=self._service, reason=reason, error=str(error))
        self.state.last_error = reason

    def _succeeded(self, count: int) -> None:
        RELAY_PUBLISHED.labels(self._service).inc(count)
        self.state.published += count
        self.state.last_error = None
        if self.state.blocked:
            self.state.blocked = None
            RELAY_BLOCKED.labels(self._service).set(0)

    async def _measure(self) -> None:
        while True:
            with contextlib.suppress(Exception):
                depth, oldest = await self._source.backlog()
                OUTBOX_DEPTH.labels(self._service).set(depth)
                age = (self._clock.now() - oldest).total_seconds() if oldest else 0.0
                OUTBOX_OLDEST.labels(self._service).set(max(age, 0.0))
            await asyncio.sleep(_MEASURE_SECONDS)
