"""Units and assignments over HTTP, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from services.resource_dispatch.store.incidents import keep_incident
from services.resource_dispatch.tables import Base
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location
from shared.kernel.ids import new_id
from tests.harness.hosting import Hosted, hosted

NOW = datetime(2026, 7, 31, 10, 0, tzinfo=UTC)
UNIT = {"name": "示例一队", "kind": "fire_rescue", "lon": 116.44, "lat": 39.80, "township": "旧宫地区"}


@pytest.fixture
async def app(tmp_path: Path, store_url: str | None) -> AsyncIterator[Hosted]:
    async with hosted(tmp_path, services=("resource_dispatch",), database_url=store_url) as running:
        yield running


@pytest.fixture
async def desk(app: Hosted) -> httpx.AsyncClient:
    return await app.admin()


async def an_incident(app: Hosted, **fields: Any) -> str:
    incident = IncidentFact.model_validate(
        {
            "id": new_id(), "number": f"DX-20260731-{new_id()[-4:]}", "title": "旧宫地区 火灾",
            "status": IncidentStatus.REPORTED, "type_code": "12G03",
            "occurred_at": NOW, "received_at": NOW, "updated_at": NOW, "home_site": "hub",
            "location": Location(lon=116.455, lat=39.808), **fields,
        }
    )  # fmt: skip
    await app.node.databases["resource_dispatch"].write(lambda c: keep_incident(c, incident, 1))
    return incident.id


async def a_unit(desk: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await desk.post("/api/units", json={**UNIT, "name": f"示例{new_id()[-6:]}", **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def ordered(app: Hosted, desk: httpx.AsyncClient) -> tuple[dict[str, Any], dict[str, Any]]:
    unit = await a_unit(desk)
    answer = await desk.post("/api/assignments", json={"incident_id": await an_incident(app), "unit_id": unit["id"]})
    assert answer.status_code == 201, answer.text
    return unit, dict(answer.json())


async def test_a_team_is_sent_and_reports_its_way_through_to_the_end(app: Hosted, desk: httpx.AsyncClient) -> None:
    unit, assignment = await ordered(app, desk)
    for status in ("accepted", "en_route", "on_scene", "working", "returning", "back"):
        answer = await desk.post(f"/api/assignments/{assignment['id']}/status", json={"status": status})
        assert (answer.status_code, answer.json()["status"], answer.json()["applied"]) == (200, status, True)
        assert (await desk.get(f"/api/units/{unit['id']}")).json()["status"] == status
    assert (await desk.get("/api/assignments", params={"active": True})).json()["items"] == []
    ready = await desk.post(f"/api/units/{unit['id']}/status", json={"status": "standby"})
    assert ready.json()["status"] == "standby"
    kinds = [fact.kind for fact in await app.facts("resource_dispatch")]
    assert kinds.count("dispatch.assignment.status_changed.v1") == 6
    versions = [f.aggregateversion for f in await app.facts("resource_dispatch") if f.subject == unit["id"]]
    assert versions == list(range(1, len(versions) + 1))


async def test_of_a_hundred_who_want_the_same_unit_one_gets_it(app: Hosted, desk: httpx.AsyncClient) -> None:
    unit = await a_unit(desk)
    incidents = [await an_incident(app) for _ in range(100)]
    answers = await asyncio.gather(
        *(desk.post("/api/assignments", json={"incident_id": i, "unit_id": unit["id"]}) for i in incidents)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 99
    [winner] = [answer.json() for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "unit.busy"
            assert answer.json()["incident_id"] == winner["incident_id"]


def _second_active_row(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(Base.metadata.tables["assignment"].insert(), row)


async def test_the_store_itself_refuses_a_second_active_assignment(app: Hosted, desk: httpx.AsyncClient) -> None:
    unit, assignment = await ordered(app, desk)
    row = {
        "id": new_id(), "number": "other", "incident_id": "x", "unit_id": unit["id"], "status": "ordered",
        "active": True, "ordered_at": NOW, "version": 1, "record": assignment,
    }  # fmt: skip
    with pytest.raises(Exception, match=r"(?i)unique"):
        await app.node.databases["resource_dispatch"].write(lambda c: _second_active_row(c, row))


async def test_a_late_report_is_kept_and_the_status_stays(app: Hosted, desk: httpx.AsyncClient) -> None:
    unit, assignment = await ordered(app, desk)
    path = f"/api/assignments/{assignment['id']}/status"
    now = datetime.now(UTC)
    for offset, status in ((1, "accepted"), (2, "en_route"), (9, "on_scene")):
        at = (now + timedelta(seconds=offset)).isoformat()
        assert (await desk.post(path, json={"status": status, "occurred_at": at})).status_code == 200
    late = await desk.post(
        path, json={"status": "en_route", "occurred_at": (now + timedelta(seconds=3)).isoformat(), "source": "beidou"}
    )
    assert (late.status_code, late.json()["applied"], late.json()["status"]) == (200, False, "on_scene")
    assert [report["late"] for report in late.json()["history"]] == [False, False, True, False]
    assert (await desk.get(f"/api/units/{unit['id']}")).json()["status"] == "on_scene"


async def test_a_step_that_the_chain_forbids_names_what_is_allowed(app: Hosted, desk: httpx.AsyncClient) -> None:
    _, assignment = await ordered(app, desk)
    refused = await desk.post(f"/api/assignments/{assignment['id']}/status", json={"status": "working"})
    assert (refused.status_code, refused.json()["code"]) == (409, "assignment.transition_refused")
    assert refused.json()["allowed"] == ["accepted", "declined", "recalled"]


async def test_recalled_before_it_left_the_unit_is_free_again(app: Hosted, desk: httpx.AsyncClient) -> None:
    unit, assignment = await ordered(app, desk)
    answer = await desk.post(f"/api/assignments/{assignment['id']}/recall", json={"reason": "误派"})
    assert (answer.json()["status"], answer.json()["active"]) == ("recalled", False)
    assert (await desk.get(f"/api/units/{unit['id']}")).json()["active_assignment_id"] is None


async def test_the_same_key_gives_the_same_answer_and_one_assignment(app: Hosted, desk: httpx.AsyncClient) -> None:
    unit, incident = await a_unit(desk), await an_incident(app)
    body = {"incident_id": incident, "unit_id": unit["id"]}
    first = await desk.post("/api/assignments", json=body, headers={"Idempotency-Key": "k1"})
    again = await desk.post("/api/assignments", json=body, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


async def test_an_incident_that_is_closed_or_unknown_gets_nobody(app: Hosted, desk: httpx.AsyncClient) -> None:
    unit = await a_unit(desk)
    closed = await an_incident(app, status=IncidentStatus.CLOSED)
    answer = await desk.post("/api/assignments", json={"incident_id": closed, "unit_id": unit["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "incident.closed")
    answer = await desk.post("/api/assignments", json={"incident_id": new_id(), "unit_id": unit["id"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "incident.unknown_here")


async def test_the_nearest_able_unit_is_offered_first_with_its_reasons(app: Hosted, desk: httpx.AsyncClient) -> None:
    await a_unit(desk, name="远处消防", lat=39.50)
    await a_unit(desk, name="近处消防", lat=39.807)
    await a_unit(desk, name="隔壁供水", kind="water", lat=39.808)
    found = await desk.get("/api/units", params={"for_incident": await an_incident(app), "limit": 2})
    assert [unit["name"] for unit in found.json()["items"]] == ["近处消防", "远处消防"]
    assert all(reason["detail"] for reason in found.json()["items"][0]["reasons"])
    rest = await desk.get("/api/units", params={"near": "116.455,39.808", "limit": 2, "after": found.json()["next"]})
    assert len(rest.json()["items"]) == 1


async def test_a_team_leader_reports_for_the_own_unit_only(app: Hosted, desk: httpx.AsyncClient) -> None:
    unit, assignment = await ordered(app, desk)
    _, other = await ordered(app, desk)
    leader = await app.client("team_leader", unit_id=unit["id"])
    own = await leader.post(f"/api/assignments/{assignment['id']}/status", json={"status": "accepted"})
    assert own.status_code == 200, own.text
    foreign = await leader.post(f"/api/assignments/{other['id']}/status", json={"status": "accepted"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "unit.not_yours")
    assert (await leader.post("/api/assignments", json={"incident_id": "x", "unit_id": "y"})).status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"lon": 39.8, "lat": 116.4}, "location.swapped"),
        ({"lon": -0.1, "lat": 51.5}, "location.outside_china"),
        ({"lon": 116.4, "lat": None}, "location.incomplete"),
        ({"name": ""}, "request.invalid"),
        ({"kind": "dragon"}, "request.invalid"),
        ({"township": "不存在镇"}, "township.unknown"),
        ({"colour": "red"}, "request.invalid"),
        ({"name": "坏\u0000名"}, "request.invalid"),
        ({"members": -1}, "request.invalid"),
    ],
)
async def test_a_bad_unit_is_refused_and_nothing_is_kept(
    desk: httpx.AsyncClient, body: dict[str, Any], code: str
) -> None:
    answer = await desk.post("/api/units", json={**UNIT, **body})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await desk.get("/api/units")).json()["items"] == []


async def test_who_saves_upon_an_old_version_is_shown_the_present_one(desk: httpx.AsyncClient) -> None:
    unit = await a_unit(desk)
    first = await desk.patch(f"/api/units/{unit['id']}", json={"version": 1, "note": "换了车"})
    assert first.json()["version"] == 2
    second = await desk.patch(f"/api/units/{unit['id']}", json={"version": 1, "note": "没换"})
    assert (second.status_code, second.json()["code"]) == (409, "unit.changed")
    assert second.json()["current"]["note"] == "换了车"


async def test_an_older_position_never_replaces_a_newer_one(desk: httpx.AsyncClient) -> None:
    unit = await a_unit(desk, lon=None, lat=None)
    path = f"/api/units/{unit['id']}/position"
    at = datetime.now(UTC)
    assert (await desk.post(path, json={"lon": 116.5, "lat": 39.7, "at": at.isoformat()})).status_code == 202
    older = {"lon": 116.4, "lat": 39.6, "at": (at - timedelta(minutes=5)).isoformat()}
    assert (await desk.post(path, json=older)).status_code == 202
    assert (await desk.get(f"/api/units/{unit['id']}")).json()["lon"] == 116.5


TABLE = "名称,类型,属地,经度,纬度,能力,联系人,电话,人数\n{rows}"


def csv(*rows: str, encoding: str = "utf-8") -> dict[str, Any]:
    return {"file": ("units.csv", TABLE.format(rows="\n".join(rows)).encode(encoding))}


async def test_a_table_of_units_is_taken_once_however_often_it_is_sent(desk: httpx.AsyncClient) -> None:
    rows = (
        "一队,防汛抢险,榆垡镇,116.30,39.52,排水、冲锋舟,张示例,13800000001,30",
        "二队,hazmat,110115005,116.33,39.70,,,,",
    )
    first = await desk.post("/api/units/import", files=csv(*rows, encoding="gb18030"))
    assert (first.status_code, first.json()["created"]) == (200, 2), first.text
    again = await desk.post("/api/units/import", files=csv(*rows))
    assert (again.json()["created"], again.json()["unchanged"]) == (0, 2)
    changed = await desk.post("/api/units/import", files=csv(rows[0].replace(",30", ",31"), rows[1]))
    assert (changed.json()["updated"], changed.json()["unchanged"]) == (1, 1)
    units = (await desk.get("/api/units")).json()["items"]
    assert {unit["name"]: unit["members"] for unit in units} == {"一队": 31, "二队": None}


async def test_one_faulty_row_keeps_the_whole_table_out_and_is_named(desk: httpx.AsyncClient) -> None:
    rows = (
        "一队,防汛抢险,,116.30,39.52,,,,", "二队,龙骑兵,,,,,,,", "三队,消防救援,,39.5,116.3,,,,",
        "一队,防汛抢险,,,,,,,",
        "=1+1,消防救援,,,,,,,", "五队,消防救援,,北,39.5,,,,",
    )  # fmt: skip
    answer = await desk.post("/api/units/import", files=csv(*rows))
    assert (answer.status_code, answer.json()["code"]) == (422, "import.rows_faulty")
    found = {(error["row"], error["column"], error["code"]) for error in answer.json()["errors"]}
    assert (3, "类型", "import.unknown_value") in found
    assert (4, "经度", "location.swapped") in found
    assert (5, "名称", "import.duplicate_row") in found
    assert (6, "名称", "import.formula") in found
    assert (7, "经度", "field.type") in found
    assert (await desk.get("/api/units")).json()["items"] == []
    partly = await desk.post("/api/units/import", params={"partial": True}, files=csv(*rows))
    assert (partly.status_code, partly.json()["created"]) == (200, 1)


async def test_a_trial_import_keeps_nothing(app: Hosted, desk: httpx.AsyncClient) -> None:
    answer = await desk.post("/api/units/import", params={"dry_run": True}, files=csv("一队,防汛抢险,,,,,,,"))
    assert (answer.status_code, answer.json()["created"]) == (200, 1)
    assert (await desk.get("/api/units")).json()["items"] == []
    assert await app.facts("resource_dispatch") == []


async def test_latin_text_is_told_not_guessed(desk: httpx.AsyncClient) -> None:
    answer = await desk.post(
        "/api/units/import", files={"file": ("u.csv", "名称,类型\n".encode() + "Équipe é,".encode("latin-1"))}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "import.encoding")
