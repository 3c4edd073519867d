"""A site as its users run it: the real command in a process of its own, killed and started again."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.harness.hosting import ADMIN_PASSWORD
from tests.harness.ports import Ports

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 180.0


class Site:
    """`yizhangtu up` on a data folder; the same folder again is the same site again.

    Args:
        folder: data and log.
        ports: where ports are reserved.
        data: data folder, beside the log if not given.
        options: further command-line options.
        environment: further `YZT_*` variables.
        inside: a command that starts others, such as `ip netns exec …`.
        host: address on which it listens.
    """

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        *options: str,
        environment: dict[str, str] | None = None,
        data: Path | None = None,
        inside: tuple[str, ...] = (),
        host: str = "127.0.0.1",
    ) -> None:
        self.folder = folder
        self.data = data or folder / "data"
        self.port = ports.take()
        self._inside, self._host = inside, host
        self._options = options
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "site.log"

    @property
    def pid(self) -> int:
        """Process of the site itself."""
        assert self._process is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How the process ended; nothing while it runs."""
        assert self._process is not None
        return self._process.poll()

    @property
    def broker_pid(self) -> int:
        """Process of the broker that the site runs."""
        return int((self.data / "nats" / "pid").read_text())

    async def start(self) -> None:
        """Start and wait until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "services", "up", "--data", str(self.data)]
        arguments = [*self._inside, *command, "--host", self._host, "--port", str(self.port)]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("YZT_")}
        environment = {**clean, "YZT_ADMIN_PASSWORD": ADMIN_PASSWORD, **self._environment}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [*arguments, *self._options], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True,
            )  # fmt: skip
        async with asyncio.timeout(_START_SECONDS), httpx.AsyncClient() as probe:
            while not await self._ready(probe):
                assert self._process.poll() is None, f"ended at start:\n{self.log.read_text()[-3000:]}"
                await asyncio.sleep(0.05)

    async def _ready(self, probe: httpx.AsyncClient) -> bool:
        try:
            return (await probe.get(f"{self.url}/readyz")).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9, as a power cut would do to the process; its broker must not survive it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    async def stop(self) -> None:
        """End it as an operator would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self._process.wait, 40)

    async def client(self) -> httpx.AsyncClient:
        """The administrator's client; the caller closes it."""
        client = httpx.AsyncClient(base_url=self.url, timeout=30)
        answer = await client.post("/api/session", json={"username": "admin", "password": ADMIN_PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        client.cookies.clear()
        return client

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def all_items(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every item of a paged list."""
    items: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        answer = await client.get(path, params={"limit": 200, **query, **({"after": after} if after else {})})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        after = answer.json()["next"]
        if after is None:
            return items
