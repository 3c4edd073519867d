"""Two whole sites with no network between them: what a courier carries is heard once, whatever happens on the way."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from services.commands.ferry import _connected as connected_as
from services.settings import Settings
from shared.contracts.draft import draft
from shared.contracts.envelope import decode, encode
from shared.contracts.events.ops import SiteFact
from shared.kernel.clock import wire_time
from shared.messaging.access import FERRY
from shared.messaging.ferry.bundle import BundleWriter
from shared.messaging.ferry.signing import Signer, TrustedSites
from shared.messaging.js_api import log_of
from shared.messaging.reading import reading
from tests.harness.command import ROOT, Done, yizhangtu
from tests.harness.lab import delayed
from tests.harness.ports import Ports
from tests.harness.site import Site

pytestmark = [pytest.mark.nats, pytest.mark.timeout(900)]
_PATIENCE = 90.0


@dataclass
class Courier:
    """A hub, an edge that was given its join file but finds nobody at the address, and a stick."""

    hub: Site
    yufa: Site
    stick: Path
    leaf_port: int
    through: int

    async def run(self, site: Site, *arguments: str | Path) -> Done:
        return await asyncio.to_thread(yizhangtu, *arguments, "--data", site.data)

    async def must(self, site: Site, *arguments: str | Path) -> str:
        done = await self.run(site, *arguments)
        assert done.code == 0, done.said
        return done.said

    async def take(self, site: Site, file: str) -> Done:
        return await self.run(site, "import", "bundle", self.stick / file)

    async def facts(self, site: Site) -> list[dict[str, Any]]:
        """All that the services of a site read, in order."""
        async with self.broker(site) as client, reading(client, "ALL" if site is self.hub else "VIEW") as reader:
            found: list[dict[str, Any]] = []
            position = 0
            while stored := await reader.after(position, 1000):
                found += [orjson.loads(each.body) for each in stored]
                position = stored[-1].seq
            return found

    def broker(self, site: Site) -> Any:
        port = orjson.loads((site.data / "nats" / "ports.json").read_bytes())["client"]
        return connected_as(Settings(data=site.data), f"nats://127.0.0.1:{port}", FERRY)

    async def from_site(self, site: Site, sender: str) -> list[str]:
        return [each["id"] for each in await self.facts(site) if each["type"].split(".")[1] == sender]


@pytest.fixture
async def courier(tmp_path: Path, ports: Ports) -> AsyncIterator[Courier]:
    leaf, through = ports.take(), ports.take()
    hub = Site(tmp_path / "hub", ports, "--leaf-port", str(leaf), "--leaf-host", "127.0.0.1")
    join = tmp_path / "yufa.join"
    added = await asyncio.to_thread(
        yizhangtu, "site", "add", "yufa", "--name", "榆垡镇", "--address", f"127.0.0.1:{through}", "-o", join,
        "--data", hub.data,
    )  # fmt: skip
    assert added.code == 0, added.said
    yufa = Site(tmp_path / "yufa", ports, "--site", "yufa", "--join", str(join))
    (tmp_path / "stick").mkdir()
    async with hub, yufa:
        both = Courier(hub, yufa, tmp_path / "stick", leaf, through)
        for one, other in ((hub, yufa), (yufa, hub)):
            TrustedSites(other.data / "ferry").add(Signer(one.data / "ferry", one.folder.name).card)
        yield both


async def report(client: httpx.AsyncClient, title: str) -> str:
    answer = await client.post("/api/incidents", json={"title": title, "location": {"lon": 116.3, "lat": 39.5}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def shows(client: httpx.AsyncClient, wanted: set[str]) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            features = (await client.get("/api/picture")).json()["features"]
            drawn = Counter(each["id"] for each in features if each["properties"]["kind"] == "incident")
            if wanted <= {each.partition(":")[2] for each in drawn}:
                assert set(drawn.values()) == {1}
                return
            await asyncio.sleep(0.1)


async def test_a_courier_carries_both_ways_and_the_link_that_comes_later_doubles_nothing(courier: Courier) -> None:
    hub, yufa = await courier.hub.client(), await courier.yufa.client()
    theirs = {await report(yufa, f"榆垡 {number}") for number in range(3)}
    ours = {await report(hub, f"中心 {number}") for number in range(2)}
    await shows(yufa, theirs)
    await courier.must(courier.yufa, "ferry", "card", "-o", courier.stick / "yufa.card")
    await courier.must(courier.hub, "ferry", "trust", courier.stick / "yufa.card", "--yes")
    said = await courier.must(courier.yufa, "export", courier.stick / "up.zip")
    assert "站点 yufa" in said
    assert (await courier.take(courier.hub, "up.zip")).code == 0
    await shows(hub, theirs | ours)
    before = await courier.from_site(courier.hub, "yufa")
    again = await courier.take(courier.hub, "up.zip")
    assert (again.code, "没有新的记录" in again.said) == (0, True), again.said
    assert await courier.from_site(courier.hub, "yufa") == before
    # The way back: what the centre knows, without what is the edge's own.
    await courier.must(courier.hub, "export", courier.stick / "down.zip")
    assert (await courier.take(courier.yufa, "down.zip")).code == 0
    await shows(yufa, theirs | ours)
    # Only what is new since the last time.
    theirs.add(await report(yufa, "榆垡,第二趟"))
    await shows(yufa, theirs)
    await courier.must(courier.yufa, "export", courier.stick / "up2.zip", "--since", "last")
    with zipfile.ZipFile(courier.stick / "up2.zip") as opened:
        assert json.loads(opened.read("manifest.json"))["stretches"][0]["chunks"][0]["first"] > len(before)
    assert (await courier.take(courier.hub, "up2.zip")).code == 0
    await shows(hub, theirs | ours)
    # The network, at last.
    async with delayed(("127.0.0.1", courier.through), ("127.0.0.1", courier.leaf_port), 0.0):
        theirs.add(await report(yufa, "榆垡,联网以后"))
        ours.add(await report(hub, "中心,联网以后"))
        for client in (hub, yufa):
            await shows(client, theirs | ours)
        for site in (courier.hub, courier.yufa):
            for sender in ("hub", "yufa"):
                counted = Counter(await courier.from_site(site, sender))
                assert set(counted.values()) == {1}, f"{sender} twice at {site.folder.name}"
        refused = await courier.take(courier.hub, "up.zip")
        assert (refused.code, "已经通过网络接入" in refused.said) == (1, True), refused.said
        await courier.yufa.stop()
    await asyncio.gather(hub.aclose(), yufa.aclose())


async def test_an_import_that_is_killed_goes_on_where_it_was(courier: Courier) -> None:
    many = await asyncio.to_thread(_beats, courier.yufa.data, 6000)
    async with asyncio.timeout(_PATIENCE):
        while len(await courier.from_site(courier.yufa, "yufa")) < many:
            await asyncio.sleep(0.2)
    await courier.must(courier.yufa, "export", courier.stick / "up.zip")
    command = [sys.executable, "-m", "services", "import", "bundle", str(courier.stick / "up.zip")]
    process = subprocess.Popen(
        [*command, "--data", str(courier.hub.data)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    async with courier.broker(courier.hub) as client:
        while (stored := (await log_of(client, "SITE_yufa"))[1]) == 0:
            assert process.poll() is None, "ended before anything was stored"
            await asyncio.sleep(0)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        stored = (await log_of(client, "SITE_yufa"))[1]
    assert 0 < stored < many
    done = await courier.take(courier.hub, "up.zip")
    assert done.code == 0, done.said
    written = await courier.from_site(courier.yufa, "yufa")
    async with asyncio.timeout(_PATIENCE):
        while len(arrived := await courier.from_site(courier.hub, "yufa")) < many:
            await asyncio.sleep(0.2)
    assert arrived == written[: len(arrived)]


def _beats(data: Path, count: int) -> int:
    """So many heartbeats in the site's journal, as if it had been running for a day; the facts that it has then."""
    with contextlib.closing(sqlite3.connect(data / "db" / "operations.db", timeout=30)) as store, store:
        row = store.execute("SELECT body FROM outbox WHERE subject LIKE '%.ops.site.%' ORDER BY position DESC LIMIT 1")
        version, now = decode(row.fetchone()[0]).aggregateversion, datetime.now(UTC)
        for number in range(1, count + 1):
            payload = SiteFact(site="yufa", name="榆垡镇", product_version="1", beat_at=now)
            fact = draft(
                site="yufa", service="operations", kind="ops.site.heartbeat.v1", aggregate_id="yufa",
                version=version + number, payload=payload, now=now, exercise=False,
            )  # fmt: skip
            columns = "INSERT INTO outbox (event_id, subject, body, recorded_at) VALUES (?, ?, ?, ?)"
            store.execute(columns, (fact.id, fact.type, encode(fact), wire_time(now)))
    return count


