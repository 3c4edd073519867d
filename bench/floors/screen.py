"""The floor under "accepted → on another screen": one bare process that commits, publishes, is pushed, and tells.

SQLite commit, JetStream publish that waits for its acknowledgement, push consumer, server-sent events; no validation,
no sessions, no fold. `python -m bench.floors.screen '{"folder": …, "port": …, "nats": …}'` serves until terminated.
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import nats
import orjson
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from bench.floors.store import commit_one, open_store

_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


class Floor:
    """Screens and the way of one report to them."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self._store = open_store(Path(spec["folder"]) / "screen.db")
        self._screens: set[asyncio.StreamWriter] = set()

    async def serve(self) -> None:
        client = await nats.connect(self._spec["nats"])
        self._stream = client.jetstream()
        await self._stream.add_stream(name="floor", subjects=["floor"])
        config = ConsumerConfig(ack_policy=AckPolicy.NONE)
        await self._stream.subscribe("floor", cb=self._told, config=config)
        server = await asyncio.start_server(self._talk, "127.0.0.1", self._spec["port"])
        stopping = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
        async with server:
            await stopping.wait()
        await client.close()

    async def _told(self, message: Msg) -> None:
        for screen in self._screens:
            screen.write(b"data: %s\n\n" % message.data)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"GET"):
                    writer.write(_STREAM_HEAD)
                    self._screens.add(writer)
                    continue
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = orjson.dumps(orjson.loads(await reader.readexactly(length)))
                commit_one(self._store, body)
                await self._stream.publish("floor", body)
                writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
        except (asyncio.IncompleteReadError, ConnectionError):
            self._screens.discard(writer)
            writer.close()


if __name__ == "__main__":
    asyncio.run(Floor(orjson.loads(sys.argv[1])).serve())
