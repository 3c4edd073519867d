"""All edges of a district on one machine join one hub; one is cut throughout and returns.

`YZT_EDGES` says how many; four if it is not set, since 22 whole stacks want more than two cores.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from bench.processes import rss_bytes
from tests.degraded.test_sites import agree, clients_of, close, report, require_whole, shown, shows
from tests.harness.lab import Lab, require_lab
from tests.harness.ports import Ports

EDGES = int(os.environ.get("YZT_EDGES", "4"))
pytestmark = pytest.mark.timeout(120 + 60 * EDGES)
_MIB = 1024 * 1024
Record = Callable[[str, object], None]


@pytest.fixture
async def lab(tmp_path: Path, ports: Ports) -> AsyncIterator[Lab]:
    require_lab()
    async with Lab(tmp_path, ports, tuple(f"edge{number:02}" for number in range(1, EDGES + 1))) as running:
        await running.start()
        await running.joined(60 + 10 * EDGES)
        yield running


async def test_a_district_of_edges_shares_one_picture_though_one_of_them_is_cut(
    lab: Lab, record_property: Record
) -> None:
    clients = await clients_of(lab)
    cut = lab.edges[-1]
    lab.cables[cut].drop()
    lists = await asyncio.gather(*(_reports(clients[name], name, 5) for name in lab.sites))
    written = {incident for taken in lists for incident in taken}
    alone = set(lists[list(lab.sites).index(cut)])
    for name, client in clients.items():
        await shows(client, alone if name == cut else written - alone)
    assert not alone & set(await shown(clients["hub"])), "the cut is real"
    record_property("edges", EDGES)
    for name in ("hub", lab.edges[0], cut):
        site = lab.sites[name]
        record_property(f"rss_mb_{name}", round((rss_bytes(site.pid) + rss_bytes(site.broker_pid)) / _MIB))
    lab.cables[cut].whole()
    for client in clients.values():
        await shows(client, written)
    await agree(clients)
    require_whole(lab, written)
    await close(clients)


async def _reports(client: httpx.AsyncClient, name: str, count: int) -> list[str]:
    return [await report(client, f"{name} {number}") for number in range(count)]
