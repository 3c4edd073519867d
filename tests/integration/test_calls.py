"""Calls through the whole site: several side by side, linked, passed on, false; kept whole and destroyed in time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.incident_intake.domain.limits import IntakeConfig
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.destruction import destroy_callers
from services.incident_intake.metrics import IntakeMetrics
from tests.integration.intake_site import PLACE, IntakeSite, intake_site

CALLER = {"name": "欧阳小明", "phone": "138 1234 5678", "organisation": "某社区", "post": "网格员"}
MASKED = {"name": "欧***", "phone": "138******5678", "organisation": "某社区", "post": "网格员"}


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[IntakeSite]:
    async with intake_site(tmp_path) as running:
        yield running


async def call(site: IntakeSite, client: httpx.AsyncClient | None = None, **fields: Any) -> dict[str, Any]:
    body = {"said": "旧宫一处冒烟", "source": "public", **fields}
    answer = await (client or await site.officer()).post("/api/calls", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def act(site: IntakeSite, one: dict[str, Any], what: str, **body: Any) -> httpx.Response:
    return await (await site.officer()).post(f"/api/calls/{one['id']}/{what}", json=body)


async def calls(site: IntakeSite, **query: Any) -> list[dict[str, Any]]:
    answer = await (await site.officer()).get("/api/calls", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def call_facts(site: IntakeSite) -> list[tuple[str, str | None, str]]:
    facts = await site.node.facts("incident_intake")
    return [
        (one.fact, one.data["incident_id"], one.data["outcome"]) for one in facts if one.kind.startswith("intake.call.")
    ]


async def test_a_report_keeps_its_own_call_whole_and_tells_nothing_twice(site: IntakeSite) -> None:
    told = [{"who": "110", "at": None}]
    incident = await site.report(
        source="public", caller=CALLER, description="三层起火", told_others=told, type_code="12G03"
    )
    (one,) = await calls(site, incident_id=incident["id"])
    assert (one["number"], one["outcome"]) == (f"{incident['number']}-J", "new")
    assert (one["said"], one["source"], one["told_others"]) == ("三层起火", "public", told)
    assert (one["received_at"], one["place_text"]) == (incident["received_at"], PLACE["text"])
    assert one["caller"] == MASKED
    assert await site.kinds() == ["intake.incident.reported.v1"]


async def test_a_call_waits_is_linked_taken_out_and_linked_again(site: IntakeSite) -> None:
    incident = await site.report(type_code="12G03")
    one = await call(site, caller=CALLER, location=PLACE)
    assert (one["outcome"], one["incident_id"], one["verify_by"]) == ("pending", None, None)
    linked = (await act(site, one, "link", incident_id=incident["id"], reason="同一地址", version=1)).json()
    assert (linked["outcome"], linked["incident_number"], linked["version"]) == ("linked", incident["number"], 2)
    stale = await act(site, one, "unlink", reason="不是", version=1)
    assert (stale.status_code, stale.json()["code"], stale.json()["current"]["version"]) == (409, "call.changed", 2)
    out = (await act(site, one, "unlink", reason="不是一起")).json()
    assert (out["outcome"], out["incident_id"]) == ("pending", None)
    again = await act(site, one, "unlink", reason="不是一起")
    assert (again.status_code, again.json()["code"]) == (409, "call.not_linked")
    await act(site, one, "link", incident_id=incident["id"])
    lines = [line for line in await site.timeline(incident) if line["kind"] == "call"]
    assert sorted(line["code"] for line in lines) == [
        "timeline.call_linked", "timeline.call_linked", "timeline.call_unlinked",
    ]  # fmt: skip
    assert {line["at"] for line in lines if line["code"] == "timeline.call_linked"} == {one["received_at"]}
    assert await call_facts(site) == [
        ("recorded", None, "pending"),
        ("linked", incident["id"], "linked"),
        ("unlinked", None, "pending"),
        ("linked", incident["id"], "linked"),
    ]


async def test_no_fact_of_a_call_holds_who_called_or_what_was_said(desk: IntakeSite) -> None:
    one = await call(desk, caller=CALLER, said="我是欧阳小明,住三单元")
    await act(desk, one, "transfer", to="区城管委", reason="占道经营,属城市管理")
    told = str([(fact.kind, fact.data) for fact in await desk.node.facts("incident_intake")])
    assert not [word for word in ("欧阳", "1234", "三单元") if word in told]


async def test_a_waiting_call_is_taken_as_an_incident_from_the_time_it_came(site: IntakeSite) -> None:
    one = await call(site, caller=CALLER, source="sensor", location=PLACE)
    site.clock.offset += timedelta(minutes=4)
    incident = await site.report(type_code="12D02", call_id=one["id"])
    assert (incident["received_at"], incident["source"]) == (one["received_at"], "sensor")
    assert incident["caller"]["phone"] == MASKED["phone"]
    (kept,) = await calls(site, incident_id=incident["id"])
    assert (kept["id"], kept["outcome"]) == (one["id"], "new")
    twice = await (await site.officer()).post("/api/incidents", json={"title": "x", "call_id": one["id"]})
    assert (twice.status_code, twice.json()["code"]) == (409, "call.settled")
    moved = await act(site, one, "unlink", reason="x")
    assert (moved.status_code, moved.json()["code"]) == (409, "call.opened_incident")


async def test_a_call_is_passed_on_or_false_and_comes_back(desk: IntakeSite) -> None:
    one, other = await call(desk), await call(desk)
    passed = (await act(desk, one, "transfer", to="区城管委", reason="占道", answered_by="示例值班员")).json()
    assert (passed["outcome"], passed["transfer"]["to"], passed["transfer"]["by"]) == (
        "transferred",
        "区城管委",
        "测试员",
    )
    twice = await act(desk, one, "transfer", to="公安", reason="占道")
    assert (twice.status_code, twice.json()["code"]) == (409, "call.already_transferred")
    false = (await act(desk, other, "false-alarm", reason="现场为蒸汽")).json()
    assert (false["outcome"], false["closed_reason"]) == ("false_alarm", "现场为蒸汽")
    back = (await act(desk, other, "reopen", reason="又有人报")).json()
    assert (back["outcome"], back["closed_reason"]) == ("pending", None)
    assert (await act(desk, other, "reopen", reason="x")).json()["code"] == "call.not_settled"
    assert [one["id"] for one in await calls(desk, outcome="transferred")] == [one["id"]]
    assert [fact for fact, _, _ in await call_facts(desk)] == [
        "recorded", "recorded", "transferred", "closed", "reopened",
    ]  # fmt: skip


async def test_a_transfer_after_filing_stands_in_the_incident_and_ends_nothing(desk: IntakeSite) -> None:
    incident = await desk.report()
    (one,) = await calls(desk, incident_id=incident["id"])
    passed = (await act(desk, one, "transfer", to="区住建委", reason="主责部门")).json()
    assert (passed["outcome"], passed["transfer"]["to"]) == ("new", "区住建委")
    assert (await act(desk, one, "false-alarm", reason="x")).json()["code"] == "call.has_incident"
    assert (await desk.timeline(incident))[0]["code"] == "timeline.call_transferred"


async def test_every_call_of_a_merged_incident_counts_above_and_goes_back_with_a_split(site: IntakeSite) -> None:
    first, second = await site.report(), await site.report()
    extra = await call(site, incident_id=second["id"])
    await site.act(second, "merge", into=first["id"], reason="同一起")
    late = await call(site, incident_id=second["id"])
    assert late["incident_id"] == first["id"], "who calls for a merged one means the one that goes on"
    assert len(await calls(site, incident_id=first["id"])) == 4
    facts = [one for one in await site.node.facts("incident_intake") if one.kind == "intake.call.updated.v1"]
    assert {one.data["incident_id"] for one in facts} == {first["id"]}
    assert sorted(str(one.data["opened"]) for one in facts) == sorted([second["id"], "None"])
    told = {one.data["opened"]: one.aggregateversion for one in facts}
    assert told == {second["id"]: 1, None: 2}, "whoever counts versions of a call misses none"
    await site.act(second, "split", reason="看错了")
    assert {one["id"] for one in await calls(site, incident_id=second["id"])} >= {extra["id"]}
    assert len(await calls(site, incident_id=first["id"])) == 2


async def test_the_history_of_a_number_counts_however_it_was_written(site: IntakeSite) -> None:
    incident = await site.report(caller={"phone": "+86 13812345678", "name": "欧阳小明"})
    one = await call(site, caller=CALLER)
    await act(site, one, "false-alarm", reason="恶作剧")
    await call(site, caller={"phone": "13900000000"})
    officer = await site.officer()
    found = (await officer.get("/api/callers", params={"phone": "１３８-1234-5678"})).json()
    assert (found["total"], found["outcomes"]["false_alarm"], found["outcomes"]["new"]) == (2, 1, 1)
    assert [one["caller"]["name"] for one in found["items"]] == ["欧***", "欧***"]
    assert found["items"][1]["incident"]["number"] == incident["number"]
    assert [one["id"] for one in await calls(site, phone="138 1234 5678")] == [one["id"] for one in found["items"]]
    refused = await (await site.node.client("dispatcher")).get("/api/callers", params={"phone": "13812345678"})
    assert refused.status_code == 403


async def test_only_who_may_read_a_caller_does_and_it_is_on_record(desk: IntakeSite) -> None:
    one = await call(desk, caller=CALLER)
    assert one["caller"] == MASKED
    path = f"/api/calls/{one['id']}"
    assert (await (await desk.node.client("dispatcher")).get(path)).json()["caller"] == MASKED
    for _ in range(2):
        assert (await (await desk.officer()).get(path)).json()["caller"] == CALLER
    leader = await desk.node.client("duty_leader")
    (record,) = (await leader.get("/api/caller-access")).json()["items"]
    assert record["incident_number"] == one["number"]


async def test_the_callers_of_calls_are_destroyed_in_time_and_the_record_stays(site: IntakeSite) -> None:
    incident = await site.report(caller=CALLER, description="三层起火")
    linked = await call(site, caller=CALLER, incident_id=incident["id"])
    false = await call(site, caller=CALLER)
    waiting = await call(site, caller=CALLER)
    await act(site, false, "false-alarm", reason="误报")
    await site.act(incident, "close", summary="完")
    site.pass_time(timedelta(days=31))
    deps = site.node.deps("incident_intake")
    from prometheus_client import CollectorRegistry

    await destroy_callers(Intake(deps, IntakeConfig(), IntakeMetrics(CollectorRegistry())))
    kept = {one["id"]: one for one in await calls(site)}
    assert (kept[linked["id"]]["caller"], kept[false["id"]]["caller"]) == (None, None)
    assert kept[waiting["id"]]["caller"] == MASKED
    assert kept[false["id"]]["said"] is None, "without an incident there is nothing for which it would be kept"
    assert {one["said"] for one in kept.values()} == {"三层起火", "旧宫一处冒烟", None}
    assert len(await site.rows("select id from call where phone_digits is not null")) == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"said": ""}, "call.empty"),
        ({"received_at": "2099-01-29T10:00:00Z"}, "time.in_future"),
        ({"location": {"lon": 39.73, "lat": 116.34}}, "location.swapped"),
        ({"said": "很" * 10_001}, "field.too_long"),
        ({"told_others": [{"who": "x"}] * 21}, "field.too_long"),
        ({"outcome": "new"}, "field.unknown"),
    ],
    ids=str,
)
async def test_what_cannot_be_true_is_refused_by_name(desk: IntakeSite, fields: dict[str, Any], code: str) -> None:
    body = {"said": "有烟", **fields}
    answer = await (await desk.officer()).post("/api/calls", json=body)
    problem = answer.json()
    codes = {problem["code"], *(error["code"] for error in problem.get("errors", ()))}
    assert (answer.status_code, code in codes) == (422, True), answer.text
    assert await desk.rows("select id from call") == []


async def test_a_correction_keeps_what_it_does_not_name(desk: IntakeSite) -> None:
    one = await call(desk, caller=CALLER, location=PLACE)
    officer = await desk.officer()
    path = f"/api/calls/{one['id']}"
    changed = (await officer.patch(path, json={"said": "其实是蒸汽", "version": 1})).json()
    assert (changed["said"], changed["place_text"], changed["version"]) == ("其实是蒸汽", PLACE["text"], 2)
    assert (await officer.patch(path, json={"said": "x", "version": 1})).json()["code"] == "call.changed"
    masked = await officer.patch(path, json={"caller": {"phone": "138****5678"}})
    assert (masked.status_code, masked.json()["code"]) == (422, "caller.masked")
    same = (await officer.patch(path, json={"said": "其实是蒸汽"})).json()
    assert same["version"] == 2


async def test_an_officer_of_a_territory_sees_the_own_calls_only(desk: IntakeSite) -> None:
    own = await desk.node.client("territory_officer", territory="110115001")
    mine = await call(desk, own, location={"text": "兴丰大街"})
    theirs = await call(desk, location={"township": "110115002"})
    assert [one["id"] for one in (await own.get("/api/calls")).json()["items"]] == [mine["id"]]
    assert (await own.get(f"/api/calls/{theirs['id']}")).json()["code"] == "call.not_found"
    assert (await own.post(f"/api/calls/{theirs['id']}/false-alarm", json={"reason": "x"})).status_code == 404


async def test_a_repeated_key_takes_a_call_once(desk: IntakeSite) -> None:
    officer, headers = await desk.officer(), {"Idempotency-Key": "k"}
    first = await officer.post("/api/calls", json={"said": "有烟"}, headers=headers)
    again = await officer.post("/api/calls", json={"said": "有烟"}, headers=headers)
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert len(await calls(desk)) == 1


async def test_pages_of_calls_lose_none_and_repeat_none(desk: IntakeSite) -> None:
    made = [(await call(desk))["id"] for _ in range(5)]
    officer, seen, after = await desk.officer(), [], None
    while True:
        answer = (await officer.get("/api/calls", params={"limit": 2, **({"after": after} if after else {})})).json()
        seen += [one["id"] for one in answer["items"]]
        after = answer["next"]
        if after is None:
            break
    assert seen == made[::-1]


async def test_places_that_were_named_before_are_offered_by_their_initials(site: IntakeSite) -> None:
    await site.report(location={"text": "庑殿村十二号"})
    await site.report(location={"text": "庑殿村十二号", "lon": 116.44, "lat": 39.80})
    own = {"text": "兴丰大街", "township": "110115001"}
    await site.report(location=own)
    found = (await (await site.officer()).get("/api/places")).json()["items"]
    assert [one["text"] for one in found] == ["兴丰大街", "庑殿村十二号"]
    assert "xfdj" in found[0]["initials"].split()
    assert (found[1]["lon"], found[1]["lat"]) == (116.44, 39.80)
    bound = await site.node.client("territory_officer", territory="110115001")
    assert [one["text"] for one in (await bound.get("/api/places")).json()["items"]] == ["兴丰大街"]
    towns = (await bound.get("/api/townships")).json()["items"]
    assert "yf" in next(one for one in towns if one["name"].startswith("榆垡"))["initials"][:2]
