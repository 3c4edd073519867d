"""Sites in network namespaces of their own, with links that can be cut in every way; needs root.

Each namespace has two cables: `lan0`, which leads to the other sites and is cut, and `desk0`, which leads to the test
and is never cut. Everything made here is named after one random word and removed at the end.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.harness.missing import missing
from tests.harness.ports import Ports
from tests.harness.site import ROOT, Site

LEAF_PORT = 7422
_TOOLS = {"ip": "iproute2", "tc": "iproute2", "nft": "nftables"}


def lab_lacks() -> tuple[str, str] | None:
    """What keeps namespaces from being made here, and the remedy; nothing where they can be."""
    if os.geteuid() != 0:
        return "root", "network namespaces can only be made by root"
    lacking = next((tool for tool in _TOOLS if shutil.which(tool) is None), None)
    return (lacking, f"apt-get install {_TOOLS[lacking]}") if lacking else None


def require_lab() -> None:
    """Ends the test loudly where namespaces cannot be made."""
    if lacking := lab_lacks():
        missing(*lacking)


def run(*command: str) -> str:
    """Run a tool and return what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


class Cable:
    """One site's way to the others."""

    def __init__(self, space: str, switch: str, outside: str) -> None:
        self.space, self._switch, self._outside = space, switch, outside

    def down(self) -> None:
        """As if the plug were pulled: both ends notice at once."""
        run("ip", "-n", self._switch, "link", "set", self._outside, "down")

    def up(self) -> None:
        """Put the plug back."""
        run("ip", "-n", self._switch, "link", "set", self._outside, "up")

    def drop(self, percent: int = 100) -> None:
        """Lose packets both ways without telling anybody."""
        some = "" if percent >= 100 else f"numgen random mod 100 < {percent} "
        self._lose(some, {"input": "iifname", "output": "oifname"})

    def deaf(self) -> None:
        """Lose only what comes in: this site is still heard, for as long as one packet is enough to say something."""
        self._lose("", {"input": "iifname"})

    def _lose(self, some: str, ways: dict[str, str]) -> None:
        # One transaction: between two sorts of loss not a single packet gets through.
        rules = "add table inet cut\ndelete table inet cut\nadd table inet cut\n" + "".join(
            f"add chain inet cut {hook} {{ type filter hook {hook} priority 0; }}\n"
            f'add rule inet cut {hook} {way} "lan0" {some}drop\n'
            for hook, way in ways.items()
        )
        subprocess.run(["ip", "netns", "exec", self.space, "nft", "-f", "-"], input=rules, text=True, check=True)

    def whole(self) -> None:
        """Lose nothing any more."""
        with contextlib.suppress(RuntimeError):
            self._inside("nft", "delete", "table", "inet", "cut")

    def slow(self, kbit: int) -> None:
        """Let this much through a second, each way."""
        shape = ("root", "tbf", "rate", f"{kbit}kbit", "burst", "2000", "latency", "1s")
        self._inside("tc", "qdisc", "replace", "dev", "lan0", *shape)
        run("tc", "-n", self._switch, "qdisc", "replace", "dev", self._outside, *shape)

    def fast(self) -> None:
        """Full speed again."""
        with contextlib.suppress(RuntimeError):
            self._inside("tc", "qdisc", "del", "dev", "lan0", "root")
            run("tc", "-n", self._switch, "qdisc", "del", "dev", self._outside, "root")

    def _inside(self, *command: str) -> None:
        run("ip", "netns", "exec", self.space, *command)


