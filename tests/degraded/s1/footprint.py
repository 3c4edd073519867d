"""What sites weigh and what they use while nobody does anything."""

import asyncio
import os
import statistics
import time
from dataclasses import dataclass
from typing import Any

from bench.processes import cpu_seconds, rss_bytes
from tests.harness.lab import Lab

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, median and most of all edges."""

    least: float
    median: float
    most: float

    def __str__(self) -> str:
        return f"{self.least:g} / {self.median:g} / {self.most:g}"


def spread(values: list[float], digits: int = 0) -> Spread:
    """Of these."""
    rounded = (round(one, digits) for one in (min(values), statistics.median(values), max(values)))
    return Spread(*rounded)


def weights(lab: Lab) -> dict[str, Any]:
    """Resident memory of the edges, MB."""
    sites = [rss_bytes(lab.sites[name].pid) / _MIB for name in lab.edges]
    brokers = [rss_bytes(lab.sites[name].broker_pid) / _MIB for name in lab.edges]
    both = [sum(pair) for pair in zip(sites, brokers, strict=True)]
    hub = (rss_bytes(lab.hub.pid) + rss_bytes(lab.hub.broker_pid)) / _MIB
    return {"site": spread(sites), "broker": spread(brokers), "edge": spread(both), "hub": round(hub)}


async def idle_use(lab: Lab, seconds: float) -> dict[str, Any]:
    """CPU of a core, in percent, while nobody does anything."""
    pids = {name: (site.pid, site.broker_pid) for name, site in lab.sites.items()}
    before = {name: [cpu_seconds(pid) for pid in both] for name, both in pids.items()}
    began = time.monotonic()
    await asyncio.sleep(seconds)
    passed = (time.monotonic() - began) / 100
    used = {
        name: [(cpu_seconds(pid) - was) / passed for pid, was in zip(both, before[name], strict=True)]
        for name, both in pids.items()
    }
    return {
        "site": spread([used[name][0] for name in lab.edges], 1),
        "broker": spread([used[name][1] for name in lab.edges], 1),
        "hub": round(sum(used["hub"]), 1),
        "all": round(sum(sum(one) for one in used.values())),
        "load": round(os.getloadavg()[0], 1),
    }
