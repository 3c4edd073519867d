"""The bureau's lists through the whole site: shown, changed, put back; asked and done for an incident."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.incident_intake.domain.limits import IntakeConfig
from services.incident_intake.handlers.context import Intake
from services.incident_intake.jobs import look_at_conditions
from services.incident_intake.metrics import IntakeMetrics
from tests.integration.intake_site import IntakeSite, intake_site


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


async def shown(site: IntakeSite, incident: dict[str, Any]) -> dict[str, Any]:
    answer = await (await site.officer()).get(f"/api/incidents/{incident['id']}/guidance")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def named(found: dict[str, Any], part: str, name: str) -> dict[str, Any]:
    one: dict[str, Any] = next(one for one in found[part] if one["id"] == name)
    return one


async def test_what_is_asked_while_a_report_is_taken_is_kept_with_it(site: IntakeSite) -> None:
    incident = await site.report(
        type_code="12D02", answers={"substance": "氢气", "of_another_list": "原话"}, casualties={"trapped": 2}
    )
    found = await shown(site, incident)
    assert (found["type_code"], found["title"]) == ("12D", "危险化学品（含氢能）")
    substance, trapped = named(found, "questions", "substance"), named(found, "questions", "trapped")
    assert (substance["answer"], substance["by"], trapped["answer"]) == ("氢气", "测试员", "2")
    assert named(found, "questions", "of_another_list")["answer"] == "原话"
    assert named(found, "questions", "wind")["answer"] is None


async def test_answers_are_corrected_taken_back_and_none_is_lost(site: IntakeSite) -> None:
    incident = await site.report(type_code="12D02")
    officer, path = await site.officer(), f"/api/incidents/{incident['id']}/guidance/answers"
    for answer in ("液氯", "氢气", ""):
        done = await officer.post(path, json={"answers": [{"question_id": "substance", "answer": answer}]})
        assert done.status_code == 200, done.text
        assert named(done.json(), "questions", "substance")["answer"] == (answer or None)
    assert len(await site.rows("select id from guidance_answer")) == 3
    unknown = await officer.post(path, json={"answers": [{"question_id": "nothing", "answer": "x"}]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "guidance.question_unknown")


async def test_steps_have_times_and_what_is_late_says_so(site: IntakeSite) -> None:
    incident = await site.report(type_code="12G03")
    officer, path = await site.officer(), f"/api/incidents/{incident['id']}/guidance/steps"
    first = named(await shown(site, incident), "steps", "report_leader")
    assert (first["minutes"], first["state"], first["overdue"]) == (3, "open", False)
    await officer.post(f"{path}/take_safety/done", json={})
    site.clock.offset += timedelta(minutes=4)
    assert named(await shown(site, incident), "steps", "report_leader")["overdue"] is True
    done = (await officer.post(f"{path}/report_leader/done", json={"note": "已口头报告"})).json()
    late, in_time = named(done, "steps", "report_leader"), named(done, "steps", "take_safety")
    assert (late["state"], late["overdue"], late["reason"]) == ("done", True, "已口头报告")
    assert (in_time["state"], in_time["overdue"]) == ("done", False)
    twice = await officer.post(f"{path}/report_leader/done", json={})
    assert (twice.status_code, twice.json()["code"]) == (409, "guidance.step_settled")
    back = (await officer.post(f"{path}/report_leader/undo", json={"reason": "点错"})).json()
    assert named(back, "steps", "report_leader")["state"] == "open"
    none = (await officer.post(f"{path}/follow_family/not-applicable", json={"reason": "无住户"})).json()
    assert named(none, "steps", "follow_family")["state"] == "not_applicable"
    assert (await officer.post(f"{path}/follow_family/not-applicable", json={})).status_code == 422
    assert (await officer.post(f"{path}/nothing/done", json={})).json()["code"] == "guidance.step_unknown"
    told = [
        (line["code"], line["params"]["step_id"]) for line in await site.timeline(incident) if line["kind"] == "step"
    ]
    assert told[::-1] == [
        ("timeline.step_done", "take_safety"),
        ("timeline.step_done", "report_leader"),
        ("timeline.step_undone", "report_leader"),
        ("timeline.step_not_applicable", "follow_family"),
    ]


async def test_a_step_that_waits_for_the_cold_becomes_due_by_a_reading_or_a_warning(site: IntakeSite) -> None:
    leader = await site.node.client("duty_leader")
    intake = Intake(site.node.deps("incident_intake"), IntakeConfig(), IntakeMetrics(CollectorRegistry()))
    step = {"id": "warm", "phase": "跟", "text": "取暖", "minutes": 30, "basis": "自定", "when": {"below_c": 0}}
    lists = {"title": "坍塌", "questions": [], "checklist": [step]}
    assert (await leader.put("/api/guidance/12C01", json=lists)).status_code == 200
    empty = {**lists, "checklist": [{**step, "when": {}}]}
    assert (await leader.put("/api/guidance/12C01", json=empty)).status_code == 422
    fall, other = await site.report(type_code="12C01"), await site.report(type_code="12C01")
    assert named(await shown(site, fall), "steps", "warm")["due_at"] is None
    assert await look_at_conditions(intake) == 0
    await site.act(fall, "observations", temperature_c=0, source="现场")
    assert named(await shown(site, fall), "steps", "warm")["due_at"] is None, "not below"
    await site.act(fall, "observations", temperature_c=-0.5, source="现场")
    due = named(await shown(site, fall), "steps", "warm")
    assert (due["why"], due["overdue"], due["applied_at"] < due["due_at"]) == ("现场气温 -0.5℃", False, True)
    cold = {
        "event_code": "11B05",
        "color": "blue",
        "area_townships": [fall["location"]["township"]],
        "caution": "注意保暖",
        "measures": "取暖",
    }
    issued = await leader.post("/api/warnings/issue", json=cold)
    assert issued.status_code == 201, issued.text
    assert await look_at_conditions(intake) == 1
    assert named(await shown(site, other), "steps", "warm")["why"] == "寒潮预警生效中"
    site.pass_time(timedelta(minutes=31))
    assert await look_at_conditions(intake) == 2
    assert await look_at_conditions(intake) == 0, "told once"
    await site.act(fall, "guidance/steps/warm/done")
    await site.act(fall, "guidance/steps/warm/undo")
    facts = [fact for fact in await site.node.facts("incident_intake") if fact.kind.startswith("intake.step.")]
    told = [
        (fact.kind.split(".")[2], fact.aggregateversion) for fact in facts if fact.data["incident_id"] == fall["id"]
    ]
    assert told == [("due", 1), ("overdue", 2), ("settled", 3), ("due", 4)]
    hot = await (await site.officer()).post(
        f"/api/incidents/{fall['id']}/observations", json={"temperature_c": 99, "source": "x"}
    )
    assert hot.status_code == 422


async def test_a_step_of_the_general_list_waits_in_incidents_of_any_type_unless_it_was_done_before(
    site: IntakeSite,
) -> None:
    leader = await site.node.client("duty_leader")
    intake = Intake(site.node.deps("incident_intake"), IntakeConfig(), IntakeMetrics(CollectorRegistry()))
    step = {"id": "warm", "phase": "跟", "text": "取暖", "minutes": 30, "basis": "自定", "when": {"below_c": 0}}
    lists = {"title": "通用", "questions": [], "checklist": [step]}
    assert (await leader.put("/api/guidance/general", json=lists)).status_code == 200
    untyped, done, fall = await site.report(), await site.report(), await site.report(type_code="12C01")
    assert named(await shown(site, untyped), "steps", "warm")["due_at"] is None
    assert (await shown(site, fall))["type_code"] != "general"
    await site.act(done, "guidance/steps/warm/done")
    for one in (done, fall, untyped):
        await site.act(one, "observations", temperature_c=-3, source="现场")
    facts = [fact.data for fact in await site.node.facts("incident_intake") if fact.kind == "intake.step.due.v1"]
    # Of the other list, too, something may have become due: it waits for the night.
    assert [fact["incident_id"] for fact in facts if fact["step_id"] == "warm"] == [untyped["id"]]
    assert await look_at_conditions(intake) == 0


async def test_another_type_brings_other_lists_and_hides_nothing_that_was_done(site: IntakeSite) -> None:
    incident = await site.report(type_code="12G03", answers={"building": "自建出租房"})
    officer, path = await site.officer(), f"/api/incidents/{incident['id']}/guidance"
    await officer.post(f"{path}/steps/take_119/done", json={})
    await site.change(incident, type_code="12D03")
    found = await shown(site, incident)
    assert found["type_code"] == "12D"
    assert named(found, "steps", "take_119")["state"] == "done"
    assert named(found, "questions", "building")["answer"] == "自建出租房"
    assert named(found, "steps", "pass_cordon")["state"] == "open"


async def test_the_bureau_changes_its_lists_and_puts_them_back(site: IntakeSite) -> None:
    leader, officer = await site.node.client("duty_leader"), await site.officer()
    before = (await officer.get("/api/guidance/12D02")).json()
    assert (before["type_code"], before["is_default"], before["version"]) == ("12D", True, 0)
    step = {"id": "own", "phase": "报", "text": "报分管副区长", "minutes": 8, "basis": "本局规定", "verified": True}
    own = {"title": "涉氢", "questions": [{"id": "q", "text": "压力多少？"}], "checklist": [step], "version": 0}
    assert (await officer.put("/api/guidance/12D02", json=own)).status_code == 403
    after = (await leader.put("/api/guidance/12D02", json=own)).json()
    assert (after["type_code"], after["version"], after["is_default"]) == ("12D02", 1, False)
    stale = await leader.put("/api/guidance/12D02", json=own)
    assert (stale.status_code, stale.json()["code"], stale.json()["current"]["version"]) == (409, "guidance.changed", 1)
    incident = await site.report(type_code="12D02")
    assert [one["id"] for one in (await shown(site, incident))["steps"]] == ["own"]
    assert (await officer.get("/api/guidance/12D03")).json()["type_code"] == "12D"
    assert "12D02" in [one["type_code"] for one in (await officer.get("/api/guidance")).json()["items"]]
    back = (await leader.post("/api/guidance/12D02/reset", json={"version": 1})).json()
    assert (back["type_code"], back["is_default"]) == ("12D", True)
    assert len((await shown(site, incident))["steps"]) > 5


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"checklist": [{"id": "s", "phase": "办", "text": "x", "minutes": 1, "basis": "b"}]}, 422, "field.type"),
        (
            {"checklist": [{"id": "s", "phase": "接", "text": "x", "minutes": -1, "basis": "b"}]},
            422,
            "field.out_of_range",
        ),
        ({"questions": [{"id": "q", "text": "x"}, {"id": "q", "text": "y"}]}, 422, "guidance.id_twice"),
        ({"questions": [{"id": "q", "text": "x", "field": "caller.phone"}]}, 422, "guidance.field_unknown"),
        ({"questions": [{"id": "airport_word", "text": "x", "options": ["三级"]}]}, 422, "guidance.airport_words"),
    ],
    ids=str,
)
async def test_lists_that_cannot_be_used_leave_the_old_ones_in_force(
    tmp_path: Path, change: dict[str, Any], status: int, code: str
) -> None:
    async with intake_site(tmp_path) as site:
        leader = await site.node.client("duty_leader")
        body = {"title": "t", "questions": [], "checklist": [], **change}
        answer = await leader.put("/api/guidance/12D", json=body)
        problem = answer.json()
        codes = {problem["code"], *(error["code"] for error in problem.get("errors", ()))}
        assert (answer.status_code, code in codes) == (status, True), answer.text
        assert (await leader.get("/api/guidance/12D")).json()["is_default"] is True
        nowhere = {"title": "t", "questions": [], "checklist": []}
        assert (await leader.put("/api/guidance/99Z99", json=nowhere)).json()["code"] == "guidance.type_unknown"
