"""What the site does when the machine under it fails: unclean ends, torn stores, a full disk, the UPS, set clocks."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.operations.disk import RESERVE_FILE, DiskLimits, DiskState, DiskWatch
from services.operations.watch import StoreBroken
from shared.kernel.limits import Limit
from tests.harness.clock import HandClock
from tests.harness.disks import fill, small_disk
from tests.harness.hosting import Hosted, hosted

MIB = 1024 * 1024
REPORT = {"type_code": "12G03", "description": "来电", "location": {"lon": 116.45, "lat": 39.8}}


async def _status(app: Hosted) -> dict[str, Any]:
    return dict((await (await app.admin()).get("/api/status")).json())


async def _died(folder: Path, at: Path) -> None:
    """A site that reported once and then was gone from one moment to the next: its files as they were."""
    async with hosted(folder) as app:
        assert (await (await app.admin()).post("/api/incidents", json=REPORT)).status_code == 201
        shutil.copytree(folder, at)


async def test_after_an_end_in_order_nothing_is_said(tmp_path: Path) -> None:
    for _ in range(2):
        async with hosted(tmp_path) as app:
            start = (await _status(app))["last_start"]
            assert (start["clean"], start["refused"]) == (True, [])
    assert not list((tmp_path / "running").iterdir())


async def test_after_a_sudden_end_every_store_is_looked_at_and_it_is_told(tmp_path: Path) -> None:
    await _died(tmp_path / "site", tmp_path / "left")
    async with hosted(tmp_path / "left") as app:
        start = (await _status(app))["last_start"]
        stores = {check["subject"]: check for check in start["checks"]}
        assert not start["clean"]
        assert start["last_seen"]
        assert len(stores) == 8
        assert all(check["ok"] for check in stores.values())
        assert stores["incident_intake"]["detail"] == "完好:1 条事实,1 条待发"
    assert (tmp_path / "left" / "last_start.json").exists()


async def test_a_torn_store_stops_only_its_own_service(tmp_path: Path) -> None:
    await _died(tmp_path / "site", tmp_path / "left")
    _tear(tmp_path / "left" / "db" / "notification.db")
    async with hosted(tmp_path / "left") as app:
        desk = await app.admin()
        refused = await desk.get("/api/notifications")
        assert (refused.status_code, refused.json()["code"]) == (503, "storage.broken")
        assert (await desk.post("/api/incidents", json=REPORT)).status_code == 201
        assert (await _status(app))["last_start"]["refused"] == ["notification"]
        assert (await desk.get("/readyz")).status_code == 200


async def test_without_a_store_of_accounts_nothing_starts(tmp_path: Path) -> None:
    await _died(tmp_path / "site", tmp_path / "left")
    _tear(tmp_path / "left" / "db" / "identity.db")
    with pytest.raises(StoreBroken):
        async with hosted(tmp_path / "left"):
            pass


def _tear(file: Path) -> None:
    """As a disk does that wrote half: the log is gone, the pages are from nowhere."""
    for beside in file.parent.glob(f"{file.name}-*"):
        beside.unlink()
    file.write_bytes(file.read_bytes()[:100] + b"\xa5" * max(file.stat().st_size, 8192))


def test_the_disk_is_watched_and_its_reserve_given_up_and_taken_back(tmp_path: Path) -> None:
    limits = DiskLimits(Limit(24 * MIB, "test"), Limit(0.1, "test"), Limit(4 * MIB, "test"))
    with small_disk(tmp_path / "small", 64) as disk:
        watch = DiskWatch(disk, 8 * MIB, CollectorRegistry(), limits)
        assert _looked(watch) is DiskState.OK
        assert (disk / RESERVE_FILE).stat().st_size == 8 * MIB
        fill(disk, leave=20 * MIB)
        assert _looked(watch) is DiskState.LOW
        assert watch.refusal("POST", "/api/incidents") is None
        filler = fill(disk)
        assert _looked(watch) is DiskState.FULL
        assert not (disk / RESERVE_FILE).exists()
        (disk / "written with the reserve").write_bytes(b"x" * MIB)
        refused = watch.refusal("POST", "/api/incidents")
        assert refused is not None
        assert refused.code == "storage.full"
        assert watch.refusal("GET", "/api/incidents") is None
        assert watch.refusal("POST", "/api/session") is None
        assert watch.refusal("POST", "/api/notifications/1/ack") is None
        filler.unlink()
        assert _looked(watch) is DiskState.OK
        assert (disk / RESERVE_FILE).stat().st_size == 8 * MIB


def _looked(watch: DiskWatch) -> DiskState:
    watch.look()
    return watch.state


async def test_the_ups_is_heard_by_token_and_only_news_becomes_a_fact(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        script = app.anonymous()
        body = {"source": "机房UPS", "on_battery": True, "minutes_left": 30}
        assert (await script.post("/api/ops/power", json=body)).status_code == 401
        assert (await _status(app))["power"] is None
        script.headers["X-Power-Token"] = (tmp_path / "power.token").read_text()
        assert (await script.post("/api/ops/power", json=body)).json()["changed"]
        assert not (await script.post("/api/ops/power", json={**body, "minutes_left": 29})).json()["changed"]
        low = (await script.post("/api/ops/power", json={**body, "minutes_left": 8})).json()
        assert low["power"]["low"]
        assert "打印态势单" in low["power"]["print_hint"]
        old = {"source": "机房UPS", "on_battery": False, "at": "2020-01-01T00:00:00Z"}
        assert not (await script.post("/api/ops/power", json=old)).json()["changed"]
        facts = [fact for fact in await app.facts("operations") if fact.kind == "ops.power.changed.v1"]
        assert [(fact.data["minutes_left"], fact.data["is_low"]) for fact in facts] == [(30, False), (8, True)]
    async with hosted(tmp_path) as app:
        assert (await _status(app))["power"]["on_battery"]


async def test_numbers_stay_unique_on_a_day_that_comes_back(tmp_path: Path) -> None:
    clock = HandClock(datetime(2027, 2, 5, 1, 0, tzinfo=UTC))
    async with hosted(tmp_path, clock=clock) as app:
        numbers, ids = [], []
        for hours in (0, 24, -24, -24, 24):
            clock.advance(hours=hours)
            desk = await app.login("admin", "Yizhangtu-2026-Daxing")
            for _ in range(2):
                made = (await desk.post("/api/incidents", json=REPORT)).json()
                numbers.append(made["number"])
                ids.append(made["id"])
        assert len(set(numbers)) == len(set(ids)) == 10
        kept = (await desk.get("/api/incidents", params={"limit": 200})).json()["items"]
        assert {one["number"] for one in kept} == set(numbers)
        versions = [fact.aggregateversion for fact in await app.facts("incident_intake")]
        assert versions == [1] * 10
