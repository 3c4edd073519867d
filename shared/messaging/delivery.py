"""One message at a consumer: understood, tried in place until it works or put where a person sees it, acknowledged."""

import asyncio
import time
from dataclasses import dataclass

import structlog
from nats.aio.msg import Msg

from shared.contracts.envelope import Envelope, decode
from shared.contracts.subjects import dead_letter_subject
from shared.kernel.errors import DomainError, Malformed, Unavailable
from shared.messaging.connection import Connection
from shared.messaging.js_api import store
from shared.messaging.metrics import CONSUMER_DEAD, CONSUMER_RETRIES, CONSUMER_SECONDS
from shared.messaging.names import DLQ
from shared.messaging.subscriptions import Recoverable, Subscription

log = structlog.get_logger(__name__)


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
    """Brings messages to one subscription's handler, never two at once, and acknowledges behind the effect.

    Retrying happens in place, so that a later fact of the same aggregate never overtakes an earlier one.
    """

    def __init__(self, subscription: Subscription, connection: Connection, patience: Patience) -> None:
        self._subscription = subscription
        self._connection = connection
        self._patience = patience
        self._one_at_a_time = asyncio.Lock()
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

    async def handle(self, message: Msg) -> bool:
        """Deal with one message and acknowledge it; false if it was left for later."""
        began = time.perf_counter()
        progress = _Progress(message, self._patience.ack_wait / 3)
        try:
            done = await self._deal_with(message)
        finally:
            progress.end()
            self._seconds.observe(time.perf_counter() - began)
        if done:
            await message.ack()
        return done

    async def _deal_with(self, message: Msg) -> bool:
        try:
            envelope = decode(message.data)
            _require_genuine(message, envelope)
        except Malformed as error:
            return await self._bury(message, 0, error.code)
        attempt = failures = 0
        while not self._halted.is_set():
            attempt += 1
            fault = await self._attempt(envelope)
            if fault is None:
                return True
            failures += not isinstance(fault, Recoverable | Unavailable)
            if failures >= self._patience.attempts:
                return await self._bury(message, failures, _code(fault))
            await self._rest(attempt)
        return False

    async def _attempt(self, envelope: Envelope) -> Exception | None:
        try:
            async with self._one_at_a_time:
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
