"""The product as its users run it: `yizhangtu up` on a folder of its own, with its own broker."""

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from bench.processes import cpu_seconds, module, rss_bytes, running
from bench.wire import Target
from services.serving import free_port

_PASSWORD = "Bench-2026-Daxing"
_START_SECONDS = 120.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Product:
    """A running site.

    Args:
        target: `POST /api/incidents` with the administrator's token.
        seconds_to_ready: from the start of the process to the first `/readyz` with 200.
    """

    folder: Path
    target: Target
    pid: int
    seconds_to_ready: float

    @property
    def stream(self) -> Target:
        """The picture's stream."""
        return replace(self.target, path="/api/picture/stream")

    @property
    def broker_pid(self) -> int:
        """The broker that the site has started."""
        return int((self.folder / "nats" / "pid").read_text())

    def cpu_seconds(self) -> float:
        """Of site and broker together."""
        return cpu_seconds(self.pid) + cpu_seconds(self.broker_pid)

    def rss_bytes(self) -> int:
        """Of site and broker together."""
        return rss_bytes(self.pid) + rss_bytes(self.broker_pid)

    async def status(self) -> dict[str, Any]:
        """`GET /api/status`."""
        headers = {"Authorization": f"Bearer {self.target.token}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers, timeout=30) as client:
            answer = await client.get(f"http://{self.target.host}:{self.target.port}/api/status")
            answer.raise_for_status()
            status: dict[str, Any] = answer.json()
            return status

    async def seen(self) -> int:
        """Up to which sequence the picture has seen the facts."""
        return int((await self.status())["view"]["seq"])

    async def settle(self, seconds: float = 120.0) -> None:
        """Wait until every accepted fact is with the broker and the picture moves no more."""
        async with asyncio.timeout(seconds):
            before = -1
            while True:
                status = await self.status()
                waiting = sum(each["depth"] for each in status["outbox"])
                seq = int(status["view"]["seq"])
                if status["broker"]["ready"] and not waiting and seq == before:
                    return
                before = seq
                await asyncio.sleep(0.5)


@asynccontextmanager
async def launched(
    folder: Path, *services: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[int, Process]]:
    """The same, as soon as the process exists: its port and itself."""
    port = free_port("127.0.0.1")
    hosted = [f"--service={name}" for name in services]
    arguments = (*module("services"), "up", "--data", str(folder), "--port", str(port), *hosted)
    variables = {"YZT_ADMIN_PASSWORD": _PASSWORD, **(environment or {})}
    async with running(*arguments, log=folder.with_suffix(".log"), env=variables) as process:
        yield port, process


@asynccontextmanager
async def product(folder: Path, *services: str) -> AsyncIterator[Product]:
    """A site on `folder`, ready and logged in; on the same folder it is the same site again.

    Args:
        services: what it hosts; everything if none is named.
    """
    started = time.perf_counter()
    async with launched(folder, *services) as (port, process):
        await until_ready(port, process.pid)
        ready = time.perf_counter() - started
        target = Target("127.0.0.1", port, "/api/incidents", await log_in(port))
        yield Product(folder, target, process.pid, ready)


async def until_ready(port: int, pid: int) -> None:
    """Wait for `/readyz` of a process."""
    async with asyncio.timeout(_START_SECONDS), httpx.AsyncClient(trust_env=False) as client:
        while True:
            cpu_seconds(pid)  # fails at once if it has ended
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(_POLL_SECONDS)


async def log_in(port: int) -> str:
    """The administrator's token."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        body = {"username": "admin", "password": _PASSWORD}
        answer = await client.post(f"http://127.0.0.1:{port}/api/session", json=body)
        answer.raise_for_status()
        return str(answer.json()["token"])
