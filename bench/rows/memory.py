"""Resident memory of the whole embedded stack: the site with all its services, and its broker."""

from bench.figures import Row, verdict
from bench.processes import rss_bytes
from bench.product import product
from bench.run import Run

_GOAL = 400
_MIB = 1024 * 1024


async def memory(run: Run) -> list[Row]:
    async with product(run.folder / "memory") as site:
        await site.settle()
        idle = site.rss_bytes() / _MIB
        async with run.screens(site.stream, run.of(200, 10)):
            await run.load(site.target, "flood", clients=32, seconds=run.of(15, 2))
        await site.settle()
        loaded = site.rss_bytes() / _MIB
        broker = rss_bytes(site.broker_pid) / _MIB
    return [
        Row("memory, idle", "", f"{idle:.0f} MB", "", f"≤ {_GOAL} MB", verdict(idle <= _GOAL)),
        Row("memory, after load", "", f"{loaded:.0f} MB", "", f"≤ {_GOAL} MB", verdict(loaded <= _GOAL)),
        Row("  of it the broker", "", f"{broker:.0f} MB"),
    ]
