"""All consumers of one service: connected in the background, watched, bound again after every interruption."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from faststream.nats import NatsBroker
from faststream.nats.prometheus import NatsPrometheusMiddleware
from faststream.nats.security import NatsNKey
from nats.aio.client import Client
from nats.errors import Error as NatsError
from prometheus_client import REGISTRY

from shared.contracts.subjects import fact_filter, retry_subject
from shared.kernel.errors import DomainError
from shared.kernel.precedence import Precedence
from shared.messaging.binding import Binding
from shared.messaging.connection import Connection, Credentials, shut
from shared.messaging.delivery import Delivery, Patience
from shared.messaging.ending import at_most, end
from shared.messaging.names import ALL, DLQ
from shared.messaging.subscriptions import Subscription

log = structlog.get_logger(__name__)

_WATCH_SECONDS = 5.0
_AGAIN_SECONDS = 0.5
_SEND_SECONDS = 5.0
"""For the last acknowledgements: what was in hand is finished before."""
_FAILURES = (NatsError, OSError, TimeoutError, DomainError)


@dataclass(frozen=True)
class ConsumerState:
    """What the status page shows of a consumer."""

    consumer: str
    bound: bool
    handled: int
    dead: int
    retrying: int
    last_error: str | None


class Consumers:
    """The subscriptions of one service.

    Args:
        service: whose they are; label of the metrics.
        credentials: for the connection that FastStream makes.
        connection: the service's other connection, for dead letters and for looking after the durables.
        subscriptions: whose consumer names begin with the service.
        patience: of the handlers.
        aggregate: name of the stream with the facts.
        precedence: of the commands in this process, to which handlers give way.
    """

    def __init__(
        self,
        service: str,
        credentials: Credentials,
        connection: Connection,
        subscriptions: Sequence[Subscription],
        patience: Patience | None = None,
        *,
        aggregate: str = ALL,
        precedence: Precedence | None = None,
    ) -> None:
        self.service = service
        self._precedence = precedence or Precedence()
        self._aggregate = aggregate
        self._credentials = credentials
        self._connection = connection
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()
        self._deliveries = {each.consumer: Delivery(each, connection, patience or Patience()) for each in subscriptions}
        self._bindings = [binding for each in subscriptions for binding in self._pair(each)]
        self._leaving = False
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None

    def _pair(self, subscription: Subscription) -> tuple[Binding, Binding]:
        """The facts, and what a person sent back from the dead letters."""
        name = subscription.consumer
        facts = [fact_filter(kind) for kind in subscription.kinds]
        return self._binding(self._aggregate, name, facts), self._binding(DLQ, name, [retry_subject(name)])

    def _binding(self, stream: str, consumer: str, filters: list[str]) -> Binding:
        return Binding(
            stream,
            consumer,
            filters,
            delivery=self._deliveries[consumer],
            connection=self._connection,
            on_stale=self._changed.set,
            precedence=self._precedence,
        )

    def start(self) -> None:
        """Begin; returns at once, the broker may be away."""
        if self._bindings:
            self._task = asyncio.create_task(self._run(), name=f"consumers-{self.service}")

    async def stop(self, patience: float = 10.0) -> None:
        """Fetch no more, finish what is in hand, at most `patience` seconds."""
        for delivery in self._deliveries.values():
            delivery.halt()
        if self._task is None:
            return
        self._task.cancel()
        done, _ = await asyncio.wait((self._task,), timeout=_AGAIN_SECONDS)
        if not done and self._leaving:
            await asyncio.wait((self._task,), timeout=patience)
        await end(self._task)
        await self._shut()

    @property
    def states(self) -> list[ConsumerState]:
        """One entry per subscription."""
        return [
            ConsumerState(name, self._is_bound(name), state.handled, state.dead, state.retrying, state.last_error)
            for name, state in ((name, delivery.state) for name, delivery in self._deliveries.items())
        ]

    def _is_bound(self, consumer: str) -> bool:
        return all(binding.bound for binding in self._bindings if binding.consumer == consumer)

    async def _run(self) -> None:
        while True:
            self._closed.clear()
            self._leaving = False
            broker = self._broker()
            try:
                self._client = await broker.connect()
                await self._serve(broker)
            except _FAILURES as error:
                log.warning("consumers_failed", service=self.service, error=str(error))
            finally:
                await self._leave(broker)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _serve(self, broker: NatsBroker) -> None:
        """Keep every binding bound until the library gives the connection up."""
        while not self._closed.is_set():
            await self._connection.wait()
            self._changed.clear()
            for binding in self._bindings:
                await self._keep(binding, broker)
            calm = all(binding.bound for binding in self._bindings)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_SECONDS if calm else _AGAIN_SECONDS):
                    await self._changed.wait()

    async def _keep(self, binding: Binding, broker: NatsBroker) -> None:
        try:
            await binding.check()
            if binding.stale:
                await binding.bind(broker)
        except _FAILURES as error:
            log.warning("consumer_not_bound", consumer=binding.consumer, stream=binding.stream, error=str(error))

    async def _leave(self, broker: NatsBroker) -> None:
        self._leaving = True
        for binding in self._bindings:
            with contextlib.suppress(*_FAILURES):
                await binding.unbind()
        await at_most(_SEND_SECONDS, broker.stop())
        await self._shut()

    async def _shut(self) -> None:
        """FastStream leaves a client that searches for the broker to itself."""
        if self._client is not None:
            await shut(self._client)
            self._client = None

    def _broker(self) -> NatsBroker:
        options = self._credentials.options()
        seed = options.pop("nkeys_seed_str")
        return NatsBroker(
            **options,
            security=NatsNKey.from_seed(seed) if seed else None,
            error_cb=self._on_error,
            disconnected_cb=self._on_down,
            reconnected_cb=self._on_up,
            closed_cb=self._on_closed,
            # Bounded labels: a subject of ours has six tokens and no id among them.
            middlewares=(NatsPrometheusMiddleware(registry=REGISTRY, app_name=self.service),),
            apply_types=False,
            graceful_timeout=10.0,
            logger=logging.getLogger("shared.messaging.faststream"),
            log_level=logging.DEBUG,
        )

    async def _on_down(self) -> None:
        # Before the library subscribes again by itself: what then arrives could be newer than what was swallowed.
        for binding in self._bindings:
            binding.mark_stale()

    async def _on_up(self) -> None:
        self._changed.set()

    async def _on_closed(self) -> None:
        self._closed.set()
        await self._on_down()

    async def _on_error(self, error: Exception) -> None:
        if "slow consumer" in str(error).lower():
            await self._on_down()
