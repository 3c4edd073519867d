"""The real process on a machine that misbehaves: gone without warning, torn files, a set clock, a UPS that calls."""

import asyncio
import os
import sqlite3
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.kernel.clock import parse_time
from tests.harness.missing import missing
from tests.harness.ports import Ports
from tests.harness.site import ROOT, Site

REPORT = {"type_code": "12G03", "description": "来电", "location": {"lon": 116.45, "lat": 39.8}}
_FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
HAS_FAKETIME = _FAKETIME.exists()


async def _until(client: httpx.AsyncClient, wanted: Any, seconds: float = 20.0) -> dict[str, Any]:
    """The status once it is as wanted."""
    async with asyncio.timeout(seconds):
        while True:
            status: dict[str, Any] = (await client.get("/api/status")).json()
            if wanted(status):
                return status
            await asyncio.sleep(0.1)


async def test_what_was_killed_says_at_the_next_start_what_it_looked_at(tmp_path: Path, ports: Ports) -> None:
    site = Site(tmp_path, ports)
    async with site:
        client = await site.client()
        assert (await _until(client, lambda status: status["last_start"]["checks"]))["last_start"]["clean"]
        assert (await client.post("/api/incidents", json=REPORT)).status_code == 201
        site.kill()
        await site.start()
        start = (await _until(client, lambda status: len(status["last_start"]["checks"]) == 10))["last_start"]
        assert not start["clean"]
        codes = [check["code"] for check in start["checks"]]
        assert sorted(codes) == [*["picture_whole"], *["store_whole"] * 8, "stream_whole"]
        assert "上一次没有正常结束" in site.log.read_text()
        await client.aclose()


async def test_a_picture_that_lost_something_is_noticed_and_drawn_anew(tmp_path: Path, ports: Ports) -> None:
    site = Site(tmp_path, ports)
    async with site:
        client = await site.client()
        made = (await client.post("/api/incidents", json=REPORT)).json()
        store = sqlite3.connect(site.data / "db" / "operational_picture.db")
        async with asyncio.timeout(20):
            while not store.execute("SELECT 1 FROM picture_item WHERE id LIKE 'incident:%'").fetchall():
                await asyncio.sleep(0.1)
        site.kill()
        store.execute("DELETE FROM picture_item WHERE id LIKE 'incident:%'")
        store.commit()
        store.close()
        await site.start()
        compared = lambda status: any(c["code"] == "picture_differs" for c in status["last_start"]["checks"])  # noqa: E731
        await _until(client, compared)
        async with asyncio.timeout(20):
            while f"incident:{made['id']}" not in (await client.get("/api/picture")).text:
                await asyncio.sleep(0.1)
        await client.aclose()


async def test_a_torn_store_of_accounts_ends_the_start_with_the_way_out(tmp_path: Path, ports: Ports) -> None:
    site = Site(tmp_path, ports)
    async with site:
        site.kill()
    store = site.data / "db" / "identity.db"
    for beside in store.parent.glob("identity.db-*"):
        beside.unlink()
    store.write_bytes(b"\xa5" * 8192)
    with pytest.raises(AssertionError, match="ended at start"):
        await site.start()
    said = site.log.read_text().replace("\n", "")
    assert "账号与会话”的数据库损坏" in said
    assert "yizhangtu restore" in said
    assert "Traceback" not in said


async def test_a_clock_that_is_set_by_a_day_moves_no_time_and_is_seen(tmp_path: Path, ports: Ports) -> None:
    if not HAS_FAKETIME:
        missing("libfaketime", "apt-get install faketime", optional=True)
    offset = tmp_path / "offset"
    offset.write_text("+0")
    environment = {
        "LD_PRELOAD": str(_FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1",
    }  # fmt: skip
    async with Site(tmp_path, ports, environment=environment) as site:
        client = await site.client()
        times: list[datetime] = []
        for days, seconds in (("+0", 0.0), ("+1d", 86_400.0), ("-1d", -86_400.0)):
            offset.write_text(days)
            if seconds:
                expected = lambda status, s=seconds: abs((status["clock_jump"] or {"seconds": 0})["seconds"] - s) < 60  # noqa: E731
                status = await _until(client, expected)
                assert not status["clock_jump"]["accepted"]
            made = await client.post("/api/incidents", json=REPORT)
            assert made.status_code == 201, made.text
            times.append(parse_time(made.json()["received_at"]))
        assert times == sorted(times)
        assert times[-1] - times[0] < timedelta(minutes=2)
        exposed = (await client.get("/metrics")).text
        [line] = [line for line in exposed.splitlines() if line.startswith("yzt_clock_jump_seconds ")]
        assert abs(float(line.split()[1]) + 86_400) < 60
        await client.aclose()


async def test_the_script_of_the_ups_is_heard(tmp_path: Path, ports: Ports) -> None:
    async with Site(tmp_path, ports) as site:
        client = await site.client()
        environment = {**os.environ, "YZT_DATA": str(site.data), "YZT_URL": site.url}
        script = [str(ROOT / "deploy" / "ups" / "yizhangtu-power")]
        await asyncio.to_thread(subprocess.run, [*script, "battery", "6", "UPS"], env=environment, check=True)
        power = (await client.get("/api/status")).json()["power"]
        assert (power["on_battery"], power["minutes_left"], power["low"]) == (True, 6, True)
        await asyncio.to_thread(subprocess.run, [*script, "mains"], env=environment, check=True)
        assert not (await client.get("/api/status")).json()["power"]["on_battery"]
        await client.aclose()
