"""A node served over real sockets, and screens that listen to its picture."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from shared.contracts.events.base import Fact
from shared.kernel.ids import new_id
from shared.storage.system import append_facts
from tests.harness.hosting import Hosted, hosted
from tests.harness.ports import Ports
from tests.unit.picture_world import ClientFold, incident

SERVICES = ("incident_intake", "resource_dispatch", "operational_picture")


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for what must come; the limit only ends a broken test."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


class Screen:
    """A browser's stream, read byte by byte from a socket."""

    def __init__(self, port: int, token: str, cursor: str | None = None) -> None:
        self.fold = ClientFold()
        self.fold.cursor = cursor
        self.events: list[str] = []
        self.status = 0
        self.headers: dict[str, str] = {}
        self._port, self._token = port, token
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading = asyncio.Event()
        self._reading.set()

    async def open(self) -> Self:
        """Ask for the stream, with the cursor if there is one; the answer's head has arrived when this returns."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 26)
        cursor = f"Last-Event-ID: {self.fold.cursor}\r\n" if self.fold.cursor else ""
        head = f"GET /api/picture/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\n{cursor}\r\n"
        self._writer.write(head.encode())
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        self._task = asyncio.create_task(self._read(reader))
        return self

    @property
    def ended(self) -> bool:
        """Whether the server has ended the stream."""
        return self._task is not None and self._task.done()

    def stop_reading(self) -> None:
        """Let bytes pile up."""
        assert self._writer is not None
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]
        self._reading.clear()

    def read_on(self) -> None:
        assert self._writer is not None
        self._reading.set()
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]

    async def close(self) -> None:
        """Go away."""
        if self._task is not None:
            self._task.cancel()
        if self._writer is not None:
            self._writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        rest = b""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while size := int(await reader.readline() or b"0", 16):
                rest += (await reader.readexactly(size + 2))[:-2]
                await self._reading.wait()
                whole, _, rest = rest.rpartition(b"\n\n")
                self.events += [line[7:].decode() for line in whole.split(b"\n") if line.startswith(b"event: ")]
                self.fold.hear(whole)

    def features(self, kind: str) -> dict[str, dict[str, Any]]:
        """What it shows of a kind, by aggregate id."""
        return {f["properties"]["id"]: f for f in self.fold.features.values() if f["properties"]["kind"] == kind}


class PictureSite:
    """A running node on a port."""

    def __init__(self, node: Hosted, port: int) -> None:
        self.node = node
        self.port = port
        self._versions: dict[str, int] = {}
        self._screens: list[Screen] = []

    async def officer(self, *roles: str, **account: Any) -> httpx.AsyncClient:
        """A client; its token opens screens."""
        return await self.node.client(*(roles or ("duty_officer",)), **account)

    async def screen(self, client: httpx.AsyncClient, cursor: str | None = None) -> Screen:
        """A screen of that account."""
        token = client.headers["Authorization"].removeprefix("Bearer ")
        screen = await Screen(self.port, token, cursor).open()
        self._screens.append(screen)
        return screen

    async def report(self, ident: str, choice: int = 1, **changes: Any) -> None:
        """Record a fact about an incident, as intake does: in its outbox."""
        await self.report_all([(ident, choice)], **changes)

    async def report_all(self, whats: list[tuple[str, int]], **changes: Any) -> None:
        """Record facts in one transaction."""
        deps = self.node.deps("incident_intake")
        drafts = []
        for ident, choice in whats:
            kind, payload = incident(ident, deps.site, choice, deps.clock.now())
            changed: Fact = payload.model_copy(update=changes)
            self._versions[ident] = self._versions.get(ident, 0) + 1
            drafts.append(deps.draft(kind, ident, self._versions[ident], changed, now=deps.clock.now()))
        await deps.database.write(lambda connection: append_facts(connection, *drafts))

    def view(self) -> dict[str, Any]:
        """What the service says of itself."""
        view: dict[str, Any] = self.node.node.services["operational_picture"].status()["view"]
        return view

    def metric(self, name: str) -> float:
        """A metric's present value."""
        return self.node.node.metrics.get_sample_value(name) or 0.0

    async def close(self) -> None:
        for screen in self._screens:
            await screen.close()


def new_incident() -> str:
    """An id."""
    return new_id()


@asynccontextmanager
async def picture_site(folder: Path, **options: Any) -> AsyncIterator[PictureSite]:
    """A node with its broker on this folder, served by the product's own HTTP server."""
    with Ports() as ports:
        async with hosted(folder, services=SERVICES, broker=True, **options) as node:
            port = ports.take()
            server = Server(
                node.node.app,
                "127.0.0.1",
                port,
                interface=Interfaces.ASGI,
                log_level=LogLevels.error,
                backlog=1024,
                backpressure=4096,
            )
            serving = asyncio.create_task(server.serve())
            site = PictureSite(node, port)
            await until(lambda: site.view()["seq"] > 0 and site.view()["lag_seconds"] == 0)
            try:
                yield site
            finally:
                await site.close()
                server.stop()  # type: ignore[no-untyped-call]
                with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                    await asyncio.wait_for(serving, 10)
