"""The faults of the campaign: each hurts a site at a random moment of a few seconds of work, and heals it again."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx

from tests.harness.crew import Crew
from tests.harness.disks import CutDisk, fill, small_disk
from tests.harness.ports import Ports
from tests.harness.site import Site
from tests.harness.truth import faults_of

WORK_SECONDS = (3.0, 5.0)
STOP_SECONDS = float(os.environ.get("YZT_TEST_STOP_SECONDS", "20"))
FULL_SECONDS = 3.0
READY_SECONDS = 40.0
_DISK_MEGABYTES = 320


@dataclass
class Stage:
    """Where one run takes place."""

    site: Site
    client: httpx.AsyncClient
    dice: Random
    disk: CutDisk | None = None

    async def ready(self, *, expected: bool = True, seconds: float = READY_SECONDS) -> float:
        """Seconds until `/readyz` says so."""
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            with contextlib.suppress(httpx.TransportError):
                if (await self.client.get("/readyz", timeout=2)).is_success is expected:
                    return time.monotonic() - began
            await asyncio.sleep(0.1)
        raise AssertionError(f"not {'ready' if expected else 'red'} within {seconds} s")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave: how many were acknowledged, what was wrong (empty is good), how long it took, what befell."""

    acknowledged: int
    refused: dict[int, int]
    faults: list[str]
    seconds: float
    story: str = ""


async def kill_site(stage: Stage) -> None:
    """kill -9 of the site's process, with its broker or a moment apart from it."""
    if stage.dice.random() < 0.3:
        with contextlib.suppress(ProcessLookupError):
            os.kill(stage.site.broker_pid, signal.SIGKILL)
    stage.site.kill()
    await stage.site.start()


async def kill_broker(stage: Stage) -> None:
    """kill -9 of the broker, once or twice; its keeper starts it again."""
    for _ in range(stage.dice.randint(1, 2)):
        with contextlib.suppress(ProcessLookupError):  # on a slow machine it is not yet back from the first time
            os.kill(stage.site.broker_pid, signal.SIGKILL)
        await asyncio.sleep(stage.dice.random())


async def stop_site(stage: Stage) -> None:
    """The process stands still, as on a machine that is out of breath."""
    await _stand_still(stage.site.pid)


async def stop_broker(stage: Stage) -> None:
    """The broker stands still with all its connections open."""
    await _stand_still(stage.site.broker_pid)


async def _stand_still(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(STOP_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)


async def power(stage: Stage) -> None:
    """Power cut of the whole machine: only what had reached the disk is there afterwards."""
    disk, site = stage.disk, stage.site
    assert disk is not None
    broker = site.broker_pid
    for pid in (site.pid, broker):
        os.kill(pid, signal.SIGSTOP)
    kept = await disk.copy()
    os.kill(broker, signal.SIGKILL)
    site.kill()
    await disk.replace(kept)
    await site.start()


async def disk(stage: Stage) -> None:
    """Somebody fills the disk to the last byte, and gives the room back."""
    filler = fill(stage.site.data.parent)
    try:
        red = await stage.ready(expected=False, seconds=5.0)
        ends = time.monotonic() + FULL_SECONDS - min(red, FULL_SECONDS)
        while time.monotonic() < ends:
            fill(stage.site.data.parent)
            await asyncio.sleep(0.2)
    finally:
        filler.unlink()
    await stage.ready()


FAULTS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "kill_site": kill_site,
    "kill_broker": kill_broker,
    "stop_site": stop_site,
    "stop_broker": stop_broker,
    "power": power,
    "disk": disk,
}


async def run(kind: str, seed: int, folder: Path, ports: Ports) -> Outcome:
    """One run: a fresh site, people at work, the fault at a random moment, healing, and the truth."""
    began = time.monotonic()
    dice = Random(f"{kind}-{seed}")
    async with _stage(kind, folder, ports, dice) as stage:
        crew = Crew(stage.client, seed, f"{kind}{seed}")
        await crew.prepare()
        work = asyncio.create_task(crew.work())
        seconds = dice.uniform(*WORK_SECONDS)
        before = dice.uniform(0.3, seconds - 0.3)
        try:
            await asyncio.sleep(before)
            await FAULTS[kind](stage)
            await asyncio.sleep(seconds - before)
            crew.done = True
            await asyncio.wait_for(work, 60)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        await stage.ready()
        faults = await faults_of(stage.client, stage.site.data, crew)
    return Outcome(len(crew.acked), crew.refused, faults, time.monotonic() - began)


@contextlib.asynccontextmanager
async def _stage(kind: str, folder: Path, ports: Ports, dice: Random) -> AsyncIterator[Stage]:
    with _disk_of(kind, folder) as (data, cut):
        site = Site(folder, ports, data=data)
        async with site:
            client = await site.client()
            try:
                yield Stage(site, client, dice, cut)
            finally:
                await client.aclose()


@contextlib.contextmanager
def _disk_of(kind: str, folder: Path) -> Iterator[tuple[Path | None, CutDisk | None]]:
    if kind == "disk":
        with small_disk(folder / "small", _DISK_MEGABYTES) as small:
            yield small / "data", None
    elif kind == "power":
        disk = CutDisk(folder, folder / "disk")
        try:
            yield disk.at / "data", disk
        finally:
            disk.close()
    else:
        yield None, None
