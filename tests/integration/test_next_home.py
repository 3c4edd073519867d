"""An incident that goes to another home: who reports on it then, from which instants, and who commands there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.information_reporting.handlers.context import Reporting
from services.information_reporting.jobs import tick
from services.information_reporting.metrics import ReportingMetrics
from services.information_reporting.service import DEFAULT
from shared.kernel.clock import wire_time
from tests.harness.clock import HandClock
from tests.harness.two_sites import Sites, sites
from tests.integration.two_sites_bed import INCIDENT, UNIT, code_of, posted

SERVICES = ("incident_intake", "resource_dispatch", "information_reporting", "notification")
TOWNSHIP = {"location": {"text": "库房", "township": "110115006"}}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@asynccontextmanager
async def running(folder: Path, clock: HandClock, *names: str, seed: int | None = None) -> AsyncIterator[Sites]:
    chance = None if seed is None else Random(seed)
    async with sites(folder, *names, services=SERVICES, clock=clock, chance=chance) as found:
        yield found


async def given_to(several: Sites, giver: str, taker: str, incident: dict[str, Any], *, is_cut: bool = False) -> None:
    """Asked, accepted, handed over; with a cut the new home does not hear the last word."""
    asking, taking = await several[giver].admin(), await several[taker].admin()
    made = await posted(asking, f"/api/incidents/{incident['id']}/handover", to_site=taker, reason="就近指挥")
    await several.carry()
    await posted(taking, f"/api/handovers/{made['handover']['id']}/accept", 200)
    if is_cut:
        [answer] = [fact for fact in await several.facts(taker) if fact.kind == "intake.handover.accepted.v1"]
        several.sever(giver, taker)
        await several.bring(giver, answer)
    await several.carry()


async def tick_all(several: Sites) -> None:
    for node in several.nodes.values():
        await tick(Reporting(node.deps("information_reporting"), DEFAULT, ReportingMetrics(CollectorRegistry())))
    await several.carry()


async def looked(
    several: Sites, site: str, incident: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Who reports, as this site says, and its clocks by rule."""
    client = await several[site].admin()
    body = (await client.get("/api/report-clocks", params={"incident_id": incident["id"]})).json()
    return body["reporter"], {one["rule_id"]: one for one in body["items"]}


async def rung(several: Sites, site: str) -> list[str]:
    items = (await (await several[site].admin()).get("/api/notifications", params={"limit": 200})).json()["items"]
    return [one["state"] for one in items if one["kind"] == "report_clock"]


async def test_what_a_township_owed_goes_on_at_the_next_from_the_same_instants(
    tmp_path: Path, clock: HandClock
) -> None:
    async with running(tmp_path, clock, "hub", "yufa", "lixian", seed=1) as several:
        incident = await owed_at_the_next(several, clock)
        await given_to(several, "lixian", "hub", incident)
        (who, there), (_, owed) = await looked(several, "lixian", incident), await looked(several, "hub", incident)
        assert (who["site_name"], {one["passed_to_name"] for one in there.values()}) == (
            "区指挥中心",
            {None, "区指挥中心"},
        )
        assert {one["leg"] for one in owed.values()} == {"district_city"}


async def owed_at_the_next(several: Sites, clock: HandClock) -> dict[str, Any]:
    yufa, lixian = await several["yufa"].admin(), await several["lixian"].admin()
    incident = await posted(yufa, "/api/incidents", **{**INCIDENT, **TOWNSHIP})
    await several.carry()
    clock.advance(minutes=5)
    initial = await posted(yufa, "/api/reports", kind="initial", incident_id=incident["id"])
    await posted(yufa, f"/api/reports/{initial['id']}/phone", 200, to="区指挥中心")
    clock.advance(minutes=5)
    await given_to(several, "yufa", "lixian", incident)
    who, here = await looked(several, "lixian", incident)
    _, there = await looked(several, "yufa", incident)
    assert who == {"site": "lixian", "site_name": "礼贤镇", "is_here": True, "was_here": False, "told": ["initial"]}
    assert (here["township_phone"]["state"], here["township_phone"]["report_id"]) == ("met", initial["id"])
    written, passed = here["township_written"], there["township_written"]
    assert (written["state"], written["starts_at"], written["due_at"]) == (
        "running", incident["received_at"], passed["due_at"],
    )  # fmt: skip
    assert (passed["state"], passed["passed_to"], passed["seconds_left"]) == ("cancelled", "lixian", None)
    clock.advance(minutes=30)
    await tick_all(several)
    assert await rung(several, "lixian"), "the new home is called"
    assert not await rung(several, "yufa"), "the old one is not"
    again = await lixian.post("/api/reports", json={"kind": "initial", "incident_id": incident["id"]})
    assert code_of(again) == (409, "report.told_elsewhere")
    await posted(lixian, "/api/reports", kind="follow_up", incident_id=incident["id"])
    for path, body in (
        ("/api/reports", {"kind": "follow_up", "incident_id": incident["id"]}),
        (f"/api/reports/{initial['id']}/submit", {"version": 2}),
    ):
        refused = await yufa.post(path, json=body)
        assert code_of(refused) == (409, "home.elsewhere")
        assert "礼贤镇" in refused.json()["detail"]
    return incident


