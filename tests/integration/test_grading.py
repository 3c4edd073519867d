"""Grades on the running service: the figures of S2, S3, S4 and S6, both windows, disputes, merges, the rules."""

from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.incident_intake.domain.grading.assess import People, assess
from services.incident_intake.domain.grading.rules import standard_rules
from shared.contracts.envelope import decode
from tests.integration.intake_site import IntakeSite, intake_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[IntakeSite]:
    async with intake_site(tmp_path) as running:
        yield running


async def post(
    site: IntakeSite, path: str, body: dict[str, Any], role: str | None = None
) -> tuple[int, dict[str, Any]]:
    client = await site.officer() if role is None else await site.node.client(role)
    answer = await client.post(f"/api/incidents/{path}", json=body)
    return answer.status_code, answer.json()


async def counted(site: IntakeSite, incident: dict[str, Any], **body: Any) -> dict[str, Any]:
    status, found = await post(site, f"{incident['id']}/casualties", body)
    assert status == 200, found
    return found


async def read(site: IntakeSite, incident: dict[str, Any]) -> dict[str, Any]:
    answer = await (await site.officer()).get(f"/api/incidents/{incident['id']}")
    found: dict[str, Any] = answer.json()
    return found


def codes(answer: dict[str, Any]) -> list[str]:
    return [hint["code"] for hint in answer.get("hints", [])]


