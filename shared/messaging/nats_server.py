"""The embedded broker: started, watched, started again when it dies, stopped."""

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass, replace

import orjson
import structlog

from shared.kernel.errors import Unavailable
from shared.messaging.ending import end
from shared.messaging.metrics import BROKER_RESTARTS, BROKER_STORED, BROKER_STORED_LIMIT
from shared.messaging.nats_config import ServerSettings, render
from shared.messaging.nats_ports import remembered_ports
from shared.messaging.nats_process import end_leftover, find_binary, launch
from shared.messaging.topology import Topology

log = structlog.get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_STEADY_SECONDS = 5.0
"""A broker that lived this long starts again after the first pause."""


_LOOKS_PER_COUNT = 5
_NEARLY, _FULL = 0.8, 0.99


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes of all streams on disk, and how many they may take; the broker refuses beyond, it never drops old facts."""

    used: int = 0
    limit: int = 0

    @property
    def nearly(self) -> bool:
        """Time to make room, while everything still flows."""
        return bool(self.limit) and self.used >= self.limit * _NEARLY

    @property
    def full(self) -> bool:
        """Nothing more goes in: facts wait in the outboxes."""
        return bool(self.limit) and self.used >= self.limit * _FULL


class NatsServer:
    """A nats-server of our own, as a child process on loopback."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._ports = (0, 0)
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._healthy = False
        self._stopping = False
        self.stored = Stored()

    @property
    def url(self) -> str:
        """Where clients connect; the same for the life of the data folder."""
        return f"nats://127.0.0.1:{self._ports[0]}"

    @property
    def pid(self) -> int | None:
        """The running process."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def healthy(self) -> bool:
        """Whether the last health check said that all streams are back."""
        return self._healthy and self.pid is not None

    async def start(self, patience: float = 15.0) -> None:
        """Start it and wait until it is healthy, at most `patience` seconds; a long recovery goes on by itself.

        Raises:
            Unavailable: `broker.binary_missing`, `broker.store_in_use`, `broker.start_failed`.
        """
        folder = self._settings.folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if await asyncio.to_thread(end_leftover, folder):
            log.warning("broker_leftover_ended", folder=str(folder))
        self._ports = remembered_ports(folder / "ports.json", self._settings.port, self._settings.monitor_port)
        self._write_configuration()
        await self._launch()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._until_healthy()
        self._watcher = asyncio.create_task(self._watch(), name="broker-watch")

    async def stop(self, patience: float = 20.0) -> None:
        """End it in order; streams are closed, then the process. Killed only after `patience` seconds."""
        self._stopping = True
        if self._watcher:
            await end(self._watcher)
        process = self._process
        if process and process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(patience):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        self._healthy = False

    def reload(self, topology: Topology) -> None:
        """Let other members in from now on, and the former ones out, without a restart; nobody else is disturbed."""
        self._settings = replace(self._settings, topology=topology)
        self._write_configuration()
        if self.healthy and self._process:
            # Before it is healthy the broker would be ended by the signal; then it reads the file at its start anyway.
            self._process.send_signal(signal.SIGHUP)

    def _write_configuration(self) -> None:
        path = self._settings.folder / "nats.conf"
        draft = path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(render(self._settings, *self._ports))
        draft.rename(path)

    async def _launch(self) -> None:
        self._process = await launch(find_binary(self._settings.binary), self._settings.folder)

    async def _until_healthy(self) -> None:
        while not await self._check():
            if self._process and self._process.returncode is not None:
                detail = (self._settings.folder / "start.log").read_text(errors="replace")[-500:]
                raise Unavailable("broker.start_failed", detail=detail, retry_after=5)
            await asyncio.sleep(0.02)

    async def _watch(self) -> None:
        pause, loop = _FIRST_PAUSE, asyncio.get_running_loop()
        while not self._stopping:
            started = loop.time()
            await self._watch_one()
            log.error("broker_died", code=self._process.returncode if self._process else None)
            pause = _FIRST_PAUSE if loop.time() - started > _STEADY_SECONDS else pause
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            BROKER_RESTARTS.inc()
            try:
                await self._launch()
            except (OSError, Unavailable) as error:
                log.warning("broker_not_started", error=str(error))

    async def _watch_one(self) -> None:
        """Check health until the process has ended."""
        process = self._process
        assert process is not None
        ended = asyncio.create_task(process.wait())
        looks = 0
        while not ended.done():
            self._healthy = await self._check()
            if self._healthy and looks % _LOOKS_PER_COUNT == 0:
                await self._count()
            looks += 1
            await asyncio.wait((ended,), timeout=1.0 if self._healthy else 0.05)
        self._healthy = False

    async def _check(self) -> bool:
        """Ask `/healthz` on loopback."""
        try:
            self._healthy = b" 200 " in (await self._ask("/healthz")).partition(b"\n")[0]
        except (OSError, TimeoutError):
            self._healthy = False
        return self._healthy

    async def _count(self) -> None:
        """How much is stored; the last known amount stands while it cannot be told."""
        with contextlib.suppress(OSError, TimeoutError, ValueError, KeyError, TypeError):
            said = orjson.loads((await self._ask("/jsz")).partition(b"\r\n\r\n")[2])
            before, self.stored = self.stored, Stored(int(said["storage"]), int(said["config"]["max_storage"]))
            BROKER_STORED.set(self.stored.used)
            BROKER_STORED_LIMIT.set(self.stored.limit)
            if (before.nearly, before.full) != (self.stored.nearly, self.stored.full):
                log.error("broker_store", used=self.stored.used, limit=self.stored.limit, full=self.stored.full)

    async def _ask(self, path: str) -> bytes:
        """An answer of the monitoring port, with its head."""
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._ports[1])
            try:
                writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                return await reader.read()
            finally:
                writer.close()

    def kill(self) -> None:
        """End the process at once and without warning; what tests of failure do to it."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
