"""One user's connection to the broker: made in the background, made again for ever, never in the way of a start."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.kernel.errors import Unavailable
from shared.messaging.access import inbox_prefix
from shared.messaging.ending import at_most, end
from shared.messaging.metrics import BROKER_CONNECTED

log = structlog.get_logger(__name__)

T = TypeVar("T")

_RECONNECT_SECONDS = 0.1
_BUFFER_BYTES = 8 * 1024 * 1024
_SHUT_SECONDS = 1.0


@dataclass(frozen=True)
class Credentials:
    """Who connects where.

    Args:
        url: of the broker; may hold a password when the broker is not ours.
        user: name, also the prefix of its inbox.
        seed: nkey seed; nothing when the URL says it all.
    """

    url: str
    user: str
    seed: str | None = None

    def options(self) -> dict[str, Any]:
        """Arguments for nats-py: reconnect for ever, own inbox, a jittered pause of about 0.1 s."""
        return {
            "servers": [self.url],
            "name": self.user,
            "nkeys_seed_str": self.seed,
            "inbox_prefix": inbox_prefix(self.user),
            "max_reconnect_attempts": -1,
            "reconnect_time_wait": _RECONNECT_SECONDS * random.uniform(0.5, 1.5),  # noqa: S311 — spreads clients
            "ping_interval": 5,
            "max_outstanding_pings": 2,
            "connect_timeout": 2,
        }


class _QuickClient(Client):
    """The library's client, but reading headers in a quarter of the time; replaying history is mostly that."""

    @staticmethod
    def _parse_header_lines(raw: bytes) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in raw.decode("utf-8", "replace").split("\r\n"):
            name, colon, value = line.partition(":")
            name = name.strip()
            if colon and name.isascii() and " " not in name and "\t" not in name:
                found[name] = value.strip()
        return found


async def shut(client: Client) -> None:
    """Close a client whatever its state, at once and for certain; what is buffered is lost.

    One that searches for its broker goes on for ever unless this search itself is ended: the library refuses to drain
    it, and the one cancellation that it is given on closing, or by the end of the loop, may be swallowed.
    """
    await at_most(_SHUT_SECONDS, client.close())
    searching = getattr(client, "_reconnection_task", None)
    if searching is not None:
        await end(searching)


class Connection:
    """A connection that comes and goes; callers wait for it or are told that it is away.

    The library closes a client for good on some answers (such as a slow login while the broker recovers), therefore
    a closed client is replaced by a new one.

    Args:
        credentials: where, and as whom.
        usable: who waits for this connection waits for this too: a broker that answers may have no streams yet.
    """

    def __init__(self, credentials: Credentials, usable: asyncio.Event | None = None) -> None:
        self._credentials = credentials
        self._usable = usable
        self._client: Client | None = None
        self._up = asyncio.Event()
        self._closed = asyncio.Event()
        self._down = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[], Awaitable[None]]] = []
        self.last_error: str | None = None

    @property
    def user(self) -> str:
        """Who this is at the broker."""
        return self._credentials.user

    @property
    def is_up(self) -> bool:
        """Whether the broker answers now."""
        return self._client is not None and self._client.is_connected

    @property
    def client(self) -> Client:
        """The live client.

        Raises:
            Unavailable: `broker.away`.
        """
        if self._client is None or not self._client.is_connected:
            raise Unavailable("broker.away", retry_after=1)
        return self._client

    def on_up(self, listener: Callable[[], Awaitable[None]]) -> None:
        """Call this whenever the connection comes up, the first time and after each interruption."""
        self._listeners.append(listener)

    async def wait(self) -> Client:
        """The live client, as soon as there is one and it is of use."""
        while True:
            await self._up.wait()
            if self._usable is not None:
                await self._usable.wait()
            if self.is_up:
                return self.client
            self._up.clear()

    async def during(self, exchange: Coroutine[Any, Any, T]) -> T:
        """The result of an exchange with the broker; an answer is not waited for when the connection has broken.

        Raises:
            Unavailable: `broker.away`.
        """
        working, lost = asyncio.create_task(exchange), asyncio.create_task(self._down.wait())
        try:
            await asyncio.wait((working, lost), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Unavailable("broker.away", retry_after=1)
            return working.result()
        finally:
            lost.cancel()
            working.cancel()

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._task = asyncio.create_task(self._keep(), name=f"broker-{self.user}")

    async def stop(self, patience: float = 5.0) -> None:
        """Send what is buffered, at most `patience` seconds, and close."""
        if self._task:
            await end(self._task)
        if self._client is None:
            return
        if self._client.is_connected:
            await at_most(patience, self._client.drain())
        await shut(self._client)

    async def _keep(self) -> None:
        while True:
            self._closed.clear()
            try:
                client = _QuickClient()
                await client.connect(
                    **self._credentials.options(),
                    pending_size=_BUFFER_BYTES,
                    skip_subject_validation=True,
                    error_cb=self._on_error,
                    reconnected_cb=self._on_up,
                    disconnected_cb=self._on_down,
                    closed_cb=self._on_closed,
                )
                self._client = client
                await self._on_up()
                await self._closed.wait()
            except (NatsError, OSError, TimeoutError) as error:
                await self._on_error(error)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _on_up(self) -> None:
        BROKER_CONNECTED.labels(self.user).set(1)
        self.last_error = None
        self._down.clear()
        self._up.set()
        for listener in self._listeners:
            await listener()

    async def _on_down(self) -> None:
        BROKER_CONNECTED.labels(self.user).set(0)
        self._up.clear()
        self._down.set()

    async def _on_closed(self) -> None:
        await self._on_down()
        self._closed.set()

    async def _on_error(self, error: Exception) -> None:
        text = str(error) or type(error).__name__
        if text != self.last_error:
            log.warning("broker_error", user=self.user, error=text)
        self.last_error = text
