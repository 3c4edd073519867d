"""Warnings through the whole site: taken once, acting on each other, ending once; on both stores."""

import asyncio
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import Point, Polygon, shape

from services.incident_intake.cap.sample_series import exercise, rainstorm_series
from services.incident_intake.handlers.warning_shapes import MAX_DRAWN
from shared.contracts.envelope import encode
from shared.storage import system
from shared.storage.system import MAX_FACT_BYTES
from tests.harness.cap_documents import alert, area, info, pair
from tests.integration.intake_site import IntakeSite, MovableClock, intake_site


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IntakeSite]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with intake_site(tmp_path, database_url=url) as running:
        yield running


async def _take(site: IntakeSite, body: bytes | str, status: int = 201) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else body.encode()
    headers = {"content-type": "application/xml"}
    answer = await (await site.officer()).post("/api/warnings", content=content, headers=headers)
    assert answer.status_code == status, answer.text[:800]
    found: dict[str, Any] = answer.json()
    return found


async def _list(site: IntakeSite, query: str = "") -> list[dict[str, Any]]:
    answer = await (await site.officer()).get(f"/api/warnings{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _warning_facts(site: IntakeSite) -> list[tuple[str, str, int]]:
    facts = await site.node.facts("incident_intake")
    return [(fact.fact, fact.data["state"], fact.aggregateversion) for fact in facts if fact.aggregate == "warning"]


def _recent() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=30)


async def test_a_warning_is_kept_told_and_answered(site: IntakeSite) -> None:
    blue = rainstorm_series(_recent())[0]
    answer = await _take(site, blue)
    (warning,) = answer["imported"]
    assert (answer["updated"], answer["unchanged"], answer["wrapper"]) == (0, 0, "alert")
    assert (warning["state"], warning["color"], warning["is_real"]) == ("current", "blue", True)
    assert warning["geometry"]["type"] == "MultiPolygon"
    assert warning["event_code"]
    assert await _list(site, "?current=true") == [warning]
    assert (await (await site.officer()).get(f"/api/warnings/{warning['id']}")).json() == warning
    (fact,) = await site.node.facts("incident_intake")
    assert (fact.kind, fact.subject) == ("intake.warning.issued.v1", warning["id"])
    assert fact.data["geometry"] == warning["geometry"]


async def test_the_same_warning_twice_changes_nothing(site: IntakeSite) -> None:
    blue = rainstorm_series(_recent())[0]
    await _take(site, blue)
    again = await _take(site, blue, status=200)
    assert (again["imported"], again["updated"], again["unchanged"]) == ([], 0, 1)
    assert len(await _warning_facts(site)) == 1


async def test_the_same_warning_at_once_from_many_hands_is_taken_once(site: IntakeSite) -> None:
    blue = rainstorm_series(_recent())[0]
    client = await site.officer()
    answers = await asyncio.gather(*(client.post("/api/warnings", content=blue) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len(await _list(site)) == 1


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)], ids=str)
async def test_updates_supersede_in_whatever_order_they_arrive(site: IntakeSite, order: tuple[int, ...]) -> None:
    series = rainstorm_series(_recent())
    for place in order:
        await _take(site, series[place])
    (current,) = await _list(site, "?current=true")
    assert current["color"] == "red"
    by_color = {warning["color"]: warning for warning in await _list(site)}
    assert by_color["orange"]["superseded_by"] == current["id"]
    assert {color: warning["state"] for color, warning in by_color.items()} == {
        "blue": "superseded", "yellow": "superseded", "orange": "superseded", "red": "current",
    }  # fmt: skip


async def test_a_cancel_ends_what_it_names_and_is_never_told_as_issued(site: IntakeSite) -> None:
    series = rainstorm_series(_recent())
    await _take(site, series[3])
    answer = await _take(site, series[4])
    assert answer["updated"] == 1
    assert await _list(site, "?current=true") == []
    assert await _warning_facts(site) == [
        ("issued", "current", 1),
        ("cancelled", "cancelled", 2),
        ("cancelled", "cancelled", 1),
    ]


async def test_an_update_is_told_with_the_state_of_the_old_one_first(site: IntakeSite) -> None:
    series = rainstorm_series(_recent())
    await _take(site, series[0])
    await _take(site, series[1])
    assert await _warning_facts(site) == [
        ("issued", "current", 1),
        ("updated", "superseded", 2),
        ("issued", "current", 1),
    ]


