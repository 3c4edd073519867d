"""An incident whose home cannot be reached: what people elsewhere can still note, take back, and go on with."""

from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from shared.kernel.clock import wire_time
from shared.kernel.ids import new_id
from tests.harness.clock import HandClock
from tests.harness.two_sites import Sites, sites
from tests.integration.two_sites_bed import INCIDENT, UNIT, both, clock, code_of, posted

__all__ = ["both", "clock"]


async def lines(client: httpx.AsyncClient, incident_id: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/incidents/{incident_id}/timeline")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def notes(client: httpx.AsyncClient, incident_id: str) -> list[tuple[str, bool]]:
    found = await lines(client, incident_id)
    return [(line["params"]["text"], line["late"]) for line in found if line["code"] == "timeline.remark"]


async def cut_in_the_middle(both: Sites) -> dict[str, Any]:
    """The hub has handed over, and the edge, which had accepted, has not heard of it: nobody writes."""
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident = await posted(hub, "/api/incidents", **INCIDENT, caller={"name": "张三", "phone": "01000000000"})
    made = await posted(hub, f"/api/incidents/{incident['id']}/handover", to_site="yufa", reason="属地就近指挥")
    await both.carry()
    await posted(yufa, f"/api/handovers/{made['handover']['id']}/accept", 200)
    [answer] = [fact for fact in await both.facts("yufa") if fact.kind == "intake.handover.accepted.v1"]
    await both.bring("hub", answer)
    both.sever("hub", "yufa")
    for client in (hub, yufa):
        changed = await client.patch(f"/api/incidents/{incident['id']}", json={"title": "x"})
        assert code_of(changed) == (409, "home.elsewhere")
    return incident


async def test_in_a_hand_over_that_is_cut_both_sites_note_and_send_and_nothing_of_it_is_lost(
    both: Sites, clock: HandClock
) -> None:
    incident = await cut_in_the_middle(both)
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    path, noted_at = f"/api/incidents/{incident['id']}", clock.now()
    await posted(hub, f"{path}/remarks", text="中心:供电公司已到")
    await posted(yufa, f"{path}/remarks", text="现场:东侧已封控")
    unit = await posted(yufa, "/api/units", name="榆垡消防站", **UNIT)
    await posted(yufa, "/api/assignments", incident_id=incident["id"], unit_id=unit["id"])
    assert await notes(hub, incident["id"]) == [("中心:供电公司已到", False)]
    assert await notes(yufa, incident["id"]) == [("现场:东侧已封控", False)]
    clock.advance(minutes=20)
    both.mend("hub", "yufa")
    await both.carry()
    assert (await yufa.get(path)).json()["home_site"] == "yufa"
    assert sorted(await notes(yufa, incident["id"])) == [("中心:供电公司已到", True), ("现场:东侧已封控", False)]
    assert sorted(await notes(hub, incident["id"])) == [("中心:供电公司已到", False), ("现场:东侧已封控", True)]
    late = next(line for line in await lines(yufa, incident["id"]) if line["late"])
    assert late["at"] == wire_time(noted_at), "it stands when it was noted"


async def test_the_home_tells_a_remark_on_and_hears_it_once(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident = await posted(hub, "/api/incidents", **INCIDENT)
    await both.carry()
    path = f"/api/incidents/{incident['id']}"
    await posted(yufa, f"{path}/remarks", text="现场看到浓烟")
    await both.carry()
    [fact] = [fact for fact in await both.facts("yufa") if fact.kind == "intake.remark.made.v1"]
    await both.bring("hub", fact)
    assert await notes(hub, incident["id"]) == [("现场看到浓烟", False)]
    told = [one for one in await both["hub"].facts("incident_intake") if one.subject == incident["id"]]
    assert [(one.fact, one.data["changed"], one.data["remark"]) for one in told[1:]] == [
        ("updated", ["note"], "现场看到浓烟")
    ]
    await posted(hub, f"{path}/remarks", text="本站点的是普通备注")
    assert (await hub.get(path)).json()["version"] == told[-1].aggregateversion + 1


async def test_nobody_notes_on_what_is_unknown_or_another_townships(both: Sites) -> None:
    hub = await both["hub"].admin()
    assert code_of(await hub.post("/api/incidents/none/remarks", json={"text": "x"})) == (404, "incident.not_found")
    placed = {**INCIDENT, "location": {**INCIDENT["location"], "township": "110115104"}}
    incident = await posted(hub, "/api/incidents", **placed)
    await both.carry()
    other = await both["yufa"].client("territory_officer", territory="110115107")
    answer = await other.post(f"/api/incidents/{incident['id']}/remarks", json={"text": "x"})
    assert code_of(answer) == (404, "incident.not_found")
    assert (await other.get(f"/api/incidents/{incident['id']}/timeline")).status_code == 404


async def test_a_request_that_was_taken_back_hands_nothing_over_whatever_is_on_its_way(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident = await posted(hub, "/api/incidents", **INCIDENT)
    path = f"/api/incidents/{incident['id']}"
    assert code_of(await hub.post(f"{path}/handover/withdraw")) == (409, "handover.none_open")
    made = await posted(hub, f"{path}/handover", to_site="yufa", reason="就近")
    await both.carry()
    both.sever("hub", "yufa")
    await posted(yufa, f"/api/handovers/{made['handover']['id']}/accept", 200)
    taken_back = await posted(hub, f"{path}/handover/withdraw", 200)
    assert (taken_back["handover"]["state"], taken_back["handover"]["withdrawn_by"]) == ("expired", "系统管理员")
    again = await posted(hub, f"{path}/handover", to_site="lixian", reason="改由礼贤接手")
    both.mend("hub", "yufa")
    await both.carry()
    assert (await hub.get(path)).json()["home_site"] == "hub"
    [offer] = (await yufa.get("/api/handovers")).json()["items"]
    assert (offer["state"], offer["withdrawn_by"], offer["answer_here"]) == ("expired", "系统管理员", "accepted")
    assert again["handover"]["state"] == "requested"


async def test_who_cannot_wait_goes_on_beside_it_and_a_person_decides_when_both_are_heard(both: Sites) -> None:
    incident = await cut_in_the_middle(both)
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    path = f"/api/incidents/{incident['id']}"
    beside = await posted(hub, f"{path}/continue", reason="榆垡失联,现场由中心指挥")
    assert (beside["continues"], beside["home_site"], beside["status"]) == (incident["id"], "hub", "reported")
    assert (beside["number"] != incident["number"], beside["title"]) == (True, incident["title"])
    assert (beside["occurred_at"], beside["received_at"]) == (incident["occurred_at"], incident["received_at"])
    assert beside["caller"] is not None, "the caller stays with the site that took the call"
    assert (await hub.patch(f"/api/incidents/{beside['id']}", json={"title": "库房火灾(中心指挥)"})).status_code == 200
    assert code_of(await hub.post(f"{path}/continue", json={"reason": "x"})) == (409, "continue.already")
    both.mend("hub", "yufa")
    await both.carry()
    assert (await yufa.get(path)).json()["home_site"] == "yufa"
    assert any(beside["number"] in text for text, _ in await notes(yufa, incident["id"])), "the other site reads why"
    [found] = (await hub.get("/api/conflicts", params={"state": "open"})).json()["items"]
    assert {found["left"]["id"], found["right"]["id"]} == {incident["id"], beside["id"]}
    assert {found["left"]["home_site"], found["right"]["home_site"]} == {"hub", "yufa"}
    decision = {"decision": "same", "keep_id": beside["id"], "reason": "中心指挥到底"}
    await posted(hub, f"/api/conflicts/{found['id']}/decision", 200, **decision)
    await both.carry()
    merged = (await yufa.get(path)).json()
    assert (merged["status"], merged["merged_into"]) == ("merged", beside["id"])
    assert (await hub.get(f"/api/incidents/{beside['id']}")).json()["status"] == "reported"


async def test_an_edge_goes_on_beside_what_the_centre_wrote_with_all_that_was_told_of_it(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident = await posted(hub, "/api/incidents", **INCIDENT, casualties={"dead": 0, "trapped": 2})
    await both.carry()
    both.sever("hub", "yufa")
    beside = await posted(yufa, f"/api/incidents/{incident['id']}/continue", reason="与中心失联")
    assert beside["number"].startswith("DX-YUFA-")
    assert (beside["casualties"]["trapped"], beside["location"]["lon"]) == (2, 116.33)
    own = await yufa.post(f"/api/incidents/{beside['id']}/continue", json={"reason": "x"})
    assert code_of(own) == (409, "home.own")
    await posted(hub, f"/api/incidents/{incident['id']}/close", 200, summary="已扑灭")
    both.mend("hub", "yufa")
    await both.carry()
    ended = await yufa.post(f"/api/incidents/{incident['id']}/continue", json={"reason": "x"})
    assert code_of(ended) == (409, "incident.already_closed")


async def test_two_that_go_on_beside_each_other_without_a_place_are_found_by_their_link(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident = await posted(hub, "/api/incidents", type_code="12G03", title="地点不详的火情")
    await both.carry()
    beside = await posted(yufa, f"/api/incidents/{incident['id']}/continue", reason="与中心失联")
    await both.carry()
    [found] = (await hub.get("/api/conflicts")).json()["items"]
    assert ({found["left"]["id"], found["right"]["id"]}, found["metres"]) == ({incident["id"], beside["id"]}, None)


@pytest.mark.parametrize("seed", range(3))
async def test_remarks_in_any_order_and_number_are_one_line_each_at_every_site(tmp_path: Path, seed: int) -> None:
    chance, clock = Random(seed), HandClock()
    async with sites(tmp_path, "hub", "yufa", "lixian", clock=clock, chance=chance) as three:
        clients = {site: await three[site].admin() for site in three.nodes}
        incident = await posted(clients["hub"], "/api/incidents", **INCIDENT)
        await three.carry()
        path, told = f"/api/incidents/{incident['id']}", set()
        made = await posted(clients["hub"], f"{path}/handover", to_site="yufa", reason="就近")
        await three.carry()
        await posted(clients["yufa"], f"/api/handovers/{made['handover']['id']}/accept", 200)
        for number in range(6):
            site = chance.choice(["yufa", "lixian"])
            answer = await clients[site].post(f"{path}/remarks", json={"text": f"{site} {number}"})
            assert answer.status_code == 201, answer.text
            told.add(f"{site} {number}")
            clock.advance(seconds=chance.randrange(20))
        await three.carry()
        for client in clients.values():
            found = [line["params"]["text"] for line in await lines(client, incident["id"]) if line["kind"] == "note"]
            assert sorted(found) == sorted(told)
        facts = [f for site in three.nodes for f in await three.facts(site) if f.subject == incident["id"]]
        versions = sorted(fact.aggregateversion for fact in facts if fact.aggregate == "incident")
        assert versions == list(range(1, len(versions) + 1))


async def test_a_copy_that_the_sites_own_log_replaced_is_not_left_for_a_person_to_decide(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    copy = await posted(hub, "/api/incidents", **INCIDENT)
    own = await posted(yufa, "/api/incidents", **INCIDENT)
    await both.carry()
    [found] = (await hub.get("/api/conflicts", params={"state": "open"})).json()["items"]
    assert {found["left"]["id"], found["right"]["id"]} == {copy["id"], own["id"]}
    [told] = [fact for fact in await both["hub"].facts("incident_intake") if fact.subject == copy["id"]]
    merged = {**told.data, "status": "merged", "merged_into": own["id"], "remark": "本站点日志已到"}
    fact = told.model_copy(update={"id": new_id(), "aggregateversion": 2, "data": merged,
                                   "type": told.type.replace("reported", "merged")})  # fmt: skip
    await both.bring("hub", fact)
    assert (await hub.get("/api/conflicts", params={"state": "open"})).json()["items"] == []
    [settled] = (await hub.get("/api/conflicts")).json()["items"]
    assert (settled["decision"], settled["keep_id"], settled["reason"]) == ("same", own["id"], "本站点日志已到")
