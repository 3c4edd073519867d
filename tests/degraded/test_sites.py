"""A hub and three edges on links that are cut: everybody works on, and afterwards all have the same, once, in order."""

import asyncio
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from services.operational_picture.domain.digest import picture_hash
from shared.kernel.ids import new_id
from shared.messaging.names import MENDED
from tests.harness.lab import Lab, require_lab
from tests.harness.ports import Ports
from tests.harness.site import ROOT

pytestmark = pytest.mark.timeout(400)
EDGES = ("yufa", "weishan", "qingyun")
_PATIENCE = 120.0
_LOOKS = 60
_WAITING_MEGABYTES = int(os.environ.get("YZT_TEST_FLOOD_MB", "5"))
"""Of readings that were offered before the first report: the long form takes 100."""
Record = Callable[[str, object], None]


@pytest.fixture
async def lab(tmp_path: Path, ports: Ports) -> AsyncIterator[Lab]:
    require_lab()
    async with Lab(tmp_path, ports, EDGES) as running:
        await running.start()
        await running.joined()
        yield running


async def report(client: httpx.AsyncClient, title: str) -> str:
    """Take an incident; returns its id."""
    body = {"title": title, "type_code": None, "location": {"text": "榆垡镇"}}
    answer = await client.post(
        "/api/incidents",
        json={key: value for key, value in body.items() if value is not None},
        headers={"Idempotency-Key": new_id()},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def shown(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    """The incidents on a site's picture, by id."""
    features = (await client.get("/api/picture")).json()["features"]
    return {each["id"].partition(":")[2]: each for each in features if each["properties"]["kind"] == "incident"}


async def shows(client: httpx.AsyncClient, wanted: set[str]) -> float:
    """Wait until the picture has them all; returns the moment."""
    async with asyncio.timeout(_PATIENCE):
        while not wanted <= set(await shown(client)):
            await asyncio.sleep(0.05)
    return time.monotonic()


async def shared_hash(client: httpx.AsyncClient) -> str:
    """Of what all sites must agree on; how fresh something is depends on where one stands."""
    features = [
        {**each, "properties": {k: v for k, v in each["properties"].items() if k not in {"as_of", "stale", "stale_at"}}}
        for each in (await client.get("/api/picture")).json()["features"]
        if each["properties"]["kind"] != "territory"
    ]
    return picture_hash(features, with_seq=False)


async def agree(clients: dict[str, httpx.AsyncClient]) -> None:
    """Wait until all pictures are equal."""
    hashes: set[str] = set()
    async with asyncio.timeout(_PATIENCE):
        while True:
            hashes = {await shared_hash(client) for client in clients.values()}
            if len(hashes) == 1:
                return
            await asyncio.sleep(0.5)


Fact = tuple[int, str, str, str, int]
"""Sequence, subject, event, aggregate, version."""


def held(lab: Lab, name: str) -> list[Fact]:
    """Every fact in the site's aggregate stream."""
    stream = "ALL" if name == "hub" else "VIEW"
    return [tuple(orjson.loads(line)) for line in _broker_side(lab, name, "dump", stream)]


def mended(lab: Lab) -> set[str]:
    """Ids of facts that were lost on their way somewhere and fetched; they cannot stand in their order."""
    lines = [line for name in lab.sites for line in _broker_side(lab, name, "facts", MENDED)]
    return {str(fact["id"]) for _, _, fact in map(orjson.loads, lines)}


def _broker_side(lab: Lab, name: str, what: str, stream: str) -> list[bytes]:
    command = [sys.executable, "-m", "tests.harness.broker_side", what, str(lab.sites[name].data), stream]
    inside = ["ip", "netns", "exec", lab.cables[name].space]
    return subprocess.run([*inside, *command], cwd=ROOT, capture_output=True, check=True).stdout.splitlines()


def out_of_order(facts: list[Fact], late: set[str]) -> Iterator[str]:
    """Things of which a version stands behind a later one, or twice; `late` says which events may stand behind."""
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    for _, subject, event, aggregate, version in facts:
        if event not in late:
            site, context, kind = subject.split(".")[1:4]
            versions[f"{site}.{context}.{kind}", aggregate].append(version)
    yield from (f"{what}: {found}" for what, found in versions.items() if found != sorted(set(found)))


def settled_logs(lab: Lab) -> dict[str, list[Fact]]:
    """All aggregate streams, read again for a while as long as they differ: what was lost on its way comes late."""
    for _ in range(_LOOKS):
        logs = {name: held(lab, name) for name in lab.sites}
        if all(events_of(facts) == events_of(logs["hub"]) for facts in logs.values()):
            break
        time.sleep(1)
    return logs


def events_of(facts: list[Fact]) -> set[str]:
    """Ids of all that must be everywhere; beats go on being said."""
    return {event for _, subject, event, _, _ in facts if ".ops.site." not in subject}


def require_whole(lab: Lab, incidents: set[str]) -> None:
    """On every site: no fact lost, none doubled, each aggregate in order."""
    logs, late = settled_logs(lab), mended(lab)
    for name, facts in logs.items():
        ids = [event for _, _, event, _, _ in facts]
        assert len(ids) == len(set(ids)), f"{name} has facts twice"
        wrong = list(out_of_order(facts, late))
        assert not wrong, f"{name} has facts out of order: {wrong}"
        assert incidents <= {aggregate for _, _, _, aggregate, _ in facts}, f"{name} lacks incidents"
    found = {name: events_of(facts) for name, facts in logs.items()}
    assert all(events == found["hub"] for events in found.values()), {k: len(v) for k, v in found.items()}


async def clients_of(lab: Lab) -> dict[str, httpx.AsyncClient]:
    return {name: await site.client() for name, site in lab.sites.items()}


async def test_nothing_waits_at_a_silently_cut_edge_and_healing_merges_the_logs(
    lab: Lab, record_property: Record
) -> None:
    clients = await clients_of(lab)
    known = {await report(clients["hub"], "断网之前")}
    await shows(clients["yufa"], known)
    lab.cables["yufa"].drop()
    began = time.monotonic()
    own = await report(clients["yufa"], "断网中的榆垡接报")
    await shows(clients["yufa"], {own})
    record_property("own_incident_while_cut_seconds", round(time.monotonic() - began, 3))
    during = {own}
    for number in range(40):
        during.add(await report(clients["yufa"], f"积压 {number}"))
        if number % 4 == 0:
            during.add(await report(clients["hub"], f"中心 {number}"))
            during.add(await report(clients["weishan"], f"魏善庄 {number}"))
    await asyncio.sleep(max(0.0, 15 - (time.monotonic() - began)))
    assert own not in await shown(clients["hub"]), "the cut is real"
    lab.cables["yufa"].whole()
    healed = time.monotonic()
    record_property("first_fact_seconds", round(await shows(clients["hub"], {own}) - healed, 2))
    for client in clients.values():
        await shows(client, known | during)
    record_property("all_facts_seconds", round(time.monotonic() - healed, 2))
    await agree(clients)
    require_whole(lab, known | during)
    await close(clients)


async def test_a_plug_that_is_pulled_again_and_again_loses_nothing(lab: Lab, record_property: Record) -> None:
    clients = await clients_of(lab)
    written: set[str] = set()

    async def write(name: str) -> None:
        for number in range(30):
            written.add(await report(clients[name], f"{name} {number}"))
            await asyncio.sleep(0.2)

    await asyncio.gather(write("yufa"), write("hub"), lab.flap("yufa", 4, 1.0))
    ended = time.monotonic()
    for client in clients.values():
        await shows(client, written)
    record_property("all_facts_seconds", round(time.monotonic() - ended, 2))
    await agree(clients)
    require_whole(lab, written)
    await close(clients)


async def test_a_new_incident_passes_by_readings_that_overload_a_poor_link(lab: Lab, record_property: Record) -> None:
    clients = await clients_of(lab)
    cable = lab.cables["yufa"]
    cable.slow(64)
    cable.drop(5)
    site = lab.sites["yufa"]
    command = [sys.executable, "-m", "tests.harness.broker_side", "flood", str(site.data), "yufa"]
    counted = lab.folder / "flood.log"
    with counted.open("wb") as output:
        flood = subprocess.Popen(
            ["ip", "netns", "exec", cable.space, *command, "1000000", "1000", "5000"],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
    try:
        # The link, at its best, carries 8 kB a second: most of this waits to cross it, or was thinned.
        async with asyncio.timeout(_PATIENCE):
            while len(offered := _offered(counted)) < 2 or offered[-1][2] < _WAITING_MEGABYTES * 1_000_000:
                await asyncio.sleep(0.2)
        taken = []
        for number in range(5):
            began = time.monotonic()
            incident = await report(clients["yufa"], f"窄带接报 {number}")
            taken.append(round(await shows(clients["hub"], {incident}) - began, 2))
            await asyncio.sleep(1)
        assert flood.poll() is None, "the readings were still coming"
    finally:
        flood.kill()
        flood.wait()
    offered = _offered(counted)
    (began, first, before), (ended, last, after) = offered[0], offered[-1]
    record_property("incident_seconds", taken)
    record_property("offered_readings_per_second", round((last - first) / (ended - began)))
    record_property("offered_kilobytes_per_second", round((after - before) / (ended - began) / 1000))
    record_property("offered_megabytes", round(after / 1e6, 1))
    assert (after - before) / (ended - began) > 10 * 64_000 / 8, "far more wanted through than the link can carry"
    cable.whole()
    cable.fast()
    await agree(clients)
    await close(clients)


def _offered(counted: Path) -> list[tuple[float, int, int]]:
    """What the sender of readings says: moment, readings, bytes so far."""
    return [
        tuple(orjson.loads(line)) for line in counted.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")
    ]


async def close(clients: dict[str, httpx.AsyncClient]) -> None:
    for client in clients.values():
        await client.aclose()