async def test_no_hostile_bundle_leaves_anything(courier: Courier, tmp_path: Path) -> None:
    client = await courier.yufa.client()
    await report(client, "榆垡")
    await client.aclose()
    await courier.must(courier.yufa, "export", courier.stick / "good.zip")
    good = (courier.stick / "good.zip").read_bytes()
    own, forger = Signer(courier.yufa.data / "ferry", "yufa"), Signer(tmp_path / "forger", "yufa")
    with zipfile.ZipFile(courier.stick / "good.zip") as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    manifest = json.loads(held["manifest.json"])

    def made(name: str, said: dict[str, Any], signer: Signer = own) -> None:
        content = orjson.dumps(said)
        with zipfile.ZipFile(courier.stick / name, "w") as target:
            for each, body in {**held, "manifest.json": content, "manifest.sig": signer.sign(content)}.items():
                target.writestr(each, body)

    made("forged.zip", manifest, forger)
    made("later.zip", {**manifest, "format": 99})
    (stretch,) = manifest["stretches"]
    huge = {**stretch["chunks"][0], "bytes": 2 * 1024**3}
    made("huge.zip", {**manifest, "stretches": [{**stretch, "chunks": [huge]}]})
    (courier.stick / "cut.zip").write_bytes(good[: len(good) // 2])
    foreign = BundleWriter(courier.stick / "foreign.zip", own, exercise=False, now=datetime.now(UTC))
    foreign.add("hub", "epoch", 1, [b"{}"])
    foreign.finish()
    before = await courier.facts(courier.hub)
    for name, words in (
        ("forged.zip", "不是站点“yufa”签的"),
        ("later.zip", "格式是 99"),
        ("huge.zip", "读不出来"),
        ("cut.zip", "读不出来"),
        ("foreign.zip", "有别的站点"),
    ):
        done = await courier.take(courier.hub, name)
        assert (done.code, words in done.said, "没有导入任何内容" in done.said) == (1, True, True), (name, done.said)
        assert "Traceback" not in done.said
    async with courier.broker(courier.hub) as broker:
        assert await log_of(broker, "SITE_yufa") == (None, 0)
    assert [each["id"] for each in await courier.facts(courier.hub)][: len(before)] == [each["id"] for each in before]
    assert (await courier.take(courier.hub, "good.zip")).code == 0
