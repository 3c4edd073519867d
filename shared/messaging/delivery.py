"""One message at a consumer: understood, tried in place until it works or put where a person sees it, acknowledged."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.contracts.envelope import Envelope, decode
from shared.contracts.subjects import dead_letter_subject
from shared.kernel.errors import DomainError, Malformed, Unavailable
from shared.messaging.connection import Connection
from shared.messaging.js_api import store
from shared.messaging.metrics import CONSUMER_DEAD, CONSUMER_RETRIES, CONSUMER_SECONDS
from shared.messaging.names import DLQ
from shared.messaging.subscriptions import Recoverable, Subscription

log = structlog.get_logger(__name__)

_SENT_BACK = "retry."


@dataclass(frozen=True)
class Patience:
    """How long a handler is asked again.

    Args:
        attempts: for an ordinary exception, before the message becomes a dead letter; for ever if recoverable.
        first_pause: seconds before the second attempt, doubled each time.
        longest_pause: seconds.
        ack_wait: seconds after which the broker would deliver again; it is told of progress thrice as often.
    """

    attempts: int = 5
    first_pause: float = 0.1
    longest_pause: float = 5.0
    ack_wait: float = 30.0

    def pause(self, attempt: int) -> float:
        """Seconds to wait after this failed attempt (1, 2, …)."""
        return min(self.first_pause * 2.0 ** min(attempt - 1, 16), self.longest_pause)


@dataclass
class DeliveryState:
    """What the status page shows of a consumer."""

    handled: int = 0
    dead: int = 0
    retrying: int = 0
    last_error: str | None = None


class Delivery:
    """Brings messages to one subscription's handler and acknowledges behind the effect.

    Never two at once, or never two of the same aggregate where the subscription allows that. Retrying happens in
    place, so that a later fact of the same aggregate never overtakes an earlier one.
    """

    def __init__(self, subscription: Subscription, connection: Connection, patience: Patience) -> None:
        self._subscription = subscription
        self._connection = connection
        self._patience = patience
        self._lines = _Lines(by_aggregate=subscription.side_by_side)
        self._halted = asyncio.Event()
        self._seconds = CONSUMER_SECONDS.labels(subscription.consumer)
        self.ack_wait = patience.ack_wait
        self.state = DeliveryState()

    def halt(self) -> None:
        """Stop retrying; what is not done stays unacknowledged and comes again."""
        self._halted.set()

    def resume(self) -> None:
        """Retry again."""
        self._halted.clear()

    @property
    def side_by_side(self) -> bool:
        """Whether messages of different aggregates may be dealt with together."""
        return self._subscription.side_by_side

    async def passed_by(self, message: Msg) -> bool:
        """Whether the message was none of the handler's, and so is done with; not asked of what a person sent back."""
        hears = self._subscription.hears
        if hears is None or hears(message.subject) or message.subject.startswith(_SENT_BACK):
            return False
        await _acknowledged(message)
        return True

    async def handle_together(self, messages: Sequence[Msg]) -> bool:
        """Deal with all of them, those of one aggregate in order; false if anything was left for later."""
        lines: dict[str, list[tuple[Msg, Envelope | Malformed]]] = {}
        for message in messages:
            content = _understood(message)
            line = content.subject if isinstance(content, Envelope) else ""
            lines.setdefault(line, []).append((message, content))
        done = await asyncio.gather(*(self._handle_in_order(line) for line in lines.values()))
        return all(done)

    async def _handle_in_order(self, line: Sequence[tuple[Msg, Envelope | Malformed]]) -> bool:
        for message, content in line:
            if not await self._handle(message, content):
                return False
        return True

    async def handle(self, message: Msg) -> bool:
        """Deal with one message and acknowledge it; false if it was left for later."""
        return await self._handle(message, _understood(message))

    async def _handle(self, message: Msg, content: Envelope | Malformed) -> bool:
        began = time.perf_counter()
        progress = _Progress(message, self._patience.ack_wait / 3)
        try:
            done = await self._deal_with(message, content)
        finally:
            progress.end()
            self._seconds.observe(time.perf_counter() - began)
        return done and await _acknowledged(message)

    async def _deal_with(self, message: Msg, content: Envelope | Malformed) -> bool:
        if isinstance(content, Malformed):
            return await self._bury(message, 0, content.code)
        attempt = failures = 0
        while not self._halted.is_set():
            attempt += 1
            fault = await self._attempt(content)
            if fault is None:
                return True
            failures += not isinstance(fault, Recoverable | Unavailable)
            if failures >= self._patience.attempts:
                return await self._bury(message, failures, _code(fault))
            await self._rest(attempt)
        return False

    async def _attempt(self, envelope: Envelope) -> Exception | None:
        try:
            async with self._lines.turn_of(envelope):
                await self._subscription.handler(envelope)
        except Exception as error:  # whatever a handler raises, the message must not be lost
            consumer = self._subscription.consumer
            CONSUMER_RETRIES.labels(consumer).inc()
            self.state.retrying += 1
            self.state.last_error = _code(error)
            log.warning("handler_failed", consumer=consumer, event_id=envelope.id, kind=envelope.kind, exc_info=error)
            return error
        self.state.handled += 1
        self.state.retrying = 0
        self.state.last_error = None
        return None

    async def _bury(self, message: Msg, attempts: int, code: str) -> bool:
        """Store the original bytes among the dead letters; as long as that fails, the message is not done."""
        consumer = self._subscription.consumer
        headers = dead_letter_headers(message, consumer, attempts, code)
        attempt = 0
        while not self._halted.is_set():
            attempt += 1
            try:
                client = self._connection.client
                await store(client, DLQ, dead_letter_subject(consumer), message.data, headers)
            except DomainError as error:
                self.state.last_error = error.code
                log.warning("dead_letter_not_stored", consumer=consumer, error=str(error))
                await self._rest(attempt)
            else:
                CONSUMER_DEAD.labels(consumer, code).inc()
                self.state.dead += 1
                self.state.retrying = 0
                log.error("dead_letter", consumer=consumer, code=code, attempts=attempts, subject=message.subject)
                return True
        return False

    async def _rest(self, attempt: int) -> None:
        try:
            async with asyncio.timeout(self._patience.pause(attempt)):
                await self._halted.wait()
        except TimeoutError:
            return


