"""Raw asyncio connections for clients, so that they cost little: keep-alive HTTP, server-sent events, WebSocket."""

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass

Chunk = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go.

    Args:
        path: of the request; posted to by load, read from by screens.
        token: for `Authorization`, none for a bare floor.
    """

    host: str
    port: int
    path: str
    token: str = ""

    def head(self, method: str, *lines: str) -> bytes:
        """The request's head up to its last own line."""
        own = [f"Authorization: Bearer {self.token}"] if self.token else []
        return "\r\n".join([f"{method} {self.path} HTTP/1.1", f"Host: {self.host}:{self.port}", *own, *lines]).encode()

    def post(self, body: bytes) -> bytes:
        """A whole POST."""
        head = self.head("POST", "Content-Type: application/json", f"Content-Length: {len(body)}")
        return head + b"\r\n\r\n" + body


class KeepAlive(asyncio.Protocol):
    """One HTTP/1.1 connection; one request at a time; answers must carry `Content-Length`."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    @classmethod
    async def open(cls, target: Target) -> "KeepAlive":
        _, protocol = await asyncio.get_running_loop().create_connection(cls, target.host, target.port)
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        head = bytes(self._received[:end]).lower()
        start = head.index(b"content-length:") + 15
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(self._received) >= end + 4 + length:
            body = bytes(self._received[end + 4 : end + 4 + length])
            self._received.clear()
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server hung up"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class EventStream(asyncio.Protocol):
    """A screen on server-sent events: hands on whatever bytes arrive."""

    def __init__(self, target: Target, on_bytes: Chunk) -> None:
        self._target = target
        self._on_bytes = on_bytes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._target.head("GET", "Accept: text/event-stream") + b"\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        self._on_bytes(data)


class NatsWebSocket(asyncio.Protocol):
    """A screen on nats-server's own WebSocket: subscribes to one subject, hands on the bytes inside the frames."""

    def __init__(self, target: Target, on_bytes: Chunk) -> None:
        self._target = target
        self._on_bytes = on_bytes
        self._received = bytearray()
        self._open = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = ("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}")
        transport.write(self._target.head("GET", *upgrade, "Sec-WebSocket-Version: 13") + b"\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._open:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            del self._received[: end + 4]
            self._open = True
            self._say(b'CONNECT {"verbose":false,"pedantic":false,"protocol":1}\r\nSUB fan 1\r\nPING\r\n')
        self._read_frames()

    def _say(self, payload: bytes) -> None:
        assert self._transport is not None
        # A client must mask its frames; a mask of zeros leaves the payload as it is.
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
        self._transport.write(b"\x82" + length + b"\0\0\0\0" + payload)

    def _read_frames(self) -> None:
        buffer = self._received
        while len(buffer) >= 2:
            length, start = buffer[1], 2
            if length == 126:
                length, start = int.from_bytes(buffer[2:4], "big"), 4
            elif length == 127:
                length, start = int.from_bytes(buffer[2:10], "big"), 10
            if len(buffer) < start + length:
                return
            payload = bytes(buffer[start : start + length])
            del buffer[: start + length]
            if payload.startswith(b"PING"):
                self._say(b"PONG\r\n")
            self._on_bytes(payload)
