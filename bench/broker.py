"""A bare nats-server for the floors: everything synced at once, as the product's, and a WebSocket for browsers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import nats

from bench.processes import running
from services.serving import free_port
from shared.messaging.nats_process import find_binary

_CONFIG = """
listen: "127.0.0.1:{port}"
jetstream {{ store_dir: "{folder}", sync_interval: always }}
websocket {{ listen: "127.0.0.1:{websocket}", no_tls: true, compression: false }}
"""


@dataclass(frozen=True, slots=True)
class Broker:
    """A running server."""

    url: str
    websocket: int
    pid: int


@asynccontextmanager
async def broker(folder: Path) -> AsyncIterator[Broker]:
    """A server as long as the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 — nothing runs beside it yet
    port, websocket = free_port("127.0.0.1"), free_port("127.0.0.1")
    config = folder / "nats.conf"
    config.write_text(_CONFIG.format(port=port, websocket=websocket, folder=folder / "js"))
    async with running(str(find_binary()), "-c", str(config), log=folder / "nats.log") as process:
        url = f"nats://127.0.0.1:{port}"
        await _until_up(url)
        yield Broker(url, websocket, process.pid)


async def _until_up(url: str) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                client = await nats.connect(url, allow_reconnect=False, connect_timeout=1, error_cb=_not_yet)
            except (OSError, TimeoutError, nats.errors.Error):
                await asyncio.sleep(0.05)
            else:
                await client.close()
                return


async def _not_yet(_error: Exception) -> None:
    """A refused connection is expected until the server listens."""
