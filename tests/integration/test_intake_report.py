"""A first report through the whole site: taken whole or refused by name, on both stores."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.kernel.clock import civil_date
from tests.integration.intake_site import PLACE, IntakeSite, MovableClock, intake_site

SHIFTED: dict[str, dict[str, Any]] = {
    "gcj02": {"lon": 116.3485, "lat": 39.6609, "township": "110115108"},
    "bd09": {"lon": 116.4729, "lat": 39.6573, "township": "110115105"},
}
"""Points that lie in that township only when they are read in that system."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


async def _refused(site: IntakeSite, body: Any, status: int, code: str) -> dict[str, Any]:
    answer = await (await site.officer()).post("/api/incidents", json=body)
    problem: dict[str, Any] = answer.json()
    codes = {problem["code"], *(error["code"] for error in problem.get("errors", ()))}
    assert (answer.status_code, code in codes) == (status, True), answer.text[:500]
    assert await site.rows("select id from incident") == []
    assert await site.rows("select day from number_series") == []
    return problem


async def test_a_report_is_answered_kept_told_and_put_on_the_timeline(site: IntakeSite) -> None:
    caller = {"name": "张三丰", "phone": "13800001234", "organisation": "红星物业", "note": "住隔壁"}
    incident = await site.report(
        type_code="11A01", source="public", caller=caller, casualties={"injured": 2, "dead": None}, description="积水"
    )
    day = f"{civil_date(datetime.now(UTC)):%Y%m%d}"
    assert incident["number"] == f"DX-{day}-0001"
    assert (incident["status"], incident["version"], incident["home_site"]) == ("reported", 1, "hub")
    assert incident["type_name"] == "洪水"
    assert incident["location"]["township_name"]
    assert incident["casualties"] == {"dead": None, "missing": None, "serious": None, "injured": 2, "trapped": None}
    assert incident["caller"] == {"name": "张**", "phone": "138****1234", "organisation": "红星物业", "note": None}
    read = (await (await site.officer()).get(f"/api/incidents/{incident['id']}")).json()
    assert read.pop("handover") is None
    assert {**read, "caller": None} == {**{k: v for k, v in incident.items() if k != "hints"}, "caller": None}
    (fact,) = await site.node.facts("incident_intake")
    assert (fact.kind, fact.subject, fact.aggregateversion) == ("intake.incident.reported.v1", incident["id"], 1)
    assert fact.data["casualties"]["injured"] == 2
    (line,) = await site.timeline(incident)
    assert (line["kind"], line["code"], line["actor_name"]) == ("reported", "timeline.reported", "测试员")


async def test_one_word_of_what_or_where_is_enough_and_gaps_are_named(site: IntakeSite) -> None:
    answer = await (await site.officer()).post("/api/incidents", json={"description": "有人打电话说路口很多烟"})
    assert answer.status_code == 201
    assert answer.json()["title"] == "有人打电话说路口很多烟"
    assert [hint["code"] for hint in answer.json()["hints"]] == ["incident.no_point"]
    assert answer.json()["hints"][0]["detail"].startswith("没有坐标")


async def test_a_report_that_says_nothing_is_refused(site: IntakeSite) -> None:
    await _refused(site, {"source": "public", "location": {"lon": 116.4, "lat": 39.7}}, 422, "incident.empty")


async def test_the_title_is_made_of_type_and_place(site: IntakeSite) -> None:
    incident = await site.report(title=None, type_code="11A01")
    assert incident["title"] == "洪水 · 旧宫镇幸福路 3 号"


async def test_points_of_shifted_systems_are_kept_in_wgs84_with_their_system(site: IntakeSite) -> None:
    incident = await site.report(location={"lon": 116.33, "lat": 39.72, "crs": "gcj02"})
    place = incident["location"]
    assert (place["crs"], place["source_crs"]) == ("wgs84", "gcj02")
    assert 0.004 < 116.33 - place["lon"] < 0.008


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
async def test_a_shifted_point_whose_system_nobody_named_is_kept_as_said_and_asked_about(
    site: IntakeSite, system: str
) -> None:
    said: dict[str, Any] = SHIFTED[system]
    undeclared = await site.report(location=said)
    place = undeclared["location"]
    assert (place["lon"], place["lat"], place["source_crs"]) == (said["lon"], said["lat"], "wgs84"), (
        "never moved unasked"
    )
    assert f"location.perhaps_{system}" in {hint["code"] for hint in undeclared["hints"]}
    declared = await site.report(location={**said, "crs": system})
    assert (declared["location"]["source_crs"], declared["location"]["township"]) == (system, said["township"])
    assert not [hint for hint in declared.get("hints", ()) if hint["code"].startswith("location.")]
    assert declared["location"]["lon"] < said["lon"]


