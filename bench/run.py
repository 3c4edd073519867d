"""What every row is given, and the few things that all of them do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.processes import line_of, module, running
from bench.wire import Target
from services.serving import free_port

_CLIENT_SECONDS = 300.0
_LATE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the benchmark.

    Args:
        folder: for everything durable; floors and product lie on the same disk.
        quick: seconds instead of minutes; the figures then say little.
        facts: how many the long past has; its own number if not given.
    """

    folder: Path
    quick: bool
    facts: int | None = None

    def of(self, full: int, quick: int) -> int:
        """The size of something, by the kind of run."""
        return quick if self.quick else full

    @property
    def rounds(self) -> int:
        """How often floor and product take turns."""
        return self.of(3, 1)

    async def load(self, target: Target, kind: str, **sizes: float) -> dict[str, Any]:
        """Post from a process of its own; its times in milliseconds."""
        spec = {"target": asdict(target), "kind": kind, **sizes}
        async with running(*module("bench.load", spec), log=self.folder / "load.log") as process:
            result: dict[str, Any] = await line_of(process, _CLIENT_SECONDS)
        if result["failed"]:
            raise RuntimeError(f"{result['failed']} of the requests were refused")
        return result

    @asynccontextmanager
    async def floor(self, name: str, **spec: object) -> AsyncIterator[Target]:
        """One of the serving floors; where it answers."""
        port = free_port("127.0.0.1")
        spec = {"folder": str(self.folder), "port": port, **spec}
        async with running(*module(f"bench.floors.{name}", spec), log=self.folder / f"{name}.log"):
            await _until_listening(port)
            yield Target("127.0.0.1", port, "/")

    @asynccontextmanager
    async def screens(
        self, target: Target, count: int, *, first: int = 0, transport: str = "sse"
    ) -> AsyncIterator["Wall"]:
        """That many screens in a process of their own."""
        spec = {"target": asdict(target), "transport": transport, "count": count, "first": first}
        async with running(*module("bench.screens", spec), log=self.folder / "screens.log") as process:
            await line_of(process)
            await asyncio.sleep(_LATE_SECONDS / 2)
            yield Wall(process)


@dataclass(frozen=True, slots=True)
class Wall:
    """Screens that watch."""

    process: asyncio.subprocess.Process

    async def result(self) -> dict[str, Any]:
        """What they saw; waits a moment for what is still under way."""
        await asyncio.sleep(_LATE_SECONDS)
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        await self.process.stdin.drain()
        result: dict[str, Any] = await line_of(self.process)
        return result


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