async def test_an_exercise_is_never_real(site: IntakeSite) -> None:
    (warning,) = (await _take(site, exercise(_recent())))["imported"]
    assert (warning["status"], warning["is_real"]) == ("Exercise", False)
    (fact,) = await site.node.facts("incident_intake")
    assert fact.data["is_real"] is False


async def test_a_warning_ends_once_also_over_a_restart(tmp_path: Path) -> None:
    clock = MovableClock()
    async with intake_site(tmp_path, clock=clock) as site:
        (warning,) = (await _take(site, rainstorm_series(_recent())[0]))["imported"]
    clock.offset = timedelta(days=3)
    async with intake_site(tmp_path, clock=clock) as site:
        async with asyncio.timeout(60):
            while ("expired", "expired", 2) not in await _warning_facts(site):
                await asyncio.sleep(0.05)
        assert (await _list(site))[0]["state"] == "expired"
        assert await _list(site, "?current=true") == []
    async with intake_site(tmp_path, clock=clock) as site:
        await asyncio.sleep(0.3)
        assert [fact for fact, _, _ in await _warning_facts(site)] == ["issued", "expired"]
        assert (await (await site.officer()).get(f"/api/warnings/{warning['id']}")).json()["version"] == 2


async def test_a_warning_that_has_run_out_never_looks_current_before_the_job_ran(site: IntakeSite) -> None:
    (warning,) = (await _take(site, rainstorm_series(_recent())[0]))["imported"]
    site.pass_time(timedelta(days=3))
    assert await _list(site, "?current=true") == []
    found = await (await site.officer()).get(f"/api/warnings/{warning['id']}")
    assert found.json()["state"] == "expired"


async def test_the_code_of_a_township_and_a_circle_become_polygons(site: IntakeSite) -> None:
    code = pair("geocode", "行政区划代码", "110115001000")
    areas = area(code) + area("<circle>39.70,116.34 5</circle>", desc="圆")
    (warning,) = (await _take(site, alert(info(areas=areas))))["imported"]
    polygons = warning["geometry"]["coordinates"]
    assert len(polygons) == 2
    assert [116.40996, 39.71364] in polygons[0][0]
    assert len(polygons[1][0]) == 65
    assert [one["desc"] for one in warning["areas"]] == ["榆垡镇", "圆"]


async def test_the_chinese_block_is_read_first_and_only_its_areas_are_drawn(site: IntakeSite) -> None:
    english = info(language="en-US", event="Rainstorm", headline="Rainstorm")
    chinese = info(headline="暴雨黄色预警", areas=area("<circle>39.70,116.34 5</circle>"))
    (warning,) = (await _take(site, alert(english, chinese)))["imported"]
    assert warning["headline"] == "暴雨黄色预警"
    assert len(warning["geometry"]["coordinates"]) == 1


async def test_a_faulty_part_is_named_and_kept_with_the_warning(site: IntakeSite) -> None:
    answer = await _take(site, alert(info(areas=area("<polygon>1,2 3,4</polygon>"))))
    codes = {fault["code"] for fault in answer["faults"]}
    assert "cap.polygon_too_short" in codes
    assert {fault["code"] for fault in answer["imported"][0]["faults"]} == codes
    assert all(fault["detail"] != f"problem.{fault['code']}" for fault in answer["faults"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "cap.not_well_formed"),
        (b"hello", 400, "cap.not_well_formed"),
        (b"<alert><x/></alert>", 400, "cap.not_cap"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', 400, "cap.entities_forbidden"),
        (b"<a>" + b"x" * (5 * 1024 * 1024 + 1) + b"</a>", 413, "cap.too_large"),
        (b"x" * (7 * 1024 * 1024), 413, "request.too_large"),
        (alert(info()).replace("Alert", "Allert").encode(), 422, "cap.nothing_usable"),
    ],
    ids=["empty", "text", "not-cap", "entities", "too-large", "far-too-large", "nothing-usable"],
)
async def test_what_is_no_usable_warning_is_refused_by_name(
    site: IntakeSite, body: bytes, status: int, code: str
) -> None:
    problem = await _take(site, body, status)
    assert problem["code"] == code
    assert problem["detail"] != f"problem.{code}"
    assert await _list(site) == []
    if code == "cap.nothing_usable":
        assert problem["errors"]