async def test_a_place_outside_the_district_is_taken_with_a_hint(site: IntakeSite) -> None:
    incident = await site.report(location={"lon": 121.47, "lat": 31.23})
    assert "location.outside_district" in {hint["code"] for hint in incident["hints"]}
    assert incident["location"]["township"] is None


async def test_an_unknown_type_is_taken_as_it_stands_named_and_counted(site: IntakeSite) -> None:
    incident = await site.report(type_code="99Z99")
    assert (incident["type_code"], incident["type_name"]) == ("99Z99", None)
    assert "incident.type_unknown" in {hint["code"] for hint in incident["hints"]}
    metrics = (await site.node.anonymous().get("/metrics")).text
    assert "yzt_intake_unknown_type_total 1.0" in metrics


async def test_a_second_report_of_perhaps_the_same_is_pointed_out_and_taken(site: IntakeSite) -> None:
    first = await site.report(type_code="11A01")
    near = await site.report(type_code="11A02", location={**PLACE, "lat": PLACE["lat"] + 0.001})  # type: ignore[operator]
    hint = next(hint for hint in near["hints"] if hint["code"] == "incident.look_alike")
    assert (hint["number"], hint["metres"]) == (first["number"], 111)
    far = await site.report(type_code="11A01", location={**PLACE, "lat": PLACE["lat"] + 0.01})  # type: ignore[operator]
    other_class = await site.report(type_code="13A01")
    for incident in (far, other_class):
        assert "incident.look_alike" not in {hint["code"] for hint in incident.get("hints", ())}


async def test_an_old_report_is_no_look_alike(site: IntakeSite) -> None:
    await site.report(type_code="11A01")
    site.pass_time(timedelta(minutes=31))
    incident = await site.report(type_code="11A01")
    assert "incident.look_alike" not in {hint["code"] for hint in incident.get("hints", ())}


async def test_a_hundred_reports_at_once_get_a_hundred_numbers_without_a_gap(site: IntakeSite) -> None:
    client = await site.officer()
    incidents = await asyncio.gather(*(site.report(client, title=f"第{i}起") for i in range(100)))
    serials = sorted(int(incident["number"][-4:]) for incident in incidents)
    assert serials == list(range(1, 101))
    assert len(await site.kinds()) == 100


async def test_a_refused_report_uses_no_number(site: IntakeSite) -> None:
    client = await site.officer()
    good = {"title": "a"}
    bad = {"title": "b", "location": {"lon": 39.7, "lat": 116.3}}
    answers = await asyncio.gather(*(client.post("/api/incidents", json=body) for body in [good, bad] * 10))
    numbers = sorted(answer.json()["number"] for answer in answers if answer.status_code == 201)
    assert [int(number[-4:]) for number in numbers] == list(range(1, 11))


async def test_numbers_start_anew_at_midnight_in_the_district(site: IntakeSite) -> None:
    now = datetime.now(UTC)
    first = await site.report()
    site.pass_time(timedelta(days=1))
    second = await site.report()
    assert (first["number"][-4:], second["number"][-4:]) == ("0001", "0001")
    assert f"{civil_date(now + timedelta(days=1)):%Y%m%d}" in second["number"]


async def test_numbers_of_another_site_bear_its_name(tmp_path: Path) -> None:
    async with intake_site(tmp_path, site="yufa", clock=MovableClock()) as edge:
        incident = await edge.report()
    assert re.fullmatch(r"DX-YUFA-\d{8}-0001", incident["number"])


