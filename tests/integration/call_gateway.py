"""A gateway for short messages as a bureau would run it: a small real HTTP server that keeps what it was sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        return dict(orjson.loads(self.body))

    @property
    def delivery(self) -> str:
        return self.headers["x-yizhangtu-delivery"]


@dataclass
class Gateway:
    """Answers 202 unless told otherwise.

    Args:
        answers: statuses of the next requests, one each; 0 closes the connection without an answer.
        hold: while cleared, requests are taken and not answered.
    """

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    location: str = "/elsewhere"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/calls"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.received.append(Received(first.split()[1], headers, body))
            await self.hold.wait()
            status = self.answers.pop(0) if self.answers else 202
            if status:
                more = f"Location: {self.location}\r\n" if 300 <= status < 400 else ""
                answer = f"HTTP/1.1 {status} X\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n"
                writer.write(answer.encode())
                await writer.drain()
        writer.close()

    async def wait_for(self, number: int) -> None:
        """Until so many requests have come."""
        async with asyncio.timeout(60):
            while len(self.received) < number:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def gateway() -> AsyncIterator[Gateway]:
    """A running gateway."""
    running = Gateway()
    running.hold.set()
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        running.hold.set()
        server.close()
