"""One durable consumer bound to one handler through FastStream, and bound anew whenever order could be in doubt."""

import asyncio
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig

from shared.kernel.precedence import Precedence
from shared.messaging.connection import Connection
from shared.messaging.delivery import Delivery
from shared.messaging.gathering import Gathering
from shared.messaging.js_api import CONSUMER_NOT_FOUND, ApiError, call
from shared.messaging.metrics import CONSUMER_REBUILT
from shared.messaging.provision import MAX_ACK_PENDING, consumer_config, ensure_consumer

log = structlog.get_logger(__name__)
_WORK_SECONDS = 0.01
"""After its turn a handler works so long before it gives way again: the broker waits for answers not for ever."""


class Binding:
    """Delivery from one stream to one subscription.

    A push consumer delivers new messages at once, but those a broken connection swallowed only after the ack wait:
    later facts would overtake earlier ones. A new delivery subject makes the broker deliver everything unacknowledged
    first, in order. So after each interruption the old subscription is left and a new one made with a new subject.
    """

    def __init__(
        self,
        stream: str,
        consumer: str,
        filters: list[str],
        *,
        delivery: Delivery,
        connection: Connection,
        on_stale: Callable[[], None],
        precedence: Precedence,
    ) -> None:
        self.stream = stream
        self.consumer = consumer
        self.stale = True
        self._filters = filters
        self._delivery = delivery
        self._connection = connection
        self._on_stale = on_stale
        self._precedence = precedence
        self._gathering = Gathering(self._together, on_left=self.mark_stale, precedence=precedence)
        self._subscriber: Any = None
        self._subject = ""
        self._bound_before = False
        self._working_since = 0.0

    @property
    def bound(self) -> bool:
        """Whether messages arrive, as far as is known."""
        return self._subscriber is not None and not self.stale

    def mark_stale(self) -> None:
        """From now on ignore what arrives, until bound anew."""
        self.stale = True
        self._on_stale()

    async def check(self) -> None:
        """Ask the broker whether the durable is there and delivers here; the library says nothing when it vanishes."""
        if self.stale:
            return
        try:
            client = self._connection.client
            info = await self._connection.during(call(client, f"CONSUMER.INFO.{self.stream}.{self.consumer}"))
        except ApiError as error:
            if error.number != CONSUMER_NOT_FOUND:
                raise
            log.warning("consumer_vanished", stream=self.stream, consumer=self.consumer)
            self.stale = True
            return
        if info["config"].get("deliver_subject") != self._subject or not info.get("push_bound"):
            log.warning("consumer_unbound", stream=self.stream, consumer=self.consumer)
            self.stale = True

    async def bind(self, broker: NatsBroker) -> None:
        """Leave the old subscription, make or move the durable, subscribe."""
        await self.unbind()
        config = consumer_config(self.stream, self.consumer, self._filters)
        client = self._connection.client
        created = await self._connection.during(ensure_consumer(client, self.stream, config, rebind=True))
        if created and self._bound_before:
            CONSUMER_REBUILT.labels(self.consumer).inc()
        subscriber = self._subscribe(broker)
        self._delivery.resume()
        self._subject = config["deliver_subject"]
        self.stale = False
        self._subscriber = subscriber
        try:
            await subscriber.start()
        except BaseException:
            self.stale = True
            raise
        self._bound_before = True

    async def unbind(self) -> None:
        """Fetch no more; the message in hand is finished, those behind it come again."""
        self.stale = True
        if self._subscriber is not None:
            self._delivery.halt()
            subscriber, self._subscriber = self._subscriber, None
            await self._gathering.leave()
            await subscriber.stop()

    def _subscribe(self, broker: NatsBroker) -> Any:
        with warnings.catch_warnings():
            # FastStream warns that a durable push consumer serves one process; that is what keeps the order.
            warnings.simplefilter("ignore", RuntimeWarning)
            subscriber = broker.subscriber(
                durable=self.consumer,
                stream=JStream(self.stream, declare=False),
                config=ConsumerConfig(durable_name=self.consumer, filter_subjects=self._filters),
                ack_policy=AckPolicy.MANUAL,
                max_workers=1,
                pending_msgs_limit=4 * MAX_ACK_PENDING,
                no_reply=True,
                persistent=False,
                parser=_as_it_came,
                decoder=_whole_message,
                title=f"{self.consumer}:{self.stream}",
            )

        async def receive(message: NatsMessage) -> None:
            # A subscription that was left, or whose connection broke, may still hold messages: they come again.
            if self._subscriber is not subscriber or self.stale:
                return
            if await self._delivery.passed_by(message.raw_message):
                return
            if self._delivery.side_by_side:
                self._gathering.put(message.raw_message)
            else:
                await self._receive(message.raw_message, subscriber)

        subscriber(receive)
        return subscriber

    async def _receive(self, message: Msg, subscriber: object) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._working_since > _WORK_SECONDS:
            await self._precedence.turn()
            self._working_since = loop.time()
            if self._subscriber is not subscriber:
                return
        if not self.stale and not await self._in_time(self._delivery.handle(message)):
            self.mark_stale()

    async def _together(self, messages: list[Msg]) -> bool:
        return not self.stale and await self._in_time(self._delivery.handle_together(messages))

    async def _in_time(self, handling: Coroutine[Any, Any, bool]) -> bool:
        """Whether all was done, and so soon that the broker has not yet delivered those behind it twice."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        return await handling and loop.time() - began <= self._delivery.ack_wait / 2


async def _as_it_came(message: Msg) -> NatsMessage:
    # The library would match the subject and draw a random id for each message; the envelope has all that.
    return NatsMessage(raw_message=message, body=message.data, correlation_id="-", message_id="-")


async def _whole_message(message: NatsMessage) -> NatsMessage:
    return message
