"""Grades between sites: hand-over, going on beside and a merge from another site carry figures and are graded anew."""

from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness.two_sites import Sites, sites
from tests.integration.two_sites_bed import INCIDENT, posted

FIRE: dict[str, Any] = {**INCIDENT, "source": "fire_119", "casualties": {"dead": 4, "missing": 2}}


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Sites]:
    async with sites(tmp_path, "hub", "yufa") as running:
        yield running


async def read(client: httpx.AsyncClient, incident: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/api/incidents/{incident['id']}")).json()
    return found


async def test_the_next_home_grades_by_its_own_rules_and_keeps_the_figures_side_by_side(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    rules = (await yufa.get("/api/grading-rules")).json()
    stricter = deepcopy({name: part for name, part in rules.items() if not name.startswith("updated_")})
    next(row for row in stricter["rows"] if row["id"] == "fire.deaths.II")["at_least"] = 4
    (await yufa.put("/api/grading-rules", json=stricter)).raise_for_status()
    fire = await posted(hub, "/api/incidents", **FIRE)
    assert (fire["grade"], fire["possible_grade"]) == ("III", None)
    await posted(hub, f"/api/incidents/{fire['id']}/figures", field="dead", value=5, source="medical_120")
    made = await posted(hub, f"/api/incidents/{fire['id']}/handover", to_site="yufa", reason="属地就近指挥")
    await both.carry()
    await posted(yufa, f"/api/handovers/{made['handover']['id']}/accept", 200)
    await both.carry()
    here, there = await read(yufa, fire), await read(hub, fire)
    assert (here["home_site"], here["grade"], here["casualties"]["dead"]) == ("yufa", "II", 4)
    assert here["command_transfer"] is not None
    assert [one["value"] for one in here["figures"]] == [4, 5]
    assert there["grade"] == "II", "the former home follows"
    chosen = here["figures"][1]["id"]
    await posted(yufa, f"/api/incidents/{fire['id']}/figures/{chosen}/choose", 200)
    refused = await hub.post(f"/api/incidents/{fire['id']}/casualties", json={"dead": 9})
    assert (refused.status_code, refused.json()["code"]) == (409, "home.elsewhere")


async def test_what_goes_on_beside_is_graded_and_a_merge_brings_its_figures_back(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    fire = await posted(hub, "/api/incidents", **FIRE)
    await both.carry()
    both.sever("hub", "yufa")
    beside = await posted(yufa, f"/api/incidents/{fire['id']}/continue", reason="中心联系不上")
    assert (beside["grade"], beside["casualties"]["missing"]) == ("III", 2)
    told = await posted(yufa, f"/api/incidents/{beside['id']}/casualties", 200, dead=11)
    assert (told["grade"], told["command_transfer"] is not None) == ("II", True)
    both.mend("hub", "yufa")
    await both.carry()
    conflict = (await hub.get("/api/conflicts")).json()["items"][0]
    body = {"decision": "same", "keep_id": fire["id"], "reason": "同一起"}
    await posted(hub, f"/api/conflicts/{conflict['id']}/decision", 200, **body)
    await both.carry()
    after = await read(hub, fire)
    assert (after["casualties"]["dead"], after["grade"], after["possible_grade"]) == (4, "III", "II")
    assert [one["value"] for one in after["figures"] if one["from_incident"] == beside["id"]] == [11]
