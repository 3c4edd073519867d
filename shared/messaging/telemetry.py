"""Positions and readings: the latest of each thing counts, an older one is dropped rather than queued."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.contracts.subjects import TelemetrySubject, parse_telemetry, telemetry_subject
from shared.kernel.errors import DomainError, Malformed
from shared.messaging.connection import Connection
from shared.messaging.metrics import TELEMETRY_DROPPED
from shared.messaging.names import telemetry_stream
from shared.messaging.reading import reading

_AGAIN_SECONDS = 0.5

OnReading = Callable[[TelemetrySubject, bytes], Awaitable[None]]


class TelemetryPublisher:
    """Sends readings of one site, without waiting and without promise."""

    def __init__(self, site: str, connection: Connection) -> None:
        self._site = site
        self._connection = connection

    async def publish(self, kind: str, ident: str, reading: dict[str, object]) -> bool:
        """Send the latest reading of one thing; false if it was dropped because the broker is away.

        Raises:
            Malformed: `event.subject_invalid`, kind or id cannot be part of a subject.
        """
        subject = telemetry_subject(self._site, kind, ident)
        try:
            await self._connection.client.publish(subject, orjson.dumps(reading))
        except (DomainError, NatsError, OSError):
            TELEMETRY_DROPPED.labels(self._connection.user).inc()
            return False
        return True


async def follow_telemetry(connection: Connection, site: str, callback: OnReading) -> None:
    """Hand over the last known reading of each thing, then each new one, for ever.

    After an interruption the last known readings come again.
    """
    interrupted = asyncio.Event()

    async def on_up() -> None:
        interrupted.set()

    connection.on_up(on_up)
    while True:
        client = await connection.wait()
        interrupted.clear()
        try:
            await _follow(client, site, callback, interrupted)
        except (DomainError, NatsError, OSError):
            await asyncio.sleep(_AGAIN_SECONDS)


async def _follow(client: Client, site: str, callback: OnReading, interrupted: asyncio.Event) -> None:
    async def receive(message: Msg) -> None:
        await _tell(callback, message.subject, message.data)

    subscription = await client.subscribe("tel.>", cb=receive)
    try:
        async with reading(client, telemetry_stream(site)) as reader:
            for stored in await reader.latest("tel.>"):
                await _tell(callback, stored.subject, stored.body)
        await interrupted.wait()
    finally:
        with contextlib.suppress(NatsError, OSError):
            await subscription.unsubscribe()


async def _tell(callback: OnReading, subject: str, body: bytes) -> None:
    with contextlib.suppress(Malformed):
        await callback(parse_telemetry(subject), body)
