"""Command at the scene over HTTP, on SQLite and PostgreSQL: evacuations, the post, orders, responses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from services.resource_dispatch.jobs import tell_due
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.store.incidents import keep_incident
from services.resource_dispatch.subscribers import subscriptions
from shared.contracts.draft import draft
from shared.contracts.events.dispatch import AssignmentFact
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location
from shared.kernel.clock import wire_time
from shared.kernel.ids import new_id
from tests.harness.clock import HandClock
from tests.harness.hosting import Hosted, hosted

NOW = datetime(2026, 7, 31, 10, 0, tzinfo=UTC)
LEAVE = {"reason": "有爆燃风险", "assembly_text": "站区北门外 300 米"}


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
async def app(tmp_path: Path, store_url: str | None, clock: HandClock) -> AsyncIterator[Hosted]:
    async with hosted(tmp_path, services=("resource_dispatch",), database_url=store_url, clock=clock) as running:
        yield running


@pytest.fixture
async def desk(app: Hosted) -> httpx.AsyncClient:
    return await app.admin()


async def an_incident(app: Hosted, **fields: Any) -> str:
    incident = IncidentFact.model_validate(
        {
            "id": new_id(), "number": f"DX-20260731-{new_id()[-4:]}", "title": "加氢站泄漏",
            "status": IncidentStatus.ACTIVE, "type_code": "12D02",
            "occurred_at": NOW, "received_at": NOW, "updated_at": NOW, "home_site": "hub",
            "location": Location(lon=116.272, lat=39.686, township="110115006"), **fields,
        }
    )  # fmt: skip
    await app.node.databases["resource_dispatch"].write(lambda c: keep_incident(c, incident, 1))
    return incident.id


async def sent(desk: httpx.AsyncClient, incident_id: str, *steps: str, **unit: Any) -> dict[str, Any]:
    body = {"name": f"示例{new_id()[-6:]}", "kind": "hazmat", "members": 24, **unit}
    made = (await desk.post("/api/units", json=body)).json()
    answer = await desk.post("/api/assignments", json={"incident_id": incident_id, "unit_id": made["id"]})
    assert answer.status_code == 201, answer.text
    for step in steps:
        path = f"/api/assignments/{answer.json()['id']}/status"
        assert (await desk.post(path, json={"status": step})).status_code == 200
    return dict(answer.json())


async def ask(client: httpx.AsyncClient, verb: str, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
    answer = await client.request(verb, path, json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def merged_into(incident_id: str, above: str) -> IncidentFact:
    fact = {"id": incident_id, "status": IncidentStatus.MERGED, "merged_into": above}
    return IncidentFact.model_validate(
        {**fact, "number": "DX-2", "title": "同一起", "occurred_at": NOW, "received_at": NOW, "updated_at": NOW,
         "home_site": "hub", "location": Location()}
    )  # fmt: skip


async def heard(
    app: Hosted, consumer: str, kind: str, payload: IncidentFact | AssignmentFact, site: str = "hub"
) -> None:
    """Bring a fact as the broker would."""
    deps = app.deps("resource_dispatch")
    told = draft(
        site=site,
        service="other",
        kind=kind,
        aggregate_id=payload.id,
        version=2,
        payload=payload,
        now=deps.clock.now(),
        exercise=False,
    )
    handlers = {one.consumer: one.handler for one in subscriptions(deps, DispatchMetrics(CollectorRegistry()))}
    await handlers[f"resource_dispatch__{consumer}"](told)


async def test_who_is_sent_while_everybody_leaves_is_told_not_to_go_in(app: Hosted, desk: httpx.AsyncClient) -> None:
    scene = await an_incident(app)
    before = await sent(desk, scene, "accepted", "en_route")
    leaving = await ask(desk, "POST", f"/api/incidents/{scene}/evacuations", LEAVE, 201)
    during = await sent(desk, scene)
    await ask(desk, "POST", f"/api/evacuations/{leaving['id']}/end", {"reason": "复测达标"})
    after = await sent(desk, scene)
    assert (before["note"], after["note"]) == (None, None)
    assert during["note"].startswith("【正在撤离")
    assert LEAVE["assembly_text"] in during["note"]


async def test_who_comes_while_everybody_leaves_stands_on_the_list_until_counted(
    app: Hosted, desk: httpx.AsyncClient, clock: HandClock
) -> None:
    scene, beside = await an_incident(app), await an_incident(app)
    first = await sent(desk, scene, "accepted", "en_route", "on_scene", "working")
    department = await sent(desk, scene, "accepted", "en_route", relation="notify")
    other = await sent(desk, beside, "accepted", "en_route")
    leaving = await ask(desk, "POST", f"/api/incidents/{scene}/evacuations", LEAVE, 201)
    path = f"/api/evacuations/{leaving['id']}"
    await ask(desk, "POST", f"{path}/teams/{first['id']}/confirm", {"headcount": 24})
    clock.advance(minutes=4)
    during = await sent(desk, scene)
    shown = await ask(desk, "GET", path)
    assert (shown["called"], shown["confirmed"]) == (2, 1), "not green while the one that was sent in is not counted"
    [late] = [one for one in shown["teams"] if one["assignment_id"] == during["id"]]
    assert (late["state"], late["due_at"]) == ("called", wire_time(clock.now() + timedelta(minutes=5)))
    await ask(desk, "POST", f"/api/assignments/{department['id']}/status", {"status": "on_scene"})
    await heard(app, "incidents", "intake.incident.merged.v1", merged_into(beside, scene))
    elsewhere = AssignmentFact.model_validate({**during, "id": new_id(), "home_site": "jiugong", "unit_id": new_id()})
    await heard(app, "assignments", "dispatch.assignment.ordered.v1", elsewhere, site="jiugong")
    listed = {one["assignment_id"] for one in (await ask(desk, "GET", path))["teams"]}
    assert listed == {first["id"], department["id"], other["id"], during["id"], elsewhere.id}
    clock.advance(minutes=5, seconds=1)
    assert await tell_due(app.deps("resource_dispatch")) == 1
    assert await tell_due(app.deps("resource_dispatch")) == 0
    assert (await ask(desk, "GET", path))["rounds"] == 1
    facts = [fact.kind.split(".")[2] for fact in await app.facts("resource_dispatch") if ".evacuation." in fact.kind]
    assert facts == ["ordered", "confirmed", *["joined"] * 4, "overdue"]


async def test_everybody_is_called_out_and_counted_and_the_desk_hears_who_is_late(
    app: Hosted, desk: httpx.AsyncClient, clock: HandClock
) -> None:
    scene, merged = await an_incident(app), None
    merged = await an_incident(app, status=IncidentStatus.ACTIVE)
    at_work = await sent(desk, scene, "accepted", "en_route", "on_scene", "working")
    on_the_way = await sent(desk, scene, "accepted", "en_route")
    elsewhere = await sent(desk, merged, "accepted", "en_route", "on_scene")
    await sent(desk, scene, relation="notify")
    other = merged_into(merged, scene)
    await app.node.databases["resource_dispatch"].write(lambda c: keep_incident(c, other, 2))
    would = await ask(desk, "GET", f"/api/incidents/{scene}/evacuation-teams")
    assert (len(would["items"]), would["minutes"], would["verified"]) == (3, 5, False)

    made = await ask(desk, "POST", f"/api/incidents/{scene}/evacuations", LEAVE, 201)
    assert {team["assignment_id"] for team in made["teams"]} == {one["id"] for one in (at_work, on_the_way, elsewhere)}
    assert (made["called"], made["confirmed"], made["state"]) == (3, 0, "open")
    assert made["number"].endswith("-撤01")
    again = await ask(desk, "POST", f"/api/incidents/{scene}/evacuations", LEAVE, 409)
    assert (again["code"], again["evacuation_id"]) == ("evacuation.open", made["id"])

    clock.advance(minutes=2)
    for one, heads, missing in ((at_work, 24, 0), (elsewhere, 11, 1)):
        path = f"/api/evacuations/{made['id']}/teams/{one['id']}/confirm"
        body = {"headcount": heads, "missing": missing, "source": "radio"}
        answer = await ask(desk, "POST", path, body)
    assert (answer["confirmed"], answer["headcount"], answer["unaccounted"]) == (2, 35, 1)
    for one in (at_work, elsewhere):
        state = await ask(desk, "GET", f"/api/assignments/{one['id']}")
        assert (state["status"], state["history"][-1]["source"]) == ("assembling", "radio")

    clock.advance(minutes=3)
    assert await tell_due(app.deps("resource_dispatch")) == 0
    clock.advance(seconds=1)
    assert await tell_due(app.deps("resource_dispatch")) == 1
    assert await tell_due(app.deps("resource_dispatch")) == 0
    shown = await ask(desk, "GET", f"/api/evacuations/{made['id']}")
    assert shown["is_overdue"] is True
    over = await ask(desk, "POST", f"/api/evacuations/{made['id']}/end", {"reason": "复测达标,恢复作业"})
    assert (over["state"], over["end_reason"]) == ("ended", "复测达标,恢复作业")
    late = f"/api/evacuations/{made['id']}/teams/{on_the_way['id']}/confirm"
    at = (NOW + timedelta(minutes=4)).isoformat()
    counted = await ask(desk, "POST", late, {"headcount": 6, "at": at})
    assert (counted["confirmed"], counted["headcount"], counted["state"]) == (3, 41, "ended")
    assert (await ask(desk, "GET", f"/api/assignments/{on_the_way['id']}"))["status"] == "en_route"
    facts = [fact.kind.split(".")[2] for fact in await app.facts("resource_dispatch") if ".evacuation." in fact.kind]
    assert facts == ["ordered", "confirmed", "confirmed", "overdue", "ended", "confirmed"]


async def test_an_evacuation_names_where_to_meet_and_whom_it_means(app: Hosted, desk: httpx.AsyncClient) -> None:
    scene = await an_incident(app)
    path = f"/api/incidents/{scene}/evacuations"
    assert (await ask(desk, "POST", path, LEAVE, 409))["code"] == "evacuation.nobody"
    one, two = await sent(desk, scene), await sent(desk, scene)
    assert (await ask(desk, "POST", path, {"reason": "坍塌"}, 422))["code"] == "evacuation.assembly_missing"
    point = {"type": "Point", "coordinates": [116.27, 39.69]}
    drawn = {"kind": "assembly_point", "incident_id": scene, "label": "北门", "geometry": point}
    mark = await ask(desk, "POST", "/api/marks", drawn, 201)
    await ask(desk, "POST", f"/api/marks/{mark['id']}/remove", {"reason": "改在南门"})
    for ident in (mark["id"], "x"):
        gone = await ask(desk, "POST", path, {**LEAVE, "assembly_mark_id": ident}, 422)
        assert (gone["code"], gone["errors"][0]["pointer"]) == ("evacuation.assembly_gone", "/assembly_mark_id")
    wrong = await ask(desk, "POST", path, {**LEAVE, "scope": [one["id"], "x"]}, 422)
    assert (wrong["code"], wrong["errors"][0]["pointer"]) == ("evacuation.not_on_it", "/scope/1")
    made = await ask(desk, "POST", path, {**LEAVE, "scope": [two["id"]]}, 201)
    assert ([team["assignment_id"] for team in made["teams"]], made["all_teams"]) == ([two["id"]], False)
    unlisted = f"/api/evacuations/{made['id']}/teams/{one['id']}/confirm"
    assert (await ask(desk, "POST", unlisted, {"headcount": 1}, 404))["code"] == "evacuation.team_unknown"
    ended = await an_incident(app, status=IncidentStatus.CLOSED)
    refused = await ask(desk, "POST", f"/api/incidents/{ended}/evacuations", LEAVE, 409)
    assert refused["code"] == "command.incident_ended"


async def test_a_team_counts_itself_and_no_other(app: Hosted, desk: httpx.AsyncClient, clock: HandClock) -> None:
    scene = await an_incident(app)
    mine, other = await sent(desk, scene), await sent(desk, scene)
    team = await app.client("team_leader", unit_id=mine["unit_id"])
    assert (await ask(team, "POST", f"/api/incidents/{scene}/evacuations", LEAVE, 403))["code"] == "access.forbidden"
    made = await ask(desk, "POST", f"/api/incidents/{scene}/evacuations", LEAVE, 201)
    path = f"/api/evacuations/{made['id']}/teams/{{}}/confirm"
    refused = await ask(team, "POST", path.format(other["id"]), {"headcount": 3}, 403)
    assert refused["code"] == "unit.not_yours"
    at = (clock.now() + timedelta(hours=1)).isoformat()
    future = await ask(team, "POST", path.format(mine["id"]), {"headcount": 3, "at": at}, 422)
    assert future["code"] == "time.in_future"
    done = await ask(team, "POST", path.format(mine["id"]), {"headcount": 24})
    [counted] = [one for one in done["teams"] if one["assignment_id"] == mine["id"]]
    assert (counted["headcount"], counted["counts"][0]["source"]) == (24, "team")
    assert (await ask(desk, "GET", f"/api/assignments/{mine['id']}"))["status"] == "ordered", "it had not left yet"
    # A clock that is slow costs no count; nobody is counted before the order.
    slow = {"headcount": 5, "at": (clock.now() - timedelta(hours=1)).isoformat()}
    taken = await ask(desk, "POST", path.format(other["id"]), slow)
    [early] = [one for one in taken["teams"] if one["assignment_id"] == other["id"]]
    assert (early["headcount"], early["confirmed_at"]) == (5, made["ordered_at"])


async def test_a_post_has_a_commander_groups_and_who_is_there_and_tells_no_number(
    app: Hosted, desk: httpx.AsyncClient
) -> None:
    scene = await an_incident(app)
    base = f"/api/incidents/{scene}"
    assert (await ask(desk, "GET", f"{base}/command-post", None, 404))["code"] == "command_post.unknown"
    wanted = {
        "commander_name": "示例副区长",
        "commander_post": "副区长",
        "lon": 116.27,
        "lat": 39.69,
        "text": "站区北门",
    }
    post = await ask(desk, "POST", f"{base}/command-post", wanted, 201)
    assert (post["state"], len(post["groups"]), post["present"]) == ("open", 9, 0)
    assert (await ask(desk, "POST", f"{base}/command-post", wanted, 409))["code"] == "command_post.open"
    groups = [{**post["groups"][1], "leader_name": "组长丁", "phone": "13800000009"}, {"name": "监测组"}]
    changed = await ask(desk, "PUT", f"{base}/command-post/groups", {"groups": groups, "version": 1})
    assert [one["phone"] for one in changed["groups"]] == ["13800000009", None]
    stale = await ask(desk, "PATCH", f"{base}/command-post", {"text": "南门", "version": 1}, 409)
    assert (stale["code"], stale["current"]["version"]) == ("command_post.changed", 2)
    moved = await ask(desk, "PATCH", f"{base}/command-post", {"text": "南门", "version": 2})
    assert (moved["text"], moved["commander_name"]) == ("南门", "示例副区长")
    person = {"name": "组长丁", "organisation": "示例消防支队", "group_id": changed["groups"][0]["id"]}
    there = await ask(desk, "POST", f"{base}/attendance", person, 201)
    assert there["present"] == 1
    assert (await ask(desk, "POST", f"{base}/attendance", person, 409))["code"] == "command_post.signed_in"
    gone = await ask(desk, "POST", f"{base}/attendance/{there['attendance'][0]['id']}/leave", {})
    assert gone["present"] == 0
    closed = await ask(desk, "POST", f"{base}/command-post/close", {"reason": "处置结束"})
    assert (closed["state"], closed["close_reason"]) == ("closed", "处置结束")
    told = [fact for fact in await app.facts("resource_dispatch") if ".post." in fact.kind]
    assert [fact.kind.split(".")[2] for fact in told] == ["set_up", *["changed"] * 4, "closed"]
    assert "13800000009" not in str([fact.data for fact in told])
    team = await app.client("team_leader", unit_id=new_id())
    assert [one["phone"] for one in (await ask(team, "GET", f"{base}/command-post"))["groups"]] == [None, None]
    assert (await ask(desk, "POST", f"{base}/command-post", wanted, 201))["state"] == "open", "a new one may follow"


async def test_an_order_has_a_number_of_its_own_and_every_receiver_answers(
    app: Hosted, desk: httpx.AsyncClient
) -> None:
    scene = await an_incident(app)
    sent_out = await sent(desk, scene)
    path = f"/api/incidents/{scene}/orders"
    body = {"to": [sent_out["id"], "示例燃气公司"], "content": "关闭上游阀门", "issued_by_name": "示例副区长"}
    order = await ask(desk, "POST", path, body, 201)
    number = sent_out["number"].rsplit("-", 1)[0]
    assert order["number"] == f"{number}-令01"
    assert [one["name"] for one in order["receivers"]] == [sent_out["unit_name"], "示例燃气公司"]
    assert (await ask(desk, "POST", path, body, 201))["number"] == f"{number}-令02"
    team = await app.client("team_leader", unit_id=sent_out["unit_id"])
    feedback = f"/api/orders/{order['id']}/feedback"
    mine = await ask(team, "POST", feedback, {"receiver": sent_out["id"], "state": "received"})
    assert mine["receivers"][0]["state"] == "received"
    refused = await ask(team, "POST", feedback, {"receiver": "示例燃气公司", "state": "done"}, 403)
    assert refused["code"] == "unit.not_yours"
    reasonless = await ask(desk, "POST", feedback, {"receiver": "示例燃气公司", "state": "refused"}, 422)
    assert reasonless["code"] == "order.reason_required"
    await ask(desk, "POST", feedback, {"receiver": "示例燃气公司", "state": "done", "note": "已关"})
    done = await ask(team, "POST", feedback, {"receiver": sent_out["id"], "state": "done"})
    assert done["is_settled"] is True
    past = await ask(desk, "POST", path, {**body, "due_at": (NOW - timedelta(hours=1)).isoformat()}, 422)
    assert past["code"] == "order.due_passed"
    typo = await ask(desk, "POST", path, {**body, "due_at": NOW.replace(year=2062).isoformat()}, 422)
    assert (typo["code"], typo["errors"][0]["pointer"]) == ("order.due_too_far", "/due_at")
    assert len((await ask(desk, "GET", path))["items"]) == 2


async def test_times_that_pass_are_told_once_and_not_of_what_is_over(
    app: Hosted, desk: httpx.AsyncClient, clock: HandClock
) -> None:
    scene, over = await an_incident(app), await an_incident(app)
    body = {"to": ["示例燃气公司"], "content": "关闭上游阀门", "due_at": (NOW + timedelta(minutes=20)).isoformat()}
    order = await ask(desk, "POST", f"/api/incidents/{scene}/orders", body, 201)
    await ask(desk, "POST", f"/api/incidents/{over}/orders", body, 201)
    closed = merged_into(over, scene).model_copy(update={"status": IncidentStatus.CLOSED, "merged_into": None})
    await heard(app, "incidents", "intake.incident.closed.v1", closed)
    until = {"expected_until": (NOW + timedelta(minutes=10)).isoformat()}
    response = {"level": "3", "matter": "泄漏处置", "measures": "警戒", **until}
    made = await ask(desk, "POST", "/api/activations", response, 201)
    clock.advance(minutes=5, seconds=1)
    assert [await tell_due(app.deps("resource_dispatch")) for _ in range(2)] == [2, 0], "the closed one is put aside"
    await ask(desk, "POST", f"/api/orders/{order['id']}/feedback", {"receiver": "示例燃气公司", "state": "received"})
    clock.advance(minutes=5)
    assert [await tell_due(app.deps("resource_dispatch")) for _ in range(2)] == [1, 0]
    longer = {"expected_until": (NOW + timedelta(minutes=40)).isoformat(), "reason": "险情未除"}
    extended = await ask(desk, "POST", f"/api/activations/{made['id']}/adjust", longer)
    assert extended["is_overdue"] is False
    clock.advance(minutes=30)
    assert [await tell_due(app.deps("resource_dispatch")) for _ in range(2)] == [2, 0]
    told = [fact for fact in await app.facts("resource_dispatch") if fact.kind.endswith(".overdue.v1")]
    assert [fact.kind.split(".")[1] for fact in told] == ["order", "activation", "order", "activation"]
    assert {fact.data["incident_id"] for fact in told} == {scene, None}
    assert [fact.data["is_overdue"] for fact in told] == [False, True, True, True]


async def test_a_response_says_four_things_and_is_the_leaders(app: Hosted, clock: HandClock) -> None:
    scene = await an_incident(app)
    leader, officer = await app.client("duty_leader"), await app.client("duty_officer")
    until = (NOW + timedelta(hours=6)).isoformat()
    full = {"incident_id": scene, "level": "3", "matter": "加氢站泄漏处置", "expected_until": until, "measures": "警戒"}
    assert (await ask(officer, "POST", "/api/activations", full, 403))["code"] == "access.forbidden"
    for name in ("level", "matter", "expected_until", "measures"):
        lacking = {key: value for key, value in full.items() if key != name}
        told = await ask(leader, "POST", "/api/activations", lacking, 422)
        assert told["errors"][0]["pointer"] == f"/{name}"
    high = await ask(leader, "POST", "/api/activations", {**full, "level": "2"}, 422)
    assert high["code"] == "activation.authority_required"
    made = await ask(leader, "POST", "/api/activations", full, 201)
    assert (made["level"], made["state"], made["started_by"]) == ("3", "active", "测试员")
    change = {"level": "2", "authority_reference": "市应急委电话 19:00", "reason": "失联人数增加"}
    raised = await ask(leader, "POST", f"/api/activations/{made['id']}/adjust", change)
    assert [step["level"] for step in raised["steps"]] == ["3", "2"]
    clock.advance(hours=7)
    again = {"expected_until": (NOW + timedelta(hours=6, minutes=30)).isoformat(), "reason": "延长"}
    passed = await ask(leader, "POST", f"/api/activations/{made['id']}/adjust", again, 422)
    assert passed["code"] == "activation.until_passed"
    far = {"expected_until": NOW.replace(year=2062).isoformat()}
    for path, body in (("", full | far), (f"/{made['id']}/adjust", far | {"reason": "延长"})):
        assert (await ask(leader, "POST", f"/api/activations{path}", body, 422))["code"] == "activation.until_too_far"
    listed = await ask(officer, "GET", "/api/activations?open=true")
    assert [one["id"] for one in listed["items"]] == [made["id"]]
    over = await ask(leader, "POST", f"/api/activations/{made['id']}/end", {"reason": "监测达标"})
    assert over["state"] == "ended"
    assert (await ask(leader, "POST", f"/api/activations/{made['id']}/end", {"reason": "x"}, 409))["code"] == (
        "activation.ended"
    )
    assert (await ask(officer, "GET", "/api/activations?open=true"))["items"] == []


async def test_another_township_learns_nothing_of_it(app: Hosted, desk: httpx.AsyncClient) -> None:
    scene = await an_incident(app)
    await sent(desk, scene)
    made = await ask(desk, "POST", f"/api/incidents/{scene}/evacuations", LEAVE, 201)
    there = await app.client("territory_officer", territory="110115006")
    away = await app.client("territory_officer", territory="110115007")
    for path in (
        f"/api/evacuations/{made['id']}",
        f"/api/incidents/{scene}/evacuations",
        f"/api/incidents/{scene}/orders",
    ):
        assert (await there.get(path)).status_code == 200
        assert (await away.get(path)).status_code == 404


async def test_a_township_pages_through_all_responses_that_it_may_know(app: Hosted, clock: HandClock) -> None:
    leader, there = await app.client("duty_leader"), await app.client("territory_officer", territory="110115006")
    here, away = await an_incident(app), await an_incident(app, location=Location(township="110115007"))
    body = {"level": "3", "expected_until": (NOW + timedelta(hours=6)).isoformat(), "measures": "警戒"}
    for matter, of in (("一", here), ("二", away), ("三", None), ("四", away), ("五", here)):
        clock.advance(minutes=1)
        await ask(leader, "POST", "/api/activations", {**body, "matter": matter, "incident_id": of}, 201)
    found, after = [], ""
    while after is not None:
        page = await ask(there, "GET", f"/api/activations?limit=1{after and '&after=' + after}")
        found += [one["matter"] for one in page["items"]]
        after = page["next"]
    assert found == ["五", "三", "一"]