class Lab:
    """A hub and edges that join it, each in a namespace of its own.

    Args:
        folder: data and logs of all sites.
        ports: where ports are reserved.
        edges: names of the edges; the hub is `hub`.
        environment: further variables for all sites.
    """

    def __init__(
        self, folder: Path, ports: Ports, edges: tuple[str, ...], environment: dict[str, str] | None = None
    ) -> None:
        self.folder, self._ports = folder, ports
        self.edges = edges
        self._environment = environment or {}
        self._word = f"yz{secrets.token_hex(2)}"
        self._switch, self._desk = f"{self._word}-switch", f"{self._word}desk"
        self._net = f"10.{secrets.randbelow(40) + 200}"
        self.cables: dict[str, Cable] = {}
        self.sites: dict[str, Site] = {}
        self._numbers: dict[str, int] = {}

    @property
    def hub(self) -> Site:
        return self.sites["hub"]

    def address(self, name: str, net: int = 1) -> str:
        """Of a site among the sites; with `net=2` for the test."""
        return f"{self._net}.{net}.{self._numbers[name]}"

    def join_file(self, name: str) -> Path:
        return self.folder / f"{name}.join"

    def wire(self) -> None:
        """Make bridges and namespaces."""
        # The switch has a namespace of its own too: a firewall of this machine may look into its bridges.
        run("ip", "netns", "add", self._switch)
        run("ip", "-n", self._switch, "link", "add", "lan", "type", "bridge")
        run("ip", "-n", self._switch, "link", "set", "lan", "up")
        run("ip", "link", "add", self._desk, "type", "bridge")
        run("ip", "address", "add", f"{self._net}.2.1/24", "dev", self._desk)
        run("ip", "link", "set", self._desk, "up")
        for number, name in enumerate(("hub", *self.edges), 10):
            self._numbers[name] = number
            self._wire(name, number)

    def _wire(self, name: str, number: int) -> None:
        space = f"{self._word}-{name}"
        run("ip", "netns", "add", space)
        run("ip", "-n", space, "link", "set", "lo", "up")
        plug = f"{self._word}n{number}"
        run("ip", "-n", self._switch, "link", "add", plug, "type", "veth", "peer", "name", "lan0", "netns", space)
        run("ip", "-n", self._switch, "link", "set", plug, "master", "lan", "up")
        run("ip", "link", "add", plug, "type", "veth", "peer", "name", "desk0", "netns", space)
        run("ip", "link", "set", plug, "master", self._desk, "up")
        for net, inside in ((1, "lan0"), (2, "desk0")):
            run("ip", "-n", space, "address", "add", f"{self.address(name, net)}/24", "dev", inside)
            run("ip", "-n", space, "link", "set", inside, "up")
        self.cables[name] = Cable(space, self._switch, plug)

    def prepare(self) -> None:
        """Register the edges at the hub; nothing runs yet."""
        self.sites["hub"] = self._site("hub", "--leaf-port", str(LEAF_PORT), "--leaf-host", self.address("hub"))
        for name in self.edges:
            self.register(name)

    def register(self, name: str, *, address: str | None = None) -> None:
        """`yizhangtu site add` on the hub; the edge's process is made ready."""
        where = address or f"{self.address('hub')}:{LEAF_PORT}"
        command = (sys.executable, "-m", "services", "site", "add", name)
        options = ("-o", str(self.join_file(name)), "--data", str(self.hub.data), "--address", where)
        subprocess.run([*command, *options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        self.sites[name] = self._site(name, "--site", name, "--join", str(self.join_file(name)))

    def _site(self, name: str, *options: str) -> Site:
        return Site(
            self.folder / name,
            self._ports,
            *options,
            environment={"YZT_LOG_LEVEL": "INFO", **self._environment},
            inside=("ip", "netns", "exec", self.cables[name].space),
            host=self.address(name, 2),
        )

    def unwire(self) -> None:
        """Remove everything that was made."""
        for name, number in self._numbers.items():
            with contextlib.suppress(RuntimeError):
                run("ip", "netns", "delete", f"{self._word}-{name}")
            with contextlib.suppress(RuntimeError):
                run("ip", "link", "delete", f"{self._word}n{number}")
        with contextlib.suppress(RuntimeError):
            run("ip", "link", "delete", self._desk)
        with contextlib.suppress(RuntimeError):
            run("ip", "netns", "delete", self._switch)

    async def start(self, *names: str) -> None:
        """Start sites one after the other; all if none is named."""
        for name in names or tuple(self.sites):
            await self.sites[name].start()

    async def joined(self, patience: float = 60) -> None:
        """Until the hub and every edge that is named in it source from each other."""
        client = await self.hub.client()
        try:
            async with asyncio.timeout(patience):
                while not await self._all_joined(client):
                    await asyncio.sleep(0.2)
        finally:
            await client.aclose()

    async def _all_joined(self, client: httpx.AsyncClient) -> bool:
        links = (await client.get("/api/status")).json()["links"]["items"]
        return len(links) == len(self.edges) and all(link["joined"] and link["reachable"] for link in links)

    async def flap(self, name: str, times: int, seconds: float) -> None:
        """Pull the plug and put it back."""
        for _ in range(times):
            self.cables[name].down()
            await asyncio.sleep(seconds)
            self.cables[name].up()
            await asyncio.sleep(seconds)

    async def __aenter__(self) -> Self:
        require_lab()
        try:
            self.wire()
            self.prepare()
        except BaseException:
            self.unwire()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for cable in self.cables.values():
            cable.whole()
            cable.fast()
            cable.up()
        await asyncio.gather(*(site.stop() for site in self.sites.values()), return_exceptions=True)
        self.unwire()


@asynccontextmanager
async def delayed(listen: tuple[str, int], target: tuple[str, int], seconds: float) -> AsyncIterator[None]:
    """A TCP proxy that holds everything back by this much each way; this kernel may have no `netem`."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def release() -> None:
            while True:
                due, chunk = await held.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if not chunk:
                    writer.close()
                    return
                writer.write(chunk)
                await writer.drain()

        releasing = asyncio.create_task(release())
        chunk = b"-"
        while chunk:
            with contextlib.suppress(ConnectionError):
                chunk = await reader.read(65536)
            held.put_nowait((time.monotonic() + seconds, chunk))
        with contextlib.suppress(ConnectionError):
            await releasing

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, *listen)
    try:
        yield
    finally:
        server.close()
