"""The product in three processes, as `docker compose --profile split` runs it, here without containers.

The desk (accounts and intake) answers; what its reports set off runs beside it, behind a broker of its own.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from bench.processes import running
from bench.product import Product, launched, log_in, until_ready
from bench.wire import Target
from services.serving import free_port
from services.settings import SERVICES
from shared.messaging.nats_process import find_binary

DESK = ("identity", "incident_intake")
_SETTLE_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Split:
    """A running site of two processes of ours and a broker.

    Args:
        desk: takes reports.
        rest: does what they set off, and draws the picture.
    """

    desk: Product
    rest: Product

    async def settle(self, seconds: float = 300.0) -> None:
        """Wait until every accepted fact is with the broker and the picture moves no more."""
        async with asyncio.timeout(seconds):
            before = -1
            while True:
                said = [await self.desk.status(), await self.rest.status()]
                waiting = sum(box["depth"] for each in said for box in each["outbox"])
                seq = int(said[1]["view"]["seq"])
                if all(each["broker"]["ready"] for each in said) and not waiting and seq == before:
                    return
                before = seq
                await asyncio.sleep(_SETTLE_PAUSE)


@asynccontextmanager
async def split(folder: Path) -> AsyncIterator[Split]:
    """A site on `folder` as long as the block lasts."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_broker(folder))
        desk = await stack.enter_async_context(_part(folder, "desk", DESK, {"YZT_NATS_URL": url}))
        port, pid = desk
        token = await log_in(port)
        around = {"YZT_NATS_URL": url, "YZT_IDENTITY_URL": f"http://127.0.0.1:{port}"}
        others = tuple(name for name in SERVICES if name not in DESK)
        rest_port, rest_pid = await stack.enter_async_context(_part(folder, "rest", others, around))
        target = Target("127.0.0.1", port, "/api/incidents", token)
        yield Split(Product(folder, target, pid, 0.0), Product(folder, replace(target, port=rest_port), rest_pid, 0.0))


@asynccontextmanager
async def _broker(folder: Path) -> AsyncIterator[str]:
    """The broker with the configuration that the product writes for it, but on a port that is free."""
    files, port = folder / "broker", free_port("127.0.0.1")
    arguments = ("provision", "--data", str(folder / "cli"), "--render-nats-config", str(files))
    async with running(
        sys.executable, "-m", "services", *arguments, "--store", str(folder / "js"), log=folder.with_suffix(".log")
    ) as writer:
        await writer.wait()
    config = orjson.loads((files / "nats.conf").read_bytes())
    config.pop("http", None)
    (files / "nats.conf").write_bytes(orjson.dumps({**config, "listen": f"127.0.0.1:{port}"}))
    async with running(str(find_binary()), "-c", str(files / "nats.conf"), log=folder.with_suffix(".log")):
        yield f"nats://127.0.0.1:{port}"


@asynccontextmanager
async def _part(
    folder: Path, name: str, services: tuple[str, ...], environment: dict[str, str]
) -> AsyncIterator[tuple[int, int]]:
    data = folder / name
    data.mkdir(parents=True)
    (data / "nats").symlink_to(folder / "broker")
    async with launched(data, *services, environment=environment) as (port, process):
        await until_ready(port, process.pid)
        yield port, process.pid
