"""What happens to an incident after the first report: follow-ups, endings, merges, lists; on both stores."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.http.paging import encode_cursor
from tests.integration.intake_site import PLACE, IntakeSite, intake_site


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


async def _problem(site: IntakeSite, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = await (await site.officer()).request(method, f"/api/incidents/{path}", json=body)
    return answer.status_code, answer.json()


async def test_a_follow_up_changes_what_was_said_and_writes_the_difference(site: IntakeSite) -> None:
    incident = await site.report(casualties={"injured": 2, "trapped": 1})
    after = await site.change(incident, casualties={"dead": 1, "trapped": None}, grade="IV", description="二层坍塌")
    assert after["casualties"] == {"dead": 1, "missing": None, "serious": None, "injured": 2, "trapped": None}
    assert (after["grade"], after["version"], after["title"]) == ("IV", 2, incident["title"])
    line = (await site.timeline(incident))[0]
    assert line["kind"] == "updated"
    assert {"field": "casualties.dead", "before": None, "after": 1} in line["params"]["changes"]
    assert {"field": "casualties.trapped", "before": 1, "after": None} in line["params"]["changes"]
    fact = (await site.node.facts("incident_intake"))[-1]
    assert (fact.kind, fact.aggregateversion) == ("intake.incident.updated.v1", 2)
    assert set(fact.data["changed"]) == {"casualties.dead", "casualties.trapped", "grade", "description"}


async def test_no_line_tells_of_a_change_from_nothing_to_nothing(site: IntakeSite) -> None:
    incident = await site.report(type_code="12G03")
    await site.change(incident, casualties={"dead": 2}, first_public_at=incident["received_at"], caller={"name": "乙"})
    changes = [one for line in await site.timeline(incident) for one in line["params"].get("changes", [])]
    assert {"casualties.dead", "caller"} <= {one["field"] for one in changes}
    named = [one for one in changes if one.get("before") is None and one.get("after") is None]
    assert all(one.keys() == {"field"} for one in named), "by its name alone"


async def test_a_follow_up_that_changes_nothing_tells_nothing(site: IntakeSite) -> None:
    incident = await site.report(source="public")
    after = await site.change(incident, source="public", title=incident["title"], occurred_at=incident["occurred_at"])
    assert after["version"] == 1
    assert await site.kinds() == ["intake.incident.reported.v1"]


async def test_a_change_from_an_older_state_is_refused_with_the_present_one(site: IntakeSite) -> None:
    incident = await site.report()
    await site.change(incident, version=1, grade="III")
    status, problem = await _problem(site, "PATCH", incident["id"], {"version": 1, "grade": "II"})
    assert (status, problem["code"]) == (409, "incident.changed")
    assert (problem["current"]["grade"], problem["current"]["version"]) == ("III", 2)
    status, problem = await _problem(site, "POST", f"{incident['id']}/close", {"version": 1, "summary": "完"})
    assert (status, problem["code"]) == (409, "incident.changed")
    now = (await (await site.officer()).get(f"/api/incidents/{incident['id']}")).json()
    assert (now["grade"], now["status"], now["version"]) == ("III", "reported", 2), "nothing was written over"


async def test_who_is_slower_is_told_who_changed_which_fields_and_when(site: IntakeSite) -> None:
    incident = await site.report(caller={"name": "甲某", "phone": "13800000001"})
    other = await site.report(title="东门冒烟")
    await site.change(
        incident, title="仓库起火", casualties={"dead": 1}, caller={"name": "乙某", "phone": "13800000002"}
    )
    await site.act(incident, "grade", grade="III", reason="会商")
    await site.act(other, "merge", into=incident["id"], reason="同一起火")
    closed = await site.act(incident, "close", summary="明火已扑灭")
    await site.act(incident, "reopen", reason="复燃")
    status, problem = await _problem(site, "PATCH", incident["id"], {"version": 1, "title": "东仓起火"})
    assert (status, problem["code"]) == (409, "incident.changed")
    steps = problem["changes"]
    assert [one["version"] for one in steps] == list(range(2, problem["current"]["version"] + 1)), "none is left out"
    name = next(line["actor_name"] for line in await site.timeline(incident) if line["kind"] == "reported")
    assert {one["actor_name"] for one in steps} == {name}
    assert {"title", "casualties.dead", "caller"} <= set(steps[0]["changed"])
    assert "grade" in steps[1]["changed"]
    assert [(one["fact"], one["changed"]) for one in steps[-2:]] == [
        ("closed", ["status", "closed_at"]),
        ("reopened", ["status", "closed_at"]),
    ]
    assert steps[-2]["at"] == closed["closed_at"]
    told = str(steps)
    assert not any(one in told for one in ("乙某", "甲某", "13800000002", "仓库起火", "明火")), "names of fields only"
    status, problem = await _problem(
        site, "POST", f"{incident['id']}/close", {"version": closed["version"], "summary": "完"}
    )
    assert [one["fact"] for one in problem["changes"]] == ["reopened"], "only what came after what was seen"


async def test_a_made_title_follows_type_and_place_and_a_given_one_stays(site: IntakeSite) -> None:
    made = await site.report(title=None, type_code="11A01")
    assert (await site.change(made, location={"text": "黄村西大街"}))["title"] == "洪水 · 黄村西大街"
    given = await site.report(title="甲", type_code="11A01")
    assert (await site.change(given, location={"text": "黄村西大街"}))["title"] == "甲"


async def test_a_new_point_brings_its_township_and_other_words_leave_the_point(site: IntakeSite) -> None:
    incident = await site.report()
    moved = await site.change(incident, location={"lon": 116.345, "lat": 39.733})
    assert moved["location"]["township"] != incident["location"]["township"]
    assert moved["location"]["text"] == PLACE["text"]
    worded = await site.change(incident, location={"text": "门口"})
    assert (worded["location"]["lon"], worded["location"]["text"]) == (116.345, "门口")
    assert worded["location"]["township"] == moved["location"]["township"]
    status, problem = await _problem(site, "PATCH", incident["id"], {"location": {"lon": 39.7, "lat": 116.3}})
    assert (status, problem["code"]) == (422, "location.swapped")
    gone = await site.change(incident, location={"lon": None, "lat": None})
    assert (gone["location"]["lon"], gone["location"]["text"]) == (None, "门口")


async def test_the_status_goes_on_by_follow_up_but_ends_only_by_an_act_that_says_why(site: IntakeSite) -> None:
    incident = await site.report()
    assert (await site.change(incident, status="active"))["status"] == "active"
    for status in ("reported", "closed", "merged"):
        code, problem = await _problem(site, "PATCH", incident["id"], {"status": status})
        assert (code, problem["code"]) == (409, "incident.transition_refused"), status
        assert (problem["from"], problem["to"]) == ("active", status)


async def test_closing_says_why_and_names_a_missing_grade_but_not_of_social_security(site: IntakeSite) -> None:
    fire = await site.act(await site.report(type_code="12A01"), "close", summary="明火已扑灭")
    assert (fire["status"], [hint["code"] for hint in fire["hints"]]) == ("closed", ["incident.grade_missing"])
    assert fire["closed_at"]
    social = await site.act(await site.report(type_code="14A01"), "close", summary="已疏导")
    assert "hints" not in social
    status, problem = await _problem(site, "POST", f"{fire['id']}/close", {"summary": "再"})
    assert (status, problem["code"]) == (409, "incident.already_closed")
    status, problem = await _problem(site, "POST", f"{social['id']}/close", {})
    assert (status, problem["errors"][0]["code"]) == (422, "field.required")
    assert (await site.node.facts("incident_intake"))[1].data["remark"] == "明火已扑灭"


async def test_figures_of_a_closed_incident_may_still_be_corrected(site: IntakeSite) -> None:
    closed = await site.act(await site.report(), "close", summary="完")
    after = await site.change(closed, casualties={"dead": 3}, grade="III")
    assert (after["status"], after["casualties"]["dead"], after["grade"]) == ("closed", 3, "III")
    status, problem = await _problem(site, "PATCH", closed["id"], {"status": "active"})
    assert (status, problem["code"]) == (409, "incident.transition_refused")


async def test_a_closed_incident_is_reopened_with_a_reason(site: IntakeSite) -> None:
    incident = await site.report()
    status, problem = await _problem(site, "POST", f"{incident['id']}/reopen", {"reason": "复燃"})
    assert (status, problem["code"]) == (409, "incident.not_closed")
    await site.act(incident, "close", summary="完")
    after = await site.act(incident, "reopen", reason="复燃")
    assert (after["status"], after["closed_at"]) == ("active", None)
    assert [line["kind"] for line in await site.timeline(incident)] == ["reopened", "closed", "reported"]
    assert (await site.kinds())[-1] == "intake.incident.reopened.v1"


async def test_an_incident_goes_on_as_recovering_and_back_or_to_its_end(site: IntakeSite) -> None:
    incident = await site.report()
    status, problem = await _problem(site, "POST", f"{incident['id']}/recover", {})
    assert (status, problem["errors"][0]["code"]) == (422, "field.required")
    after = await site.act(incident, "recover", note="明火已扑灭")
    assert (after["status"], after["closed_at"]) == ("recovering", None)
    listed = (await (await site.officer()).get("/api/incidents?open=true")).json()["items"]
    assert [one["id"] for one in listed] == [incident["id"]], "still to be worked on"
    status, problem = await _problem(site, "POST", f"{incident['id']}/recover", {"note": "再"})
    assert (status, problem["code"]) == (409, "incident.recovering_already")
    status, problem = await _problem(site, "PATCH", incident["id"], {"status": "active"})
    assert (status, problem["code"]) == (409, "incident.transition_refused"), "going back says why"
    assert (await site.act(incident, "reopen", reason="复燃"))["status"] == "active"
    await site.act(incident, "recover", note="又灭了")
    assert (await site.act(incident, "close", summary="完"))["status"] == "closed"
    kinds = [line["kind"] for line in await site.timeline(incident)]
    assert kinds == ["closed", "recovering", "reopened", "recovering", "reported"]
    status, problem = await _problem(site, "POST", f"{incident['id']}/recover", {"note": "晚了"})
    assert (status, problem["code"]) == (409, "incident.already_closed")


async def test_the_units_own_report_is_a_call_and_names_the_moment_once(site: IntakeSite) -> None:
    fall = await site.report(type_code="12C01", source="hotline_12350")
    at = fall["received_at"]
    told = {"organisation": "示例公司", "by_name": "经理", "phone": "13900000001", "said": "塌了", "at": at}
    after = await site.act(fall, "unit-report", **told)
    assert (after["unit_report"]["organisation"], after["unit_report"]["at"]) == ("示例公司", at)
    (call,) = [one for one in await _calls(site, fall) if one["source"] == "enterprise"]
    assert (call["said"], call["received_at"]) == ("塌了", after["unit_report"]["at"])
    facts = [fact.data for fact in await site.node.facts("incident_intake")]
    assert facts[-1]["unit_report"]["at"] == after["unit_report"]["at"]
    assert "经理" not in str(facts)
    assert "13900000001" not in str(facts), "who spoke stays here, to be destroyed in time"
    status, problem = await _problem(site, "POST", f"{fall['id']}/unit-report", told)
    assert (status, problem["code"]) == (409, "incident.unit_reported")
    other = await site.report(type_code="12D02", source="sensor")
    linked = {
        "source": "enterprise",
        "said": "我们漏了",
        "incident_id": other["id"],
        "caller": {"organisation": "示例厂"},
    }
    assert (await (await site.officer()).post("/api/calls", json=linked)).status_code == 201
    now = (await (await site.officer()).get(f"/api/incidents/{other['id']}")).json()
    assert now["unit_report"]["organisation"] == "示例厂", "a linked call of the unit is its report too"


async def _calls(site: IntakeSite, incident: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await (await site.officer()).get(f"/api/calls?incident_id={incident['id']}")
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_merge_is_told_on_both_timelines_and_a_split_takes_it_back(site: IntakeSite) -> None:
    target, incident = await site.report(), await site.report()
    await site.change(incident, status="active")
    merged = await site.act(incident, "merge", into=target["id"], reason="同一起火")
    assert (merged["status"], merged["merged_into"]) == ("merged", target["id"])
    line = (await site.timeline(target))[0]
    assert (line["kind"], line["code"], line["params"]["number"]) == ("merged", "timeline.absorbed", incident["number"])
    for path, body in (
        ("", {"grade": "I"}),
        ("/close", {"summary": "x"}),
        ("/notes", {"text": "x"}),
        ("/reopen", {"reason": "x"}),
    ):
        status, problem = await _problem(site, "POST" if path else "PATCH", f"{incident['id']}{path}", body)
        assert (status, problem["code"], problem["merged_into"]) == (409, "incident.merged", target["id"]), path
    split = await site.act(incident, "split", reason="两处火点")
    assert (split["status"], split["merged_into"]) == ("active", None)
    assert (await site.timeline(target))[0]["code"] == "timeline.released"
    assert [line["kind"] for line in await site.timeline(incident)] == ["split", "merged", "updated", "reported"]
    told = [kind.split(".")[2] for kind in await site.kinds() if kind.startswith("intake.incident.")]
    assert told == ["reported", "reported", "updated", "merged", "split"]


async def test_merges_that_make_no_sense_are_refused(site: IntakeSite) -> None:
    one, two, ended = await site.report(), await site.report(), await site.report()
    await site.act(ended, "close", summary="完")
    for into, status, code in (
        (one["id"], 422, "incident.merge_into_self"),
        ("no-such", 422, "incident.merge_target_unknown"),
        (ended["id"], 409, "incident.merge_target_ended"),
    ):
        found = await _problem(site, "POST", f"{one['id']}/merge", {"into": into, "reason": "x"})
        assert (found[0], found[1]["code"]) == (status, code)
    await site.act(one, "merge", into=two["id"], reason="x")
    for path, body, code in (
        (f"{two['id']}/merge", {"into": one["id"], "reason": "x"}, "incident.merge_target_ended"),
        (f"{one['id']}/merge", {"into": two["id"], "reason": "x"}, "incident.merged"),
        (f"{two['id']}/split", {"reason": "x"}, "incident.not_merged"),
        (f"{ended['id']}/merge", {"into": two["id"], "reason": "x"}, "incident.already_closed"),
    ):
        found = await _problem(site, "POST", path, body)
        assert (found[0], found[1]["code"]) == (409, code), path


async def test_a_note_is_a_line_that_other_sites_hear(site: IntakeSite) -> None:
    incident = await site.report()
    note = await site.act(incident, "notes", text="现场风大\n请多派水罐")
    assert (note["kind"], note["params"]["text"]) == ("note", "现场风大\n请多派水罐")
    assert (await site.timeline(incident))[0] == note
    fact = (await site.node.facts("incident_intake"))[-1]
    assert (fact.aggregateversion, fact.data["remark"], fact.data["changed"]) == (2, "现场风大\n请多派水罐", ["note"])


async def test_a_repeated_act_with_the_same_key_is_done_once(site: IntakeSite) -> None:
    incident = await site.report()
    client = await site.officer()
    url = f"/api/incidents/{incident['id']}/notes"
    answers = [await client.post(url, json={"text": "x"}, headers={"Idempotency-Key": "n"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert len(await site.timeline(incident)) == 2


async def test_lists_are_filtered_and_paged_newest_first(site: IntakeSite) -> None:
    now = datetime.now(UTC)
    made = [
        await site.report(title=f"事{i}", type_code=code, received_at=(now - timedelta(minutes=i)).isoformat())
        for i, code in enumerate(("11A01", "11A02", "11B01", "12A01", "99Z99"))
    ]
    await site.change(made[0], grade="II", sensitive=True, description="Chlorine 100%_泄漏")
    await site.act(made[1], "close", summary="完")
    client = await site.officer()

    async def titles(query: str) -> list[str]:
        answer = await client.get(f"/api/incidents?{query}")
        assert answer.status_code == 200, answer.text
        return [one["title"] for one in answer.json()["items"]]

    assert await titles("") == ["事0", "事1", "事2", "事3", "事4"]
    assert await titles("status=closed&status=merged") == ["事1"]
    assert await titles("open=true") == ["事0", "事2", "事3", "事4"]
    assert await titles("grade=II") == await titles("sensitive=true") == ["事0"]
    assert await titles("type=11000") == ["事0", "事1", "事2"]
    assert await titles("type=11A00") == ["事0", "事1"]
    assert await titles("type=11A02") == ["事1"]
    assert await titles("q=chlorine") == await titles("q=100%25_") == ["事0"]
    assert await titles("q=%25") == ["事0"]
    assert await titles(f"q={made[3]['number'].lower()}") == ["事3"]
    assert await titles("township=110115001") == []
    since = (now - timedelta(minutes=2, seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert await titles(f"since={since}") == ["事0", "事1", "事2"]
    assert await titles(f"until={since}") == ["事3", "事4"]
    pages, cursor = [], ""
    while cursor is not None:
        body = (await client.get(f"/api/incidents?limit=2{cursor and '&after=' + cursor}")).json()
        pages.append([one["title"] for one in body["items"]])
        cursor = body["next"]
    assert pages == [["事0", "事1"], ["事2", "事3"], ["事4"]]
    for query in ("after=xx", "after=WyJhIiwgImIiXQ", "limit=0", "limit=201", "grade=V", "since=2025-01-01T00:00:00"):
        assert (await client.get(f"/api/incidents?{query}")).status_code == 422, query


async def test_a_timeline_is_paged(site: IntakeSite) -> None:
    incident = await site.report()
    for i in range(5):
        await site.act(incident, "notes", text=str(i))
    client = await site.officer()
    first = (await client.get(f"/api/incidents/{incident['id']}/timeline?limit=4")).json()
    rest = (await client.get(f"/api/incidents/{incident['id']}/timeline?limit=4&after={first['next']}")).json()
    texts = [line["params"].get("text") for line in first["items"] + rest["items"]]
    assert (texts, rest["next"]) == (["4", "3", "2", "1", "0", None], None)


async def test_what_is_not_there_is_not_found(site: IntakeSite) -> None:
    for method, path, body in (
        ("GET", "x", {}),
        ("GET", "x/timeline", {}),
        ("PATCH", "x", {}),
        ("POST", "x/notes", {"text": "x"}),
    ):
        status, problem = await _problem(site, method, path, body)
        assert (status, problem["code"]) == (404, "incident.not_found")


async def test_an_officer_of_a_territory_may_not_close(site: IntakeSite) -> None:
    own = await site.node.client("territory_officer", territory="110115001")
    mine = await site.report(own, location={"text": "兴丰大街"})
    answer = await own.post(f"/api/incidents/{mine['id']}/close", json={"summary": "完"})
    assert (answer.status_code, answer.json()["code"]) == (403, "access.forbidden")


async def test_reference_tables_are_answered_and_the_words_are_open_to_all(site: IntakeSite) -> None:
    client = await site.officer()
    types = (await client.get("/api/incident-types")).json()["items"]
    assert {
        "code": "11A01",
        "name": "洪水",
        "level": 3,
        "parent": "11A00",
        "initials": "hs",
        "inferred": False,
    } in types
    assert len((await client.get("/api/townships")).json()["items"]) == 22
    district = (await client.get("/api/district")).json()
    assert len(district["townships"]["features"]) == 22
    assert district["outline"]["properties"]["code"] == "110115"
    nobody = site.node.anonymous()
    assert (await nobody.get("/api/district")).status_code == 401
    assert (await nobody.get("/api/i18n")).json()["incident_status.closed"] == "已结束"


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    async with intake_site(tmp_path) as site:
        incident = await site.report()
        await site.act(incident, "notes", text="x")
    async with intake_site(tmp_path) as site:
        assert [line["kind"] for line in await site.timeline(incident)] == ["note", "reported"]
        second = await site.report()
    assert int(second["number"][-4:]) == int(incident["number"][-4:]) + 1


async def test_control_characters_in_addresses_are_refused_by_name(site: IntakeSite) -> None:
    client = await site.officer()
    cursor = encode_cursor("2025-01-29T10:00:00.000Z", "a\x00")
    for path in ("incidents/a%00", "incidents/a%00/timeline", "incidents?q=%00", "incidents?type=%00", "warnings/%00"):
        answer = await client.get(f"/api/{path}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "field.control_character"), path
    answer = await client.get(f"/api/incidents?after={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (422, "request.cursor_invalid")