async def test_a_hostile_long_identifier_is_found_again(site: IntakeSite) -> None:
    long = "".join(sha256(str(i).encode()).hexdigest() for i in range(200))
    first = alert(info(), identifier=long)
    named = f"<references>warning@daxing.example.cn,{long},2026-07-31T18:00:00+08:00</references>"
    sent = "2026-07-31T19:00:00+08:00"
    second = alert(info(), identifier="b", msg_type="Update", sent=sent, extra=named)
    assert len((await _take(site, first))["imported"]) == 1
    assert (await _take(site, first, status=200))["unchanged"] == 1
    assert (await _take(site, second))["updated"] == 1


async def test_a_repeated_key_gets_the_first_answer(site: IntakeSite) -> None:
    client, blue = await site.officer(), rainstorm_series(_recent())[0]
    answers = [await client.post("/api/warnings", content=blue, headers={"Idempotency-Key": "w"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].content == answers[1].content


async def test_lists_of_warnings_are_paged(site: IntakeSite) -> None:
    for message in rainstorm_series(_recent()):
        await _take(site, message)
    client = await site.officer()
    seen, cursor = [], ""
    while cursor is not None:
        body = (await client.get(f"/api/warnings?limit=2{cursor and '&after=' + cursor}")).json()
        seen += [warning["sent"] for warning in body["items"]]
        cursor = body["next"]
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)


async def test_who_may_not_import_is_refused_and_an_unknown_warning_is_not_found(site: IntakeSite) -> None:
    leader = await site.node.client("team_leader", unit_id="u1")
    assert (await leader.post("/api/warnings", content=b"<x/>")).status_code == 403
    answer = await leader.get("/api/warnings/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "warning.not_found")


def _ring(points: int, radius: float = 0.05) -> str:
    turns = (2 * math.pi * step / points for step in range(points))
    spikes = ((math.sin(turn), math.cos(turn), radius * (1 + 0.3 * math.sin(50 * turn))) for turn in turns)
    corners = [f"{39.7 + sine * r:.9f},{116.3 + cosine * r:.9f}" for sine, cosine, r in spikes]
    return f"<polygon>{' '.join([*corners, corners[0]])}</polygon>"


@pytest.mark.parametrize(
    "shapes",
    [
        _ring(19_000),
        "<circle>39.7,116.3 5</circle>" + "".join(f"<circle>39.7,{116 + i / 5e3} 3</circle>" for i in range(3000)),
    ],
    ids=["19000-points", "3001-circles"],
)
async def test_a_huge_area_is_drawn_roughly_never_smaller_and_fits_through_the_broker(
    site: IntakeSite, shapes: str
) -> None:
    answer = await _take(site, alert(info(areas=area(shapes))))
    warning = answer["imported"][0]
    assert "cap.area_simplified" in {fault["code"] for fault in answer["faults"]}
    assert "cap.area_simplified" in {fault["code"] for fault in warning["faults"]}
    drawn = shape(warning["geometry"])
    assert shapely.get_num_coordinates(drawn) <= MAX_DRAWN
    assert drawn.is_valid
    said = warning["areas"][0]
    assert all(drawn.covers(Polygon(ring)) for ring in said["polygons"])
    assert all(drawn.covers(Point(circle["lon"], circle["lat"])) for circle in said["circles"][::100])
    fact = (await site.node.facts("incident_intake"))[-1]
    assert len(encode(fact)) < MAX_FACT_BYTES


async def test_the_same_township_named_a_thousand_times_is_drawn_once(site: IntakeSite) -> None:
    one = area(pair("geocode", "code", "110115000"))
    once = await _take(site, alert(info(areas=one)))
    often = await _take(site, alert(info(areas=one * 1000), identifier="often"))
    assert often["imported"][0]["geometry"] == once["imported"][0]["geometry"]


async def test_a_fact_that_the_broker_would_never_take_is_refused_and_nothing_is_kept(
    site: IntakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.officer()
    monkeypatch.setattr(system, "MAX_FACT_BYTES", 100)
    problem = await _take(site, rainstorm_series(_recent())[0], status=413)
    assert problem["code"] == "fact.too_large"
    assert await _list(site) == []
