"""待销毁: what waits after the end, keeping it longer, destroying it, what is left; on both stores."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from services.incident_intake.domain.limits import IntakeConfig
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.destruction import destroy_callers
from services.incident_intake.metrics import IntakeMetrics
from shared.kernel.clock import parse_time, wire_time
from tests.integration.intake_site import IntakeSite, intake_site

CALLER = {"name": "欧阳小明", "phone": "13812345678", "organisation": "某社区", "note": "腿脚不便独居"}
WHY = {"reason": "家属安置未完", "assessment": "合法：善后所需；必要：仍需联系；安全：仅带班领导可见"}


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


def intake_of(site: IntakeSite) -> Intake:
    return Intake(site.node.deps("incident_intake"), IntakeConfig(), IntakeMetrics(CollectorRegistry()))


async def waiting(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/personal-data", params=asked)
    assert answer.status_code == 200, answer.text
    assert not [private for private in CALLER.values() if private in answer.text], "the list never tells the data"
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def later(moment: str, **span: float) -> str:
    return wire_time(parse_time(moment) + timedelta(**span))


async def acts(site: IntakeSite, act: str) -> list[Any]:
    rows = await site.rows("select body from outbox where subject like '%act.done%' order by position")
    return [row for row in rows if act in bytes(row[0]).decode()]


async def test_what_has_ended_waits_can_be_kept_longer_and_is_destroyed_in_time(site: IntakeSite) -> None:
    leader = await site.node.client("duty_leader")
    ended, merged, going_on, without = [
        await site.report(caller=CALLER), await site.report(caller=CALLER), await site.report(caller=CALLER),
        await site.report(),
    ]  # fmt: skip
    await (await site.officer()).get(f"/api/incidents/{ended['id']}")
    assert await waiting(leader) == []
    await site.act(merged, "merge", into=ended["id"], reason="同一起")
    for one in (ended, without):
        await site.act(one, "close", summary="完")
    items = await waiting(leader)
    assert {one["incident_id"] for one in items} == {ended["id"], merged["id"]}
    (mine,) = [one for one in items if one["incident_id"] == ended["id"]]
    assert (mine["records"], mine["readings"], mine["purpose"]) == (1, 1, "incident_handling")
    assert mine["extensions"] == []
    path = f"/api/personal-data/{ended['id']}"
    until = later(mine["destroy_after"], days=60)
    kept = await leader.post(f"{path}/extend", json={"until": until, **WHY})
    assert kept.status_code == 200, kept.text
    assert kept.json()["destroy_after"] == until
    assert kept.json()["extensions"][0] | {"at": ""} == {
        "at": "", "before": mine["destroy_after"], "until": until, "by": "测试员", **WHY,
    }  # fmt: skip
    assert (await site.timeline(ended))[0]["code"] == "timeline.retention_extended"
    site.clock.offset += timedelta(days=31)
    assert await destroy_callers(intake_of(site)) == 0, "those of a merged incident are kept as long"
    site.clock.offset += timedelta(days=60)
    assert await destroy_callers(intake_of(site)) == 2
    leader = await _anew(site)
    assert await waiting(leader) == []
    gone = await waiting(leader, state="destroyed")
    assert {(one["number"], one["records"], one["by"]) for one in gone} == {
        (ended["number"], 1, None), (merged["number"], 1, None),
    }  # fmt: skip
    assert [row[0] for row in await site.rows("select incident_id from caller")] == [going_on["id"]]
    assert len(await acts(site, "personal_data_destroyed")) == 2
    assert len(await acts(site, "personal_data_extended")) == 1


async def _anew(site: IntakeSite) -> httpx.AsyncClient:
    site.pass_time(timedelta())
    return await site.node.client("duty_leader")


async def test_destroying_now_leaves_how_many_there_were_and_who_had_read_them(site: IntakeSite) -> None:
    leader = await site.node.client("duty_leader")
    incident = await site.report(caller=CALLER, casualties={"dead": 1, "injured": 2})
    path = f"/api/personal-data/{incident['id']}"
    early = await leader.post(f"{path}/destroy", json={})
    assert (early.status_code, early.json()["code"]) == (409, "personal_data.not_waiting")
    await leader.get(f"/api/incidents/{incident['id']}")
    await site.act(incident, "close", summary="完")
    headers = {"Idempotency-Key": "once"}
    for _ in range(2):
        answer = await leader.post(f"{path}/destroy", json={"reason": "当事人要求"}, headers=headers)
        assert (answer.status_code, answer.json()["records"]) == (200, 1)
    assert (await leader.post(f"{path}/destroy", json={})).json()["code"] == "personal_data.not_waiting"
    (left,) = await waiting(leader, state="destroyed")
    assert (left["records"], left["readings"], left["by"], left["reason"]) == (1, 1, "测试员", "当事人要求")
    found = (await leader.get(f"/api/incidents/{incident['id']}")).json()
    assert found["caller"] is None
    assert (found["casualties"]["dead"], found["casualties"]["injured"]) == (1, 2), "statistics stay"
    assert len(await site.rows("select id from caller_access")) == 1


async def test_keeping_longer_needs_reason_assessment_and_a_bounded_later_day(site: IntakeSite) -> None:
    leader = await site.node.client("duty_leader")
    incident = await site.report(caller=CALLER)
    await site.act(incident, "close", summary="完")
    (due,) = [one["destroy_after"] for one in await waiting(leader)]
    path = f"/api/personal-data/{incident['id']}/extend"
    for body, code in (
        ({"until": due, **WHY}, "personal_data.until_not_later"),
        ({"until": later(due, days=-40), **WHY}, "personal_data.until_not_later"),
        ({"until": later(due, days=160), **WHY}, "personal_data.until_too_far"),
        ({"until": later(due, days=1), **WHY, "reason": " "}, "field.required"),
        ({"until": later(due, days=1), "reason": "x"}, "field.required"),
        ({"until": 17, **WHY}, "field.type"),
    ):
        answer = await leader.post(path, json=body)
        codes = {answer.json()["code"], *(error["code"] for error in answer.json()["errors"])}
        assert answer.status_code == 422, body
        assert code in codes or "field.too_short" in codes, (body, codes)
    assert (await leader.post("/api/personal-data/none/extend", json={"until": later(due, days=1), **WHY})
            ).json()["code"] == "incident.not_found"  # fmt: skip
    officer = await site.officer()
    assert (await officer.get("/api/personal-data")).status_code == 403
    assert [one["extensions"] for one in await waiting(leader)] == [[]]


async def test_a_call_without_an_incident_waits_and_is_destroyed_with_what_was_said(site: IntakeSite) -> None:
    officer, leader = await site.officer(), await site.node.client("duty_leader")
    said = {"said": "张某说有烟", "caller": {"name": "张某", "phone": "13800000000"}}
    call = (await officer.post("/api/calls", json=said)).json()
    assert (await officer.post(f"/api/calls/{call['id']}/false-alarm", json={"reason": "误报"})).status_code == 200
    (waiting,) = (await leader.get("/api/personal-data")).json()["items"]
    assert (waiting["call_id"], waiting["incident_id"], waiting["records"]) == (call["id"], None, 1)
    assert waiting["destroy_after"] > call["received_at"]
    url = f"/api/personal-data/calls/{call['id']}/destroy"
    assert (await officer.post(url, json={})).status_code == 403
    assert (await leader.post(url, json={"reason": "已核实误报"})).status_code == 200
    assert (await leader.get("/api/personal-data")).json()["items"] == []
    (gone,) = (await leader.get("/api/personal-data?state=destroyed")).json()["items"]
    assert (gone["number"], gone["reason"]) == (call["number"], "已核实误报")
    left = (await officer.get(f"/api/calls/{call['id']}")).json()
    assert (left["said"], left["caller"], left["outcome"]) == (None, None, "false_alarm")
    assert (await leader.post(url, json={})).json()["code"] == "personal_data.not_waiting"
    assert await site.rows("select id from call where said is not null or phone is not null") == []