class _Lines:
    """Who must wait for whom; facts and what was sent back from the dead letters stand in the same lines."""

    def __init__(self, *, by_aggregate: bool) -> None:
        self._by_aggregate = by_aggregate
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn_of(self, envelope: Envelope) -> asyncio.Lock:
        """Held while a handler has this fact; kept as long as anybody holds it or waits for it."""
        line = envelope.subject if self._by_aggregate else ""
        lock = self._locks.get(line)
        if lock is None:
            lock = self._locks[line] = asyncio.Lock()
        return lock


class _Progress:
    """Tells the broker at intervals that the message is still being worked on."""

    def __init__(self, message: Msg, period: float) -> None:
        self._message = message
        self._period = period
        self._telling: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(period, self._tell)

    def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        self._telling = loop.create_task(self._message.in_progress())
        self._timer = loop.call_later(self._period, self._tell)

    def end(self) -> None:
        self._timer.cancel()


def dead_letter_headers(message: Msg, consumer: str, attempts: int, code: str) -> dict[str, str]:
    """Where it came from and why it is here; codes only, an exception's text could hold personal data."""
    before = message.headers or {}
    sequence = message.metadata.sequence.stream
    return {
        "Nats-Msg-Id": f"{consumer}.{message.metadata.stream}.{sequence}",
        "Yzt-Consumer": consumer,
        "Yzt-Attempts": str(attempts + int(before.get("Yzt-Attempts", "0"))),
        "Yzt-Error": code,
        "Yzt-Stream-Seq": before.get("Yzt-Stream-Seq", str(sequence)),
        "Yzt-Subject": before.get("Yzt-Subject", message.subject),
        "Yzt-Retries": before.get("Yzt-Retries", "0"),
    }


async def _acknowledged(message: Msg) -> bool:
    try:
        await message.ack()
    except (NatsError, OSError):
        return False  # it comes again; its effect is known by its id
    return True


def _understood(message: Msg) -> Envelope | Malformed:
    try:
        envelope = decode(message.data)
        _require_genuine(message, envelope)
    except Malformed as error:
        return error
    return envelope


def _require_genuine(message: Msg, envelope: Envelope) -> None:
    """The broker guards who may use a subject, nobody guards the body: both must name the same site and kind.

    Raises:
        Malformed: `event.forged`.
    """
    subject = (message.headers or {}).get("Yzt-Subject", message.subject)
    if envelope.type != subject:
        raise Malformed("event.forged", subject=subject[:200], type=envelope.type[:200])


def _code(error: Exception) -> str:
    return error.code if isinstance(error, DomainError) else f"handler.{type(error).__name__}"