async def test_the_same_key_and_body_is_one_incident_and_the_same_answer(site: IntakeSite) -> None:
    client = await site.officer()
    body = {"title": "一起", "caller": {"name": "李四", "phone": "13900005678"}}
    answers = [await client.post("/api/incidents", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert answers[0].content == answers[1].content == answers[2].content
    assert len(await site.rows("select id from incident")) == 1


async def test_the_same_key_with_another_body_is_refused(site: IntakeSite) -> None:
    client = await site.officer()
    headers = {"Idempotency-Key": "k1"}
    await client.post("/api/incidents", json={"title": "一"}, headers=headers)
    answer = await client.post("/api/incidents", json={"title": "二"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.idempotency_mismatch")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"location": {"lon": 39.73, "lat": 116.34}}, "location.swapped"),
        ({"location": {"lon": 2.35, "lat": 48.85}}, "location.outside_china"),
        ({"location": {"lon": 116.3}}, "location.incomplete"),
        ({"location": {"lat": 39.7}}, "location.incomplete"),
        ({"location": {"lon": 1160, "lat": 39.7}}, "field.out_of_range"),
        ({"location": {"township": "110115999"}}, "location.township_unknown"),
        ({"occurred_at": "2025-01-29T10:00:00"}, "time.naive"),
        ({"occurred_at": "2099-01-29T10:00:00Z"}, "time.in_future"),
        ({"received_at": "2099-01-29T10:00:00Z"}, "time.in_future"),
        ({"occurred_at": "1948-01-29T10:00:00Z"}, "time.too_old"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "field.type"),
        ({"occurred_at": 1738112400}, "field.type"),
        ({"occurred_at": "20250129"}, "field.type"),
        ({"casualties": {"dead": -1}}, "field.out_of_range"),
        ({"casualties": {"dead": 1_000_001}}, "field.out_of_range"),
        ({"casualties": {"dead": True}}, "field.type"),
        ({"casualties": {"dead": "三"}}, "field.type"),
        ({"description": "很" * 10_001}, "field.too_long"),
        ({"description": "x" * 1_000_000}, "field.too_long"),
        ({"title": "长" * 201}, "field.too_long"),
        ({"title": "a\x00b"}, "field.control_character"),
        ({"location": {"text": "a\x07b"}}, "field.control_character"),
        ({"sensitive": True, "sensitive_reasons": ["a\x00"]}, "field.control_character"),
        ({"caller": {"phone": "1\x001"}}, "field.control_character"),
        ({"tittle": "x"}, "field.unknown"),
        ({"location": {"lng": 116}}, "field.unknown"),
        ({"source": "pigeon"}, "field.type"),
        ({"grade": "V"}, "field.type"),
    ],
    ids=str,
)
async def test_what_cannot_be_true_is_refused_by_name(site: IntakeSite, fields: dict[str, Any], code: str) -> None:
    problem = await _refused(site, {"title": "事", **fields}, 422, code)
    assert all(error["pointer"].startswith("/") and error["detail"] for error in problem["errors"])


async def test_a_body_that_is_no_json_is_refused(site: IntakeSite) -> None:
    headers = {"content-type": "application/json"}
    answer = await (await site.officer()).post("/api/incidents", content=b'{"title": ', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")


async def test_emoji_full_width_digits_and_line_breaks_are_kept(site: IntakeSite) -> None:
    incident = await site.report(
        title="🔥１２号楼着火", description="第一行\n第二行\t𠮷", location={"text": "１２号楼 🏠"}
    )
    assert (incident["title"], incident["location"]["text"]) == ("🔥１２号楼着火", "１２号楼 🏠")
    assert incident["description"] == "第一行\n第二行\t𠮷"


async def test_text_pasted_from_a_word_processor_is_taken_with_its_lines_up_to_ten_thousand_characters(
    site: IntakeSite,
) -> None:
    long = "字" * 9_990 + "\x0b一\x0c二\x85三\x1e\x1f四"
    incident = await site.report(
        title="明火\x1e浓烟", description=long, location={"text": "旧宫\x1f镇"}, caller={"note": "甲\x0b乙"}
    )
    assert incident["description"] == "字" * 9_990 + "\n一\n二\n三-四"
    assert (incident["title"], incident["location"]["text"]) == ("明火-浓烟", "旧宫镇")
    after = await site.change(incident, description="续\x0b报", sensitive_reasons=["夜\x1f间"])
    assert (after["description"], after["sensitive_reasons"]) == ("续\n报", ["夜间"])
    await site.act(incident, "notes", text="现场\x0b两组")
    assert (await site.timeline(incident))[0]["params"]["text"] == "现场\n两组"


async def test_who_is_not_logged_in_or_may_not_is_refused(site: IntakeSite) -> None:
    nobody = site.node.anonymous()
    answer = await nobody.post("/api/incidents", json={"title": "x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "session.required")
    nobody.headers["Authorization"] = "Bearer of-yesterday"
    assert (await nobody.post("/api/incidents", json={"title": "x"})).status_code == 401
    for role in ("auditor", "ops", "dispatcher"):
        answer = await (await site.node.client(role)).post("/api/incidents", json={"title": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "access.forbidden"), role
    assert await site.rows("select id from incident") == []


async def test_an_officer_of_a_territory_takes_and_sees_the_own_ones_only(site: IntakeSite) -> None:
    own = await site.node.client("territory_officer", territory="110115001")
    mine = await site.report(own, location={"text": "兴丰大街"})
    assert mine["location"]["township"] == "110115001"
    other = await own.post("/api/incidents", json={"title": "x", "location": {"township": "110115002"}})
    assert (other.status_code, other.json()["code"]) == (403, "access.other_territory")
    foreign = await site.report(location={"township": "110115002"})
    for method, path in (("GET", ""), ("GET", "/timeline"), ("PATCH", ""), ("POST", "/notes")):
        answer = await own.request(
            method, f"/api/incidents/{foreign['id']}{path}", json={"text": "x"} if path == "/notes" else {}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "incident.not_found"), path
    moved = await own.patch(f"/api/incidents/{mine['id']}", json={"location": {"township": "110115002"}})
    assert moved.status_code == 403
    assert [one["id"] for one in (await own.get("/api/incidents")).json()["items"]] == [mine["id"]]
    assert (await own.get("/api/incidents?township=110115002")).json()["items"] == []
