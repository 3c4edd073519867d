"""Following the aggregate stream from a position of one's own: fast through history, then live, never a gap.

The broker republishes every stored message with its sequence; what was missed is fetched by sequence. So a follower
leaves nothing behind on the broker, and any number of them may follow.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import takewhile

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.contracts.envelope import Envelope, decode
from shared.kernel.errors import Conflict, DomainError, Malformed
from shared.messaging.connection import Connection
from shared.messaging.genuine import is_forged
from shared.messaging.js_api import call
from shared.messaging.names import ALL, republished
from shared.messaging.reading import Stored, StreamReader, reading

log = structlog.get_logger(__name__)

Followed = tuple[int, Envelope | None, bytes]
"""Sequence, envelope (nothing if unreadable or not asked for), original bytes."""

_BATCH = 1000
_LIVE_BUFFER = 4096
_TICK_SECONDS = 1.0
_AGAIN_SECONDS = 0.2


class EpochChanged(Conflict):
    """The stream is another one than before (restored, made anew): remembered sequences mean nothing in it."""


async def stream_epoch(connection: Connection, stream: str = ALL) -> str:
    """The identity of the stream; it never changes while sequences keep their meaning."""
    epoch, _ = await _epoch_and_last(await connection.wait(), stream)
    return epoch


class Follower:
    """Hands every message of the stream to `on_batch`, in order, each once.

    Args:
        connection: of a user that may follow.
        on_batch: gets one or more messages; they count as seen when it returns.
        after_seq: where to begin; 0 is the beginning.
        epoch: of the stream in which `after_seq` was remembered; any if not given.
        decoded: give envelopes too; whoever reads the bytes itself need not pay for them.
    """

    def __init__(
        self,
        connection: Connection,
        on_batch: Callable[[list[Followed]], Awaitable[None]],
        *,
        after_seq: int = 0,
        epoch: str | None = None,
        stream: str = ALL,
        decoded: bool = True,
    ) -> None:
        self._connection = connection
        self._on_batch = on_batch
        self._decoded = decoded
        self._stream = stream
        self._live: deque[Stored] = deque(maxlen=_LIVE_BUFFER)
        self._wake = asyncio.Event()
        self.position = after_seq
        self.last_seq = after_seq
        self.epoch = epoch
        connection.on_up(self._interrupted)

    @property
    def lag(self) -> int:
        """How many stored messages have not been seen, as far as is known."""
        return max(self.last_seq - self.position, 0)

    async def run(self) -> None:
        """Follow for ever.

        Raises:
            EpochChanged: `picture.epoch_changed`; begin again from nothing.
        """
        while True:
            client = await self._connection.wait()
            try:
                async with reading(client, self._stream) as reader, self._listening(client):
                    await self._follow(client, reader)
            except EpochChanged:
                raise
            except (DomainError, NatsError, OSError, TimeoutError) as error:
                log.warning("follow_interrupted", stream=self._stream, error=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _follow(self, client: Client, reader: StreamReader) -> None:
        while not client.is_closed:
            await self._compare(client)
            while self.position < self.last_seq:
                found = await self._connection.during(reader.after(self.position, _BATCH))
                await self._hand_over(found)
                if not found:
                    break
            await self._stay_live()

    async def _stay_live(self) -> None:
        """Until a message is missing, or nothing was heard for a while, which may mean the same."""
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._wake.wait()
                self._wake.clear()
                fresh = [item for item in self._drain() if item.seq > self.position]
                together = takewhile(lambda pair: pair[1].seq == pair[0], enumerate(fresh, self.position + 1))
                contiguous = [item for _, item in together]
                await self._hand_over(contiguous)
                if not fresh or len(contiguous) < len(fresh):
                    return

    def _drain(self) -> list[Stored]:
        taken = list(self._live)
        self._live.clear()
        return taken

    async def _hand_over(self, items: Iterable[Stored]) -> None:
        batch: list[Followed] = []
        for seq, subject, found, _ in items:
            # What does not say itself what its subject says was not made by the site it names: shown as unreadable.
            body = b"" if is_forged(subject, found) else found
            batch.append((seq, _readable(body) if self._decoded else None, body))
        if batch:
            await self._on_batch(batch)
            self.position = batch[-1][0]
            self.last_seq = max(self.last_seq, self.position)

    async def _compare(self, client: Client) -> None:
        epoch, last = await _epoch_and_last(client, self._stream)
        if self.epoch not in (None, epoch) or last < self.position:
            raise EpochChanged("picture.epoch_changed", epoch=epoch)
        self.epoch = epoch
        self.last_seq = last

    @asynccontextmanager
    async def _listening(self, client: Client) -> AsyncIterator[None]:
        subscription = await client.subscribe(f"{republished(self._stream)}.evt.>", cb=self._receive)
        try:
            yield
        finally:
            with contextlib.suppress(NatsError, OSError):
                await subscription.unsubscribe()

    async def _receive(self, message: Msg) -> None:
        headers = message.headers or {}
        if headers.get("Nats-Stream") == self._stream:
            self._live.append(Stored(int(headers["Nats-Sequence"]), headers.get("Nats-Subject", ""), message.data))
            self._wake.set()

    async def _interrupted(self) -> None:
        self._wake.set()


async def follow(
    connection: Connection,
    on_batch: Callable[[list[Followed]], Awaitable[None]],
    *,
    after_seq: int = 0,
    stream: str = ALL,
) -> None:
    """Follow for ever; see `Follower`, which also tells position and lag."""
    await Follower(connection, on_batch, after_seq=after_seq, stream=stream).run()


def _readable(body: bytes) -> Envelope | None:
    try:
        return decode(body)
    except Malformed:
        return None


async def _epoch_and_last(client: Client, stream: str) -> tuple[str, int]:
    info = await call(client, f"STREAM.INFO.{stream}")
    return str(info["config"].get("metadata", {}).get("epoch", "")), int(info["state"]["last_seq"])
