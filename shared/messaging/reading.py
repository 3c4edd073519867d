"""Stored messages by sequence, in batches, without a consumer on the broker (batched direct get)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.kernel.errors import Unavailable

_ANSWER_SECONDS = 10.0


class Stored(NamedTuple):
    """One message as it lies in a stream; `source` is what the broker noted of its way there."""

    seq: int
    subject: str
    body: bytes
    source: str = ""


class StreamReader:
    """Reads one stream; one request at a time. Made by `reading`."""

    def __init__(self, client: Client, stream: str) -> None:
        self._client = client
        self._stream = stream
        self._inbox = client.new_inbox()
        self._request = 0
        self._messages: list[Stored] = []
        self._done = asyncio.Event()

    @property
    def inbox(self) -> str:
        """Where the answers arrive."""
        return f"{self._inbox}.*"

    async def receive(self, message: Msg) -> None:
        """Take one part of the answer."""
        if not message.subject.endswith(f".{self._request}"):
            return
        headers = message.headers or {}
        if "Nats-Sequence" in headers:
            source = headers.get("Nats-Stream-Source", "")
            stored = Stored(int(headers["Nats-Sequence"]), headers.get("Nats-Subject", ""), message.data, source)
            self._messages.append(stored)
        else:
            self._done.set()

    async def after(self, seq: int, limit: int, subjects: str | None = None) -> list[Stored]:
        """Up to `limit` messages behind the sequence, in order; fewer mean that the end was reached or is near.

        Args:
            subjects: only those that match.
        """
        named = {"next_by_subj": subjects} if subjects else {}
        return await self._ask({"seq": seq + 1, "batch": limit, **named})

    async def latest(self, subjects: str) -> list[Stored]:
        """The last message of each matching subject."""
        return await self._ask({"multi_last": [subjects], "batch": 1000})

    async def _ask(self, query: dict[str, Any]) -> list[Stored]:
        self._request += 1
        self._messages = []
        self._done.clear()
        try:
            await self._client.publish(
                f"$JS.API.DIRECT.GET.{self._stream}", orjson.dumps(query), reply=f"{self._inbox}.{self._request}"
            )
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._done.wait()
        except (NatsError, OSError, TimeoutError) as error:
            raise Unavailable("broker.away", retry_after=1) from error
        return self._messages


@asynccontextmanager
async def reading(client: Client, stream: str) -> AsyncIterator[StreamReader]:
    """A reader that listens for its answers as long as the block lasts."""
    reader = StreamReader(client, stream)
    subscription = await client.subscribe(reader.inbox, cb=reader.receive)
    try:
        yield reader
    finally:
        with contextlib.suppress(NatsError, OSError):
            await subscription.unsubscribe()