async def test_until_the_next_home_has_begun_the_old_one_counts_and_its_delay_stays_one(
    tmp_path: Path, clock: HandClock
) -> None:
    async with running(tmp_path, clock, "yufa", "lixian") as several:
        await cut_half_way(several, clock)


async def cut_half_way(several: Sites, clock: HandClock) -> None:
    yufa = await several["yufa"].admin()
    incident = await posted(yufa, "/api/incidents", **{**INCIDENT, **TOWNSHIP})
    await several.carry()
    await given_to(several, "yufa", "lixian", incident, is_cut=True)
    assert (await looked(several, "yufa", incident))[0]["is_here"]
    clock.advance(minutes=16)
    await tick_all(several)
    assert len(await rung(several, "yufa")) == 1
    assert await rung(several, "lixian") == []
    [word] = [fact for fact in await several.facts("yufa") if fact.kind == "intake.incident.handed_over.v1"]
    await several.bring("lixian", word)
    await several.carry()
    begun = (await looked(several, "lixian", incident))[1]
    assert set(begun) == {"township_phone", "township_written"}, "it counts although the old home hears nothing of it"
    several.mend("yufa", "lixian")
    await several.carry()
    await tick_all(several)
    (who, there), (_, here) = await looked(several, "yufa", incident), await looked(several, "lixian", incident)
    assert (who["site"], who["was_here"]) == ("lixian", True)
    assert [(one["township_phone"]["state"], one["township_phone"]["passed_to"]) for one in (there, here)] == [
        ("overdue", "lixian"), ("overdue", None),
    ]  # fmt: skip
    assert await rung(several, "yufa") == ["cancelled"]
    assert len(await rung(several, "lixian")) == 1
    clock.advance(minutes=1)
    open_here = (await yufa.get("/api/report-clocks", params={"open": True})).json()["items"]
    assert open_here == []
    [late] = (await yufa.get("/api/report-failures")).json()["late"]
    assert late["late_seconds"] == 60


async def test_the_centre_reports_to_the_city_whoever_the_home_is_but_commands_only_its_own(
    tmp_path: Path, clock: HandClock
) -> None:
    async with running(tmp_path, clock, "hub", "yufa") as several:
        await given_by_the_centre(several, clock)


async def given_by_the_centre(several: Sites, clock: HandClock) -> None:
    hub, yufa = await several["hub"].admin(), await several["yufa"].admin()
    incident = await posted(hub, "/api/incidents", **{**INCIDENT, **TOWNSHIP})
    await several.carry()
    await given_to(several, "hub", "yufa", incident)
    (who, owed), (_, none) = await looked(several, "hub", incident), await looked(several, "yufa", incident)
    assert (who["is_here"], who["was_here"]) == (True, True)
    assert owed["city_written_general"]["state"] == "running"
    assert none == {}, "the district knew before the township had it"
    await posted(hub, "/api/reports", kind="initial", incident_id=incident["id"])
    path, due_at = f"/api/incidents/{incident['id']}", wire_time(clock.now() + timedelta(hours=1))
    order, post = {"content": "封控", "to": ["值班员"], "due_at": due_at}, {"name": "前指", "commander_name": "李四"}
    acts: list[tuple[str, dict[str, Any]]] = [("orders", order), ("command-post", post)]
    for act, body in acts:
        refused = await hub.post(f"{path}/{act}", json=body)
        assert code_of(refused) == (409, "home.elsewhere")
        assert "榆垡镇" in refused.json()["detail"]
        await posted(yufa, f"{path}/{act}", **body)
    unit = await posted(hub, "/api/units", name="中心救援队", **UNIT)
    await posted(hub, "/api/assignments", incident_id=incident["id"], unit_id=unit["id"])
    await posted(hub, f"{path}/evacuations", scope="all", assembly_text="村口", reason="爆炸危险")
    response: dict[str, Any] = {"plan_text": "火灾预案", "matter": "火灾", "level": "4", "measures": "封控",
                "expected_until": wire_time(clock.now() + timedelta(hours=6))}  # fmt: skip
    await posted(hub, "/api/activations", incident_id=incident["id"], **response)
