"""S2, S3 and S5 as far as the desk goes (docs of the scenarios: 验收场景): every call kept, one incident each."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.operational_picture.domain.fold import apply
from services.operational_picture.domain.picture import Picture
from shared.kernel.clock import parse_time
from tests.integration.intake_site import IntakeSite, MovableClock, intake_site

STATION: dict[str, Any] = {"lon": 116.665, "lat": 39.655, "text": "采育镇示范路加氢站"}
HOUSE: dict[str, Any] = {"lon": 116.44, "lat": 39.80, "text": "旧宫镇庑殿村三层自建房", "township": "110115006"}


class Desk:
    """An officer at the desk, on a clock of minutes from the first signal."""

    def __init__(self, site: IntakeSite, clock: MovableClock) -> None:
        self.site = site
        self._clock = clock
        self.start = clock.now()

    def at(self, minutes: float) -> None:
        """Let the scenario's time come."""
        self._clock.offset += self.start + timedelta(minutes=minutes) - self._clock.now()

    def minute_of(self, moment: str) -> float:
        """When that was, in minutes of the scenario."""
        return round((parse_time(moment) - self.start).total_seconds() / 60, 1)

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await (await self.site.officer()).post(path, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str, **query: Any) -> Any:
        answer = await (await self.site.officer()).get(path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    async def calls(self, incident: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("/api/calls", incident_id=incident["id"], limit=200))["items"]
        return found

    async def picture(self) -> dict[str, dict[str, Any]]:
        """What every screen shows after all that was told."""
        folded = Picture("hub", "区指挥中心")
        for seq, fact in enumerate(await self.site.node.facts("incident_intake"), 1):
            apply(folded, seq, fact)
        return {name: item.feature for name, item in folded.shown.items() if item.feature}


@pytest.fixture
async def desk(tmp_path: Path) -> Any:
    clock = MovableClock()
    # 23:40 in Daxing: the hours of S5 cross midnight.
    clock.offset = datetime(2026, 2, 16, 15, 40, tzinfo=UTC) - datetime.now(UTC)
    async with intake_site(tmp_path, clock=clock) as site:
        await site.officer()
        yield Desk(site, clock)


async def test_s2_a_sensor_is_only_suspected_and_a_complaint_is_linked(desk: Desk) -> None:
    # 0: 物联报警: 视为“疑似”, 不自动立案, 1 min 内电话核实.
    alarm = await desk.post("/api/calls", source="sensor", said="站区氢浓度超限", type_code="12D02", location=STATION)
    assert (alarm["outcome"], alarm["incident_id"]) == ("pending", None)
    assert (await desk.get("/api/incidents"))["items"] == []
    assert desk.minute_of(alarm["verify_by"]) - desk.minute_of(alarm["received_at"]) == 1.0
    shown = (await desk.picture())[f"call:{alarm['id']}"]
    assert (shown["properties"]["outcome"], shown["properties"]["verify_by"]) == ("pending", alarm["verify_by"])
    assert shown["geometry"]["type"] == "Point"

    # +2: 企业电话: 合并两来源, 定 12D02, 敏感.
    desk.at(2)
    plant = {
        "source": "enterprise", "type_code": "12D02", "location": STATION, "sensitive": True,
        "sensitive_reasons": ["示范区"], "description": "储氢瓶组泄漏,已停机,1 人冻伤", "casualties": {"serious": 1},
        "caller": {"phone": "13900000001", "organisation": "示例加氢站"},
        "answers": {"substance": "氢气", "stopped": "已切断", "hydrogen": "储氢瓶组"},
    }  # fmt: skip
    proposed = await desk.post("/api/duplicates/check", **plant)
    assert [one["call"]["id"] for one in proposed["calls"]] == [alarm["id"]]
    incident = await desk.post("/api/incidents", **plant)
    await desk.post(f"/api/calls/{alarm['id']}/link", incident_id=incident["id"], reason="同一站区")
    assert [one["source"] for one in await desk.calls(incident)] == ["enterprise", "sensor"]
    assert incident["sensitive"] is True
    guidance = await desk.get(f"/api/incidents/{incident['id']}/guidance")
    assert {one["id"]: one["answer"] for one in guidance["questions"]}["hydrogen"] == "储氢瓶组"
    assert any("风" in one["text"] for one in guidance["questions"])
    cordon = next(one for one in guidance["steps"] if one["id"] == "pass_cordon")
    assert "预案给定" in cordon["text"], "no radius of our own making"

    # +10: 12345 投诉异响: 关联, 不新立; 图上关联数 +1.
    desk.at(10)
    near = {**STATION, "lat": STATION["lat"] + 0.001, "text": "加氢站那边"}
    complaint = {"source": "hotline_12345", "location": near}
    found = await desk.post("/api/duplicates/check", description="有很响的怪声", **complaint)
    assert found["items"][0]["incident"]["id"] == incident["id"]
    await desk.post("/api/calls", said="有很响的怪声", incident_id=incident["id"], **complaint)
    assert len((await desk.get("/api/incidents"))["items"]) == 1
    features = (await desk.picture()).values()
    mine = [one for one in features if one["properties"].get("incident_id") == incident["id"]]
    assert len(mine) == 2, "two calls beside the one that opened it"
    assert [fact for fact in await desk.site.kinds() if fact == "intake.incident.reported.v1"] == [
        "intake.incident.reported.v1"
    ]


async def test_s3_seven_more_calls_are_all_merged_and_their_times_kept(desk: Desk) -> None:
    incident = await desk.post(
        "/api/incidents", source="fire_119", type_code="12G03", location=HOUSE, description="多人被困"
    )
    came = [
        (1, "police_110", "一栋楼着火"),
        (1.5, "hotline_12345", "村里很大烟"),
        (2, "grid_worker", "庑殿村起火"),
        (3, "public", "三楼有人喊救命"),
        (4, "police_110", "着火了"),
        (5, "public", "烟很大"),
        (6, "hotline_12345", "服装厂起火"),
    ]
    merged = []
    for index, (minutes, source, said) in enumerate(came):
        desk.at(minutes)
        draft = {"type_code": "12G03", "location": {**HOUSE, "lat": HOUSE["lat"] + index * 0.0001}}
        found = await desk.post("/api/duplicates/check", **draft)
        assert found["items"][0]["incident"]["id"] == incident["id"]
        if index % 2:  # the other desk has filed it before anybody saw the proposal
            other = await desk.post("/api/incidents", source=source, description=said, **draft)
            beside = await desk.get(f"/api/incidents/{other['id']}/duplicates")
            assert incident["id"] in [one["incident"]["id"] for one in beside["items"]]
            await desk.post(f"/api/incidents/{other['id']}/merge", into=incident["id"], reason="同一起火灾")
            merged.append(other)
        else:
            await desk.post("/api/calls", source=source, said=said, incident_id=incident["id"], **draft)

    calls = sorted(await desk.calls(incident), key=lambda one: str(one["received_at"]))
    assert [(desk.minute_of(one["received_at"]), one["source"]) for one in calls][1:] == [
        (minutes, source) for minutes, source, _ in came
    ]
    assert [one["said"] for one in calls] == ["多人被困", *(said for _, _, said in came)]
    open_ones = (await desk.get("/api/incidents", open=True))["items"]
    assert [one["id"] for one in open_ones] == [incident["id"]]
    features = await desk.picture()
    density = [one for one in features.values() if one["properties"].get("incident_id") == incident["id"]]
    assert len(density) == 7, "the map shows how many called"

    # 误合并可拆分; 合并不得删除原接报单.
    await desk.post(f"/api/incidents/{merged[0]['id']}/split", reason="其实是另一处")
    assert len(await desk.calls(incident)) == 7
    (own,) = await desk.calls(merged[0])
    assert own["said"] == came[1][2]


async def test_s5_fourteen_fires_in_twenty_five_minutes_are_taken_and_kept_apart(desk: Desk) -> None:
    spots = [
        ("黄村西大街垃圾桶", 0.000, 0.000),
        ("林校南路草堆", 0.030, 0.000),
        ("兴政街北口垃圾桶", 0.060, 0.000),
        ("三中巷绿化带", 0.000, 0.030),
        ("康庄路燃放点", 0.030, 0.030),
        ("永华南里草堆", 0.060, 0.030),
        ("清源路垃圾桶", 0.000, 0.060),
        ("枣园东里落叶", 0.030, 0.060),
        ("富强路杂物", 0.060, 0.060),
        ("芦城工业区仓库", 0.090, 0.000),
        ("团河路草堆", 0.090, 0.030),
    ]
    again = {4: 0, 8: 3, 12: 9}
    taken: list[dict[str, Any]] = []
    for number in range(14):
        desk.at(number * 25 / 14)
        of = again.get(number, number - sum(1 for one in again if one < number))
        place, east, north = spots[of]
        where = {"lon": 116.30 + east, "lat": 39.60 + north + (0.0005 if number in again else 0), "text": place}
        draft: dict[str, Any] = {"type_code": "12G99", "location": where, "source": "public"}
        found = (await desk.post("/api/duplicates/check", **draft))["items"]
        if number in again:
            assert found[0]["incident"]["id"] == taken[of]["id"]
            await desk.post("/api/calls", said="着火", incident_id=taken[of]["id"], **draft)
        else:
            assert found == [], "what is another fire is not proposed"
            taken.append(await desk.post("/api/incidents", **draft))
    assert len(taken) == 11
    assert len((await desk.get("/api/calls", limit=200))["items"]) == 14
    # Numbers begin anew with the civil day; none is given twice.
    numbers = [one["number"] for one in taken]
    assert len(set(numbers)) == 11
    assert {number.split("-")[1] for number in numbers} == {"20260216", "20260217"}
    # 关联的来电不立新事件，不会再次触发叫应: who calls people out hears of new incidents only.
    told = await desk.site.kinds()
    assert (told.count("intake.incident.reported.v1"), told.count("intake.call.recorded.v1")) == (11, 3)
