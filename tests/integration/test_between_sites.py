"""Two and more sites: who may write, what they ask of each other, what is found when they meet again."""

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from services.incident_intake.domain.limits import IntakeConfig
from services.incident_intake.handlers.context import Intake
from services.incident_intake.jobs import lapse_due
from services.incident_intake.metrics import IntakeMetrics
from services.incident_intake.store.callers import has_due
from services.resource_dispatch.jobs import expire_due
from shared.kernel.clock import wire_time
from shared.kernel.ids import new_id
from tests.harness.clock import HandClock
from tests.harness.two_sites import Sites, sites
from tests.integration.two_sites_bed import INCIDENT, UNIT, both, clock, code_of, posted

__all__ = ["both", "clock"]


async def a_unit(client: httpx.AsyncClient, name: str = "榆垡防汛一队") -> dict[str, Any]:
    return await posted(client, "/api/units", name=name, **UNIT)


async def test_commands_on_another_sites_things_are_refused_with_its_name(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident, unit = await posted(yufa, "/api/incidents", **INCIDENT), await a_unit(yufa)
    assignment = await posted_after(both, yufa, incident, unit)
    assert incident["number"].startswith("DX-YUFA-")
    for method, path, body in (
        ("PATCH", f"/api/incidents/{incident['id']}", {"title": "x"}),
        ("POST", f"/api/incidents/{incident['id']}/close", {"summary": "x"}),
        ("POST", f"/api/incidents/{incident['id']}/notes", {"text": "x"}),
        ("PATCH", f"/api/units/{unit['id']}", {"note": "x"}),
        ("POST", f"/api/units/{unit['id']}/status", {"status": "unavailable", "reason": "x"}),
        ("POST", f"/api/units/{unit['id']}/position", {"lon": 116.4, "lat": 39.7}),
        ("POST", "/api/assignments", {"incident_id": incident["id"], "unit_id": unit["id"]}),
        ("POST", f"/api/assignments/{assignment['id']}/status", {"status": "accepted"}),
        ("POST", f"/api/assignments/{assignment['id']}/recall", {"reason": "x"}),
    ):
        answer = await hub.request(method, path, json=body)
        assert code_of(answer) == (409, "home.elsewhere"), (path, answer.text)
        assert (answer.json()["site"], "榆垡" in answer.json()["detail"]) == ("yufa", True)
    assert (await hub.get("/api/incidents")).json()["items"] == []


async def posted_after(
    both: Sites, client: httpx.AsyncClient, incident: dict[str, Any], unit: dict[str, Any]
) -> dict[str, Any]:
    await both.carry()
    made = await posted(client, "/api/assignments", incident_id=incident["id"], unit_id=unit["id"])
    await both.carry()
    return made


async def asked(both: Sites) -> tuple[dict[str, Any], dict[str, Any]]:
    """The hub's incident and its request for a unit of the edge, which has heard of both."""
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident, unit = await posted(hub, "/api/incidents", **INCIDENT), await a_unit(yufa)
    await both.carry()
    request = await posted(hub, "/api/requests", incident_id=incident["id"], unit_id=unit["id"], note="带泵")
    return incident, request


async def state_at(both: Sites, site: str, request: dict[str, Any]) -> str:
    return str((await (await both[site].admin()).get(f"/api/requests/{request['id']}")).json()["state"])


async def test_an_accepted_request_sends_the_unit_and_both_sites_say_so(both: Sites) -> None:
    incident, request = await asked(both)
    await both.carry()
    yufa = await both["yufa"].admin()
    accepted = await posted(yufa, f"/api/requests/{request['id']}/accept", 200, note="已出发")
    assert accepted["assignment"]["request_id"] == request["id"]
    assert accepted["assignment"]["number"] == f"{incident['number']}-YUFA01"
    await both.carry()
    assert [await state_at(both, site, request) for site in ("hub", "yufa")] == ["accepted", "accepted"]
    hub = await both["hub"].admin()
    assert (await hub.get(f"/api/incidents/{incident['id']}")).json()["status"] == "active"
    again = await yufa.post(f"/api/requests/{request['id']}/decline", json={})
    assert code_of(again) == (409, "request.answered")


async def test_a_declined_request_sends_nobody(both: Sites) -> None:
    _, request = await asked(both)
    await both.carry()
    yufa = await both["yufa"].admin()
    await posted(yufa, f"/api/requests/{request['id']}/decline", 200, note="正在处置本镇险情")
    await both.carry()
    assert [await state_at(both, site, request) for site in ("hub", "yufa")] == ["declined", "declined"]
    assert (await yufa.get("/api/assignments")).json()["items"] == []


async def test_a_request_that_arrives_too_late_is_never_executed(both: Sites, clock: HandClock) -> None:
    both.sever("hub", "yufa")
    both.mend("hub", "yufa")
    _, request = await asked(both)
    both.sever("hub", "yufa")
    clock.advance(minutes=11)
    assert await state_at(both, "hub", request) == "expired"
    both.mend("hub", "yufa")
    await both.carry()
    yufa = await both["yufa"].admin()
    assert code_of(await yufa.post(f"/api/requests/{request['id']}/accept", json={})) == (409, "request.expired")
    assert await expire_due(both["yufa"].deps("resource_dispatch")) in {0, 1}  # the job may have been first
    await both.carry()
    assert [await state_at(both, site, request) for site in ("hub", "yufa")] == ["expired", "expired"]
    assert (await yufa.get("/api/assignments")).json()["items"] == []


async def test_only_the_asked_site_answers_and_own_units_need_no_request(both: Sites) -> None:
    incident, request = await asked(both)
    hub = await both["hub"].admin()
    assert code_of(await hub.post(f"/api/requests/{request['id']}/accept", json={})) == (409, "request.not_yours")
    body = {"incident_id": incident["id"], "unit_id": request["unit_id"]}
    assert code_of(await hub.post("/api/requests", json=body)) == (409, "request.open_already")
    own = await a_unit(hub, "中心直属队")
    assert code_of(await hub.post("/api/requests", json={**body, "unit_id": own["id"]})) == (409, "home.own")
    late = {**body, "valid_until": wire_time(both["hub"].node.clock.now() - timedelta(minutes=1))}
    both_ways = await hub.post("/api/requests", json={**late, "unit_id": request["unit_id"]})
    assert both_ways.status_code in {409, 422}


async def handed_over(both: Sites) -> dict[str, Any]:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident = await posted(hub, "/api/incidents", **INCIDENT, caller={"name": "张三", "phone": "01000000000"})
    await posted(hub, f"/api/incidents/{incident['id']}/notes", text="第一条")
    made = await posted(hub, f"/api/incidents/{incident['id']}/handover", to_site="yufa", reason="属地就近指挥")
    await both.carry()
    await posted(yufa, f"/api/handovers/{made['handover']['id']}/accept", 200, note="可以")
    await both.carry()
    return incident


async def test_a_hand_over_moves_the_home_with_its_timeline_and_without_the_caller(both: Sites) -> None:
    incident = await handed_over(both)
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    path = f"/api/incidents/{incident['id']}"
    here = (await yufa.get(path)).json()
    assert (here["home_site"], here["number"], here["caller"]) == ("yufa", incident["number"], None)
    assert code_of(await hub.patch(path, json={"title": "x"})) == (409, "home.elsewhere")
    changed = await yufa.patch(path, json={"title": "榆垡镇 库房火灾（扩大）"})
    assert (changed.status_code, changed.json()["version"] > incident["version"]) == (200, True)
    codes = [line["code"] for line in (await yufa.get(f"{path}/timeline")).json()["items"]]
    assert {"timeline.reported", "timeline.note", "timeline.taken_over"} <= set(codes)
    await both.carry()
    assert (await hub.get(path)).json()["title"] == "榆垡镇 库房火灾（扩大）"
    assert (await hub.get("/api/incidents")).json()["items"] == []
    facts = [fact for site in ("hub", "yufa") for fact in await both[site].facts("incident_intake")]
    versions = [fact.aggregateversion for fact in facts if fact.subject == incident["id"]]
    assert sorted(versions) == list(range(1, len(versions) + 1)), "the new home goes on where the old one ended"
    assert not any("张三" in str(fact.data) for fact in facts)


async def test_an_order_heard_between_two_homes_stands_in_the_timeline_once_and_sets_the_incident_going(
    both: Sites,
) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident, unit = await posted(hub, "/api/incidents", **INCIDENT), await a_unit(hub, "中心直属队")
    path = f"/api/incidents/{incident['id']}"
    made = await posted(hub, f"{path}/handover", to_site="yufa", reason="属地就近指挥")
    await both.carry()
    await posted(yufa, f"/api/handovers/{made['handover']['id']}/accept", 200, note="可以")
    answer = (await both["yufa"].facts("incident_intake"))[-1]
    await both.bring("hub", answer)  # which says its last word now
    await posted(hub, "/api/assignments", incident_id=incident["id"], unit_id=unit["id"])
    (order,) = [one for one in await both["hub"].facts("resource_dispatch") if one.fact == "ordered"]
    await both.bring("yufa", order)  # before that last word
    await both.carry()
    for client in (hub, yufa):
        shown = (await client.get(path)).json()
        assert (shown["home_site"], shown["status"]) == ("yufa", "active")
        lines = (await client.get(f"{path}/timeline")).json()["items"]
        assert [line["kind"] for line in lines].count("assignment") == 1
    await both.bring("yufa", order.model_copy(update={"id": new_id()}))  # another fact is another line
    lines = (await yufa.get(f"{path}/timeline")).json()["items"]
    assert [line["kind"] for line in lines].count("assignment") == 2


async def test_the_callers_data_end_with_the_incident_also_where_it_was_handed_over(
    both: Sites, clock: HandClock
) -> None:
    incident = await handed_over(both)
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    await posted(yufa, f"/api/incidents/{incident['id']}/close", 200, summary="扑灭")
    await both.carry()
    assert (await hub.get(f"/api/incidents/{incident['id']}")).json()["caller"]["name"] == "张三"
    clock.advance(days=31)
    due = await both["hub"].node.databases["incident_intake"].read(lambda c: has_due(c, clock.now()))
    assert due


async def test_a_hand_over_that_nobody_answers_expires_and_the_home_stays(both: Sites, clock: HandClock) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident = await posted(hub, "/api/incidents", **INCIDENT)
    made = await posted(hub, f"/api/incidents/{incident['id']}/handover", to_site="yufa", reason="就近")
    await both.carry()
    await posted(yufa, f"/api/handovers/{made['handover']['id']}/accept", 200)
    clock.advance(minutes=16)  # the answer was in time, but it is heard too late
    await both.carry()
    assert (await hub.get(f"/api/incidents/{incident['id']}")).json()["home_site"] == "hub"
    assert (await hub.patch(f"/api/incidents/{incident['id']}", json={"title": "继续"})).status_code == 200
    offers = (await yufa.get("/api/handovers")).json()["items"]
    assert [offer["state"] for offer in offers] == ["expired"]


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_and_repetition_of_facts_ends_with_one_home(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    async with sites(tmp_path, "hub", "yufa", "lixian", chance=chance) as three:
        clients = {site: await three[site].admin() for site in three.nodes}
        incident = await posted(clients["hub"], "/api/incidents", **INCIDENT)
        home = "hub"
        for _ in range(4):
            to_site = chance.choice([site for site in three.nodes if site != home])
            path = f"/api/incidents/{incident['id']}"
            made = await posted(clients[home], f"{path}/handover", to_site=to_site, reason="轮换")
            await three.carry()
            await posted(clients[to_site], f"/api/handovers/{made['handover']['id']}/accept", 200)
            if chance.random() < 0.5:
                three.sever(home, to_site)
                await three.carry()
                answers = [await clients[site].post(f"{path}/notes", json={"text": "写"}) for site in three.nodes]
                assert sum(answer.status_code == 201 for answer in answers) <= 1
                three.mend(home, to_site)
            await three.carry()
            home = to_site
            tried = {site: await clients[site].post(f"{path}/notes", json={"text": "写"}) for site in three.nodes}
            assert [site for site, answer in tried.items() if answer.status_code == 201] == [home]
        facts = [f for site in three.nodes for f in await three.facts(site) if f.subject == incident["id"]]
        versions = sorted(fact.aggregateversion for fact in facts if fact.aggregate == "incident")
        assert versions == list(range(1, len(versions) + 1))


async def test_two_incidents_of_two_sites_for_one_event_are_found_and_a_person_decides(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    both.sever("hub", "yufa")
    first = await posted(hub, "/api/incidents", **INCIDENT)
    second = await posted(yufa, "/api/incidents", **{**INCIDENT, "location": {"lon": 116.331, "lat": 39.5005}})
    far = await posted(yufa, "/api/incidents", **{**INCIDENT, "location": {"lon": 116.40, "lat": 39.5}})
    both.mend("hub", "yufa")
    await both.carry()
    [found] = (await hub.get("/api/conflicts", params={"state": "open"})).json()["items"]
    assert {found["left"]["id"], found["right"]["id"]} == {first["id"], second["id"]}
    assert (await yufa.get("/api/conflicts")).json()["items"] == [], "the centre finds it, once"
    decision = {"decision": "same", "keep_id": first["id"], "reason": "同一处火灾"}
    await posted(hub, f"/api/conflicts/{found['id']}/decision", 200, **decision)
    await both.carry()
    merged = (await yufa.get(f"/api/incidents/{second['id']}")).json()
    assert (merged["status"], merged["merged_into"]) == ("merged", first["id"])
    assert (await yufa.get(f"/api/incidents/{far['id']}")).json()["status"] == "reported"
    codes = [line["code"] for line in (await hub.get(f"/api/incidents/{first['id']}/timeline")).json()["items"]]
    assert "timeline.absorbed" in codes
    answer = await hub.post(f"/api/conflicts/{found['id']}/decision", json=decision)
    assert code_of(answer) == (409, "conflict.decided")


async def test_a_decision_that_is_heard_a_day_late_merges_nothing(both: Sites, clock: HandClock) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    first = await posted(hub, "/api/incidents", **INCIDENT)
    second = await posted(yufa, "/api/incidents", **INCIDENT)
    await both.carry()
    [found] = (await hub.get("/api/conflicts")).json()["items"]
    await posted(hub, f"/api/conflicts/{found['id']}/decision", 200, decision="same", keep_id=first["id"], reason="同")
    clock.advance(hours=25)
    yufa = await both["yufa"].login("admin", "Yizhangtu-2026-Daxing")
    await both.carry()
    assert (await yufa.get(f"/api/incidents/{second['id']}")).json()["status"] == "reported"


async def test_a_unit_in_two_lists_that_was_promised_twice_is_found(both: Sites) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    own, theirs = await a_unit(hub, "榆垡 消防站"), await a_unit(yufa, "榆垡消防站")
    one, two = await posted(hub, "/api/incidents", **INCIDENT), await posted(yufa, "/api/incidents", type_code="11A02")
    await both.carry()
    both.sever("hub", "yufa")
    await posted(hub, "/api/assignments", incident_id=one["id"], unit_id=own["id"])
    await posted(yufa, "/api/assignments", incident_id=two["id"], unit_id=theirs["id"])
    both.mend("hub", "yufa")
    await both.carry()
    [found] = (await hub.get("/api/conflicts")).json()["items"]
    assert (found["kind"], found["left"]["home_site"], found["right"]["home_site"]) == (
        "unit_promised_twice", "hub", "yufa",
    )  # fmt: skip
    await posted(hub, f"/api/conflicts/{found['id']}/decision", 200, decision="different", reason="重名的两支队伍")
    assert (await hub.get("/api/conflicts", params={"state": "open"})).json()["items"] == []


async def test_what_another_site_tells_late_stands_at_its_time_marked_late_and_moves_nothing_back(
    both: Sites, clock: HandClock
) -> None:
    hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
    incident, unit = await posted(hub, "/api/incidents", **INCIDENT), await a_unit(yufa)
    await both.carry()
    both.sever("hub", "yufa")
    ordered_at = clock.now()
    await posted(yufa, "/api/assignments", incident_id=incident["id"], unit_id=unit["id"])
    clock.advance(minutes=20)
    await posted(hub, f"/api/incidents/{incident['id']}/close", 200, summary="电话确认已扑灭")
    both.mend("hub", "yufa")
    await both.carry()
    assert (await hub.get(f"/api/incidents/{incident['id']}")).json()["status"] == "closed"
    lines = (await hub.get(f"/api/incidents/{incident['id']}/timeline")).json()["items"]
    late = next(line for line in lines if line["kind"] == "assignment")
    assert (late["late"], late["at"]) == (True, wire_time(ordered_at))
    assert [line["kind"] for line in lines].index("assignment") > [line["kind"] for line in lines].index("closed")


async def test_the_expiry_jobs_find_what_is_due(both: Sites, clock: HandClock) -> None:
    hub = await both["hub"].admin()
    incident = await posted(hub, "/api/incidents", **INCIDENT)
    await posted(hub, f"/api/incidents/{incident['id']}/handover", to_site="yufa", reason="就近")
    clock.advance(minutes=16)
    intake = Intake(both["hub"].deps("incident_intake"), IntakeConfig(), IntakeMetrics(CollectorRegistry()))
    await lapse_due(intake)
    facts = [fact.fact for fact in await both["hub"].facts("incident_intake") if fact.subject == incident["id"]]
    assert facts == ["reported", "handover_requested", "handover_expired"]


async def test_a_shift_of_another_site_is_refused_with_its_name(tmp_path: Path, store_url: str | None) -> None:
    urls = {"hub": store_url} if store_url else None
    async with sites(tmp_path, "hub", "yufa", services=("identity", "duty_roster"), database_urls=urls) as both:
        hub, yufa = await both["hub"].admin(), await both["yufa"].admin()
        person = await posted(yufa, "/api/people", name="王五")
        now = both["yufa"].node.clock.now()
        hours: dict[str, Any] = {"starts_at": wire_time(now), "ends_at": wire_time(now + timedelta(hours=12))}
        shift = await posted(yufa, "/api/roster/shifts", post="duty_officer", person_id=person["id"], **hours)
        await both.carry()
        path = f"/api/roster/shifts/{shift['id']}"
        for answer in (await hub.patch(path, json={"note": "x"}), await hub.post(f"{path}/cancel", json={})):
            assert (*code_of(answer), answer.json()["site"]) == (409, "home.elsewhere", "yufa")
        assert (await yufa.patch(path, json={"note": "x"})).status_code == 200
        assert code_of(await hub.patch("/api/roster/shifts/none", json={"note": "x"})) == (404, "shift.not_found")
