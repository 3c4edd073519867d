"""Proposals of duplicates through the whole site: with reasons, in the bureau's own window, never carried out."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.intake_site import PLACE, IntakeSite, intake_site

FIRE: dict[str, Any] = {"type_code": "12G03", "location": PLACE}
NEAR = {"lon": 116.441, "lat": 39.8005, "text": "幸福路 5 号旁"}


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


async def check(site: IntakeSite, **draft: Any) -> dict[str, Any]:
    answer = await (await site.officer()).post("/api/duplicates/check", json=draft)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_draft_is_shown_what_looks_like_it_and_why_and_nothing_is_kept(site: IntakeSite) -> None:
    incident = await site.report(**FIRE, caller={"phone": "13800001234", "name": "张三"})
    far = {"lon": 116.30, "lat": 39.60, "text": "榆垡"}
    await site.report(type_code="12G03", location=far)
    await site.report(type_code="13B03", location=PLACE)
    found = await check(site, type_code="12G04", location=NEAR, caller={"phone": "138 0000 1234"})
    (only,) = found["items"]
    assert (only["incident"]["id"], only["incident"]["caller"]) == (incident["id"], None)
    assert 50 < only["distance_m"] < 150
    codes = [one["code"] for one in only["reasons"]]
    assert {"same_group", "near", "soon", "same_caller"} <= set(codes)
    assert all(one["text"] and "{" not in one["text"] for one in only["reasons"])
    assert len(await site.rows("select id from incident")) == 3
    assert len(await site.rows("select id from call")) == 3


async def test_beside_an_incident_stand_the_others_of_the_last_while_and_never_itself(site: IntakeSite) -> None:
    first = await site.report(**FIRE)
    site.clock.offset += timedelta(minutes=10)
    second = await site.report(type_code="12G03", location=NEAR)
    site.clock.offset += timedelta(minutes=31)
    third = await site.report(**FIRE)
    officer = await site.officer()

    async def beside(incident: dict[str, Any]) -> list[str]:
        answer = await officer.get(f"/api/incidents/{incident['id']}/duplicates")
        return [one["incident"]["id"] for one in answer.json()["items"]]

    assert await beside(second) == [first["id"]]
    assert await beside(third) == []
    await site.act(second, "merge", into=first["id"], reason="同一起")
    assert await beside(first) == []
    await site.act(second, "split", reason="不是")
    assert await beside(first) == [second["id"]]


async def test_a_call_that_waits_is_proposed_too(site: IntakeSite) -> None:
    body = {"source": "sensor", "said": "氢浓度超限", "type_code": "12D02", "location": PLACE}
    call = (await (await site.officer()).post("/api/calls", json=body)).json()
    found = await check(site, type_code="12D02", location=NEAR)
    assert [one["call"]["id"] for one in found["calls"]] == [call["id"]]
    await site.report(type_code="12D02", location=PLACE, call_id=call["id"])
    found = await check(site, type_code="12D02", location=NEAR)
    assert (found["calls"], len(found["items"])) == ([], 1)


async def test_what_counts_as_near_is_the_bureaus_to_decide(site: IntakeSite) -> None:
    await site.report(**FIRE)
    far = {"lon": 116.445, "lat": 39.80}
    assert (await check(site, type_code="12G03", location=far))["items"] == []
    leader, officer = await site.node.client("duty_leader"), await site.officer()
    before = (await officer.get("/api/duplicates/window")).json()
    assert (before["metres"], before["minutes"], before["verified"], before["version"]) == (300.0, 30.0, False, 0)
    wide = {"metres": 1000, "minutes": 60, "basis": "区局值班规定", "verified": True, "version": 0}
    assert (await officer.put("/api/duplicates/window", json=wide)).status_code == 403
    assert (await leader.put("/api/duplicates/window", json=wide)).json()["version"] == 1
    stale = await leader.put("/api/duplicates/window", json=wide)
    assert (stale.status_code, stale.json()["code"]) == (409, "duplicate_window.changed")
    found = await check(site, type_code="12G03", location=far)
    assert (len(found["items"]), found["window"]["basis"]) == (1, "区局值班规定")
    hinted = await site.report(type_code="12G03", location=far)
    assert "incident.look_alike" in [hint["code"] for hint in hinted["hints"]], "the report's own hint knows it too"


async def test_an_officer_of_a_territory_is_shown_the_own_ones_only(site: IntakeSite) -> None:
    await site.report(**FIRE)
    own = await site.node.client("territory_officer", territory="110115001")
    answer = await own.post("/api/duplicates/check", json={"type_code": "12G03", "location": {**NEAR}})
    assert answer.json()["items"] == []