def grades(answer: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    return answer["grade"], answer["possible_grade"], answer["clock_grade"]


async def test_the_casualties_of_a_fire_from_the_first_minute_to_the_eighth_day(site: IntakeSite) -> None:
    """S3: 2 dead and sensitive, 4 and 9 missing, 12 dead, then one more within the window and one after it."""
    fire = await site.report(type_code="12G03", title="村内自建房火灾", source="fire_119", casualties={"trapped": 6})
    fire = await site.change(fire, sensitive=True, sensitive_reasons=["人员密集", "夜间"])
    twelve = await counted(site, fire, dead=2, injured=5, source="fire_119")
    assert grades(twelve) == ("IV", None, "III"), "一般, by the clocks of 较大"
    thirty = await counted(site, fire, dead=4, missing=9, source="fire_119")
    assert (grades(thirty), thirty["casualties"]["dead"]) == (("III", "II", "II"), 4)
    assert (thirty["grading"]["reported_deaths"], thirty["grading"]["command"]) == (13, "district")
    assert thirty["command_transfer"] is None
    public = await site.change(fire, first_public_at=datetime.now(UTC).isoformat(), first_public_where="微博视频")
    assert (public["first_public_where"], public["first_public_at"] is not None) == ("微博视频", True)
    seventy = await counted(site, fire, dead=12, missing=1, source="fire_119")
    assert (grades(seventy), codes(seventy)) == (("II", None, "II"), ["command.due"])
    assert seventy["grading"]["rule_id"] == "fire.deaths.II"
    assert (seventy["grading"]["verified"], seventy["grading"]["command"]) == (False, "city")
    assert seventy["command_transfer"]["done_at"] is None
    status, done = await post(site, f"{fire['id']}/command-transfer", {"to_whom": "市应急委值班室", "note": "电话"})
    assert (status, done["command_transfer"]["to_whom"]) == (200, "市应急委值班室")
    closed = await site.act(fire, "close", summary="明火已扑灭")

    site.pass_time(timedelta(days=3))
    third = await counted(site, closed, dead=13, source="medical_120", note="伤者不治")
    assert (third["status"], third["casualties"]["dead"], third["version"]) == ("closed", 13, closed["version"] + 1)
    assert codes(third) == []
    before = await site.timeline(fire)

    site.pass_time(timedelta(days=5))
    eighth = await counted(site, closed, dead=14, source="medical_120", note="又一人不治")
    assert codes(eighth) == ["casualty.after_window"]
    assert "已超 7 日口径" in eighth["hints"][0]["detail"]
    assert (eighth["casualties"]["dead"], grades(eighth)) == (13, ("II", None, "II"))
    (late,) = eighth["casualty_window"]["late"]
    assert (late["field"], late["value"], late["counted"], late["note"]) == ("dead", 14, False, "又一人不治")
    after = await site.timeline(fire)
    assert [line for line in after if line in before] == before, "what was written stays as it was"
    assert {line["code"] for line in after} >= {"timeline.figures_late", "timeline.command_transferred"}
    fact = (await site.node.facts("incident_intake"))[-1].data
    assert (fact["casualties"]["dead"], fact["casualty_window"]["late"][0]["value"]) == (13, 14)


async def test_a_death_within_the_window_that_is_told_after_it_counts(site: IntakeSite) -> None:
    fire = await site.report(type_code="12G03", casualties={"dead": 9})
    site.pass_time(timedelta(days=9))
    happened = (site.clock.now() - timedelta(days=4)).isoformat()
    answer = await counted(site, fire, dead=10, occurred_at=happened)
    assert (answer["casualties"]["dead"], answer["grade"], answer["casualty_window"]["late"]) == (10, "II", [])


async def test_a_follow_up_does_not_go_round_the_window(site: IntakeSite) -> None:
    fire = await site.report(type_code="12H02", casualties={"dead": 2, "injured": 3})
    site.pass_time(timedelta(days=10))
    after = await site.change(fire, casualties={"dead": 3, "injured": 3}, description="医院通报")
    assert (after["casualties"]["dead"], after["grade"], after["description"]) == (2, "IV", "医院通报")
    assert "casualty.after_window" in codes(after)
    assert [one["value"] for one in after["casualty_window"]["late"]] == [3]


async def test_a_collapse_is_as_grave_as_its_missing_are_reported(site: IntakeSite) -> None:
    """S4 +8: two dead and four buried are six as reported, 较大."""
    site_fall = await site.report(type_code="12C01", source="hotline_12350")
    eight = await counted(site, site_fall, dead=2, missing=4, source="fire_119")
    assert (grades(eight), eight["grading"]["reported_deaths"]) == (("IV", "III", "III"), 6)
    assert (eight["casualty_window"]["days"], eight["grading"]["verified"]) == (30, True)
    line = next(line for line in await site.timeline(site_fall) if line["code"] == "timeline.graded")
    assert line["params"]["after"] == "一般（可能较大）"
    all_dead = await counted(site, site_fall, dead=6, missing=0)
    assert grades(all_dead) == ("III", None, "III")


async def test_a_leak_is_graded_anew_with_the_poisoned_and_the_missing(site: IntakeSite) -> None:
    """S2 +20: two are acutely poisoned, one is missing."""
    leak = await site.report(type_code="12D02", sensitive=True, casualties={"injured": 1}, source="enterprise")
    assert grades(leak) == (None, None, "III")
    twenty = await counted(site, leak, acute_poisoned=2, missing=1)
    assert (grades(twenty), twenty["grading"]["metric"]) == (("IV", None, "III"), "serious")
    worse = await counted(site, leak, acute_poisoned=9, serious=1, missing=3)
    assert grades(worse) == ("III", None, "III")


async def test_a_forest_fire_is_graded_by_its_area(site: IntakeSite) -> None:
    """S6: 0.6 hectares are 一般, 1.4 are 较大."""
    fire = await site.report(type_code="11G01")
    assert (await counted(site, fire, burnt_hectares=0.6))["grade"] == "IV"
    after = await counted(site, fire, burnt_hectares=1.4)
    assert (after["grade"], after["grading"]["basis"]) == ("III", "森林防火条例第四十条")


async def test_two_sources_stand_side_by_side_until_a_person_chooses(site: IntakeSite) -> None:
    fire = await site.report(type_code="12G03", source="fire_119", casualties={"dead": 4})
    status, after = await post(
        site, f"{fire['id']}/figures", {"field": "dead", "value": 11, "source": "medical_120", "source_name": "区医院"}
    )
    assert (status, after["casualties"]["dead"], grades(after)) == (201, 4, ("III", "II", "II"))
    assert [(one["source"], one["value"], one["chosen"]) for one in after["figures"]] == [
        ("fire_119", 4, False), ("medical_120", 11, False),
    ]  # fmt: skip
    assert "figure.disputed" in codes(after)
    chosen = after["figures"][1]["id"]
    status, decided = await post(site, f"{fire['id']}/figures/{chosen}/choose", {})
    assert (status, decided["casualties"]["dead"], decided["grade"]) == (200, 11, "II")
    assert [(one["value"], one["chosen"]) for one in decided["figures"]] == [(4, False), (11, True)]
    status, problem = await post(site, f"{fire['id']}/figures/{chosen}/choose", {})
    assert (status, problem["code"]) == (409, "figure.chosen_already")
    status, problem = await post(site, f"{fire['id']}/figures/none/choose", {})
    assert (status, problem["code"]) == (404, "figure.not_found")
    texts = {line["code"]: line["params"] for line in await site.timeline(fire)}
    assert texts["timeline.figure_told"]["source"] == "120 联动(区医院)"
    assert texts["timeline.figure_chosen"]["figure"] == "死亡 11"


async def test_a_merged_incidents_figures_stand_beside_and_go_with_a_split(site: IntakeSite) -> None:
    main = await site.report(type_code="12G03", source="fire_119", casualties={"dead": 2})
    other = await site.report(type_code="12G03", source="public", casualties={"dead": 3, "injured": 7})
    await site.act(other, "merge", into=main["id"], reason="同一起")
    after = await read(site, main)
    assert (after["casualties"]["dead"], after["casualties"]["injured"]) == (2, 7), "what was unknown is filled"
    assert (after["grade"], after["possible_grade"]) == ("IV", "III")
    assert [one["source_name"] for one in after["figures"] if one["value"] == 3] == [other["number"]]
    await site.act(other, "split", reason="两处")
    back = await read(site, main)
    assert (back["casualties"], grades(back)) == (main["casualties"], ("IV", None, "IV"))
    apart = await read(site, other)
    assert (apart["casualties"]["dead"], apart["grade"]) == (3, "III")


async def test_a_grade_by_hand_needs_a_reason_and_goes_back_to_the_rules(site: IntakeSite) -> None:
    river = await site.report(type_code="12Q01", casualties={"dead": 0})
    assert (river["grade"], river["grading"]["way"]) == (None, "by_hand")
    status, problem = await post(site, f"{river['id']}/grade", {"grade": "III"})
    assert (status, problem["errors"][0]["code"]) == (422, "field.required")
    status, after = await post(site, f"{river['id']}/grade", {"grade": "II", "reason": "饮用水源中断"})
    assert (status, after["grade"], after["grading"]["reason"]) == (200, "II", "饮用水源中断")
    assert after["command_transfer"]["done_at"] is None
    fire = await site.report(type_code="12G03", casualties={"dead": 3})
    lower = await site.change(fire, grade="IV")
    assert (grades(lower), codes(lower)) == (("IV", "III", "III"), ["grade.reason_missing", "grade.rules_are_graver"])
    status, back = await post(site, f"{fire['id']}/grade", {"grade": None, "reason": "死因已定"})
    assert (status, back["grade"], back["grading"]["manual"]) == (200, "III", False)


ABSURD: list[tuple[str, dict[str, Any], str]] = [
    ("casualties", {"dead": -1}, "field.out_of_range"),
    ("casualties", {"dead": 500_000}, "figure.absurd"),
    ("casualties", {"burnt_hectares": 103_601}, "figure.absurd"),
    ("casualties", {"loss_yuan": -5}, "field.out_of_range"),
    ("casualties", {"dead": 1.5}, "field.type"),
    ("casualties", {"dead": "３"}, "field.type"),
    ("casualties", {}, "figure.nothing_said"),
    ("casualties", {"dead": 1, "occurred_at": "2099-01-01T00:00:00Z"}, "time.in_future"),
    ("figures", {"field": "dead", "value": 2.5, "source": "public"}, "figure.not_whole"),
    ("figures", {"field": "dead", "value": -2, "source": "public"}, "field.out_of_range"),
    ("figures", {"field": "dead", "value": 1e12, "source": "public"}, "figure.absurd"),
    ("figures", {"field": "cats", "value": 2, "source": "public"}, "field.type"),
    ("grade", {"grade": "V", "reason": "x"}, "field.type"),
]


async def test_numbers_that_cannot_be_true_are_refused_in_words(site: IntakeSite) -> None:
    incident = await site.report(type_code="12G03")
    for path, body, code in ABSURD:
        status, problem = await post(site, f"{incident['id']}/{path}", body)
        found = problem["errors"][0] if problem["code"] == "request.invalid" else problem
        assert (status, found["code"], "。" in found["detail"]) == (422, code, True), body
    assert (await read(site, incident))["version"] == incident["version"]


async def test_absurd_figures_of_a_first_report_are_refused_and_doubtful_ones_asked_about(site: IntakeSite) -> None:
    answer = await (await site.officer()).post("/api/incidents", json={"title": "x", "casualties": {"dead": 200_000}})
    assert (answer.status_code, answer.json()["code"]) == (422, "figure.absurd")
    many = await site.report(type_code="12G03", casualties={"injured": 900})
    assert "figure.doubtful" in codes(many)


async def test_command_is_handed_over_once_and_only_when_due_and_only_by_the_desk(site: IntakeSite) -> None:
    small = await site.report(type_code="12G03", casualties={"dead": 1})
    status, problem = await post(site, f"{small['id']}/command-transfer", {"to_whom": "市应急委"})
    assert (status, problem["code"]) == (409, "command.not_due")
    large = await site.report(type_code="12G03", casualties={"dead": 10})
    assert "command.due" in codes(large)
    assert [line["code"] for line in await site.timeline(large)][:2] == ["timeline.command_due", "timeline.graded"]
    territory = await site.node.client("territory_officer", territory=large["location"]["township"])
    answer = await territory.post(f"/api/incidents/{large['id']}/command-transfer", json={"to_whom": "市应急委"})
    assert answer.status_code == 403
    assert (await post(site, f"{large['id']}/command-transfer", {"to_whom": "市应急委"}))[0] == 200
    status, problem = await post(site, f"{large['id']}/command-transfer", {"to_whom": "市应急委"})
    assert (status, problem["code"]) == (409, "command.done_already")


async def test_the_rules_are_read_by_all_and_replaced_by_the_leader_with_an_entry_in_the_book(site: IntakeSite) -> None:
    officer = await site.officer()
    rules = (await officer.get("/api/grading-rules")).json()
    assert (rules["version"], rules["updated_by"], len(rules["rows"]) > 50) == (0, None, True)
    assert (await officer.put("/api/grading-rules", json={})).status_code == 403
    leader = await site.node.client("duty_leader")
    wanted = {name: deepcopy(part) for name, part in rules.items() if not name.startswith("updated_")}
    row = next(one for one in wanted["rows"] if one["id"] == "fire.deaths.III")
    row.update(at_least=2, basis="区里更严", verified=True)
    answer = await leader.put("/api/grading-rules", json=wanted)
    assert (answer.status_code, answer.json()["version"]) == (200, 1), answer.text
    fire = await site.report(type_code="12G03", casualties={"dead": 2})
    assert (fire["grade"], fire["grading"]["basis"], fire["grading"]["verified"]) == ("III", "区里更严", True)
    again = await leader.put("/api/grading-rules", json=wanted)
    assert (again.status_code, again.json()["code"]) == (409, "grading_rules.changed")
    assert again.json()["current"]["version"] == 1
    row["at_least"] = 10
    broken = await leader.put("/api/grading-rules", json={**wanted, "version": 1})
    assert (broken.status_code, broken.json()["code"]) == (422, "grading_rules.disordered")
    standard = (await officer.get("/api/grading-rules?standard=true")).json()
    assert standard == rules
    outbox = [decode(bytes(row.body)) for row in await site.rows("SELECT body FROM outbox ORDER BY position")]
    told = [fact for fact in outbox if fact.data.get("act") == "grading_rules_changed"]
    assert [fact.data["detail"]["changed"] for fact in told] == ["fire.deaths.III: 3 → 2"]


async def test_every_fact_is_graded_as_its_own_figures_say(site: IntakeSite) -> None:
    """INVARIANT: whatever way figures come in, the grade that is told is the one they give."""
    main = await site.report(type_code="12C01", casualties={"dead": 3})
    other = await site.report(type_code="12C01", casualties={"serious": 60})
    await site.act(other, "merge", into=main["id"], reason="同一起")
    await site.change(main, casualties={"dead": 11}, status="active")
    await site.change(main, type_code="12Q01")
    await site.change(main, type_code="12C01", loss_yuan=200_000_000)
    await site.act(main, "close", summary="完")
    await site.act(main, "reopen", reason="复燃")
    await site.act(main, "notes", text="x")
    facts = [fact.data for fact in await site.node.facts("incident_intake") if ".incident." in fact.kind]
    assert len(facts) > 8
    for fact in facts:
        people = People(fact["casualties"]["dead"], fact["casualties"]["missing"], fact["casualties"]["serious"],
                        fact["acute_poisoned"], fact["loss_yuan"], fact["burnt_hectares"])  # fmt: skip
        found = assess(standard_rules(), fact["type_code"], people.certain(), people.reported())
        assert fact["grade"] == found.confirmed, fact["changed"]
