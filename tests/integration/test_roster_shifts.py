"""People, shifts, duty and the calendar: over HTTP, on both stores."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from services.duty_roster.jobs import measure
from services.duty_roster.metrics import RosterMetrics
from services.duty_roster.tables import Base
from shared.contracts.events.roster import PersonFact, ShiftFact
from shared.storage.system import SYSTEM
from tests.harness.clock import HandClock
from tests.harness.hosting import hosted

ROSTER = ("duty_roster",)
EVE = "2027-02-05"
"""除夕; the hand clock stands at 09:00 in Beijing."""


async def person(client: httpx.AsyncClient, name: str = "张三", **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/people", json={"name": name, "phone": "13800000001", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def shift_body(person_id: str, start: str, end: str, post: str = "duty_officer", **more: Any) -> dict[str, Any]:
    """Hours are Beijing time of 2027."""
    moments = {"starts_at": f"2027-{start}:00+08:00", "ends_at": f"2027-{end}:00+08:00"}
    return {"post": post, "person_id": person_id, **moments, **more}


async def shift(client: httpx.AsyncClient, *args: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/roster/shifts", json=shift_body(*args, **more))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def problem(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    body = answer.json()
    return answer.status_code, body["code"], [(error["pointer"], error["code"]) for error in body["errors"]]


async def test_people_are_kept_found_and_told(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url) as app:
        client = await app.client("duty_leader")
        deputy = await person(client, "李四", organisation="区应急局")
        made = await person(client, phone="010—6929 0001", deputy_id=deputy["id"], account="zhangsan")
        assert (made["phone"], made["version"], made["hints"]) == ("010-6929 0001", 1, [])
        changed = await client.patch(f"/api/people/{made['id']}", json={"phone2": "110", "version": 1})
        assert (changed.json()["phone2"], changed.json()["version"]) == ("110", 2)
        late = await client.patch(f"/api/people/{made['id']}", json={"name": "王五", "version": 1})
        assert problem(late)[:2] == (409, "person.changed")
        assert late.json()["current"]["phone2"] == "110"
        for words, names in (("6929", ["张三"]), ("应急", ["李四"]), ("", ["张三", "李四"]), ("100%", [])):
            found = (await client.get("/api/people", params={"q": words})).json()["items"]
            assert sorted(p["name"] for p in found) == sorted(names)
        facts = [fact for fact in await app.facts("duty_roster") if fact.subject == made["id"]]
        assert [(f.kind, f.aggregateversion) for f in facts] == [
            ("roster.person.registered.v1", 1),
            ("roster.person.updated.v1", 2),
        ]
        told = PersonFact.model_validate(facts[-1].data)
        assert (told.phone2, told.changed, told.deputy_id) == ("110", ["phone2"], deputy["id"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": ""}, 422, "field.required"),
        ({"name": "张三", "phone": "abc"}, 422, "person.phone_invalid"),
        ({"name": "张三", "deputy_id": "none"}, 422, "person.deputy_unknown"),
        ({"name": "张三", "fone": "1"}, 422, "field.unknown"),
        ({"name": "张三", "account": "taken"}, 409, "person.account_taken"),
    ],
)
async def test_a_faulty_person_is_refused(tmp_path: Path, body: dict[str, Any], status: int, code: str) -> None:
    async with hosted(tmp_path, services=ROSTER) as app:
        client = await app.client("duty_leader")
        await person(client, account="taken")
        answer = await client.post("/api/people", json=body)
        assert answer.status_code == status
        assert code in {answer.json()["code"], *(error["code"] for error in answer.json()["errors"])}


async def test_a_person_without_a_phone_is_taken_with_a_hint(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ROSTER) as app:
        made = await person(await app.client("duty_leader"), phone=None)
        assert [hint["code"] for hint in made["hints"]] == ["person.phone_missing"]
        assert "叫应" in made["hints"][0]["detail"]


async def test_who_is_on_duty_changes_exactly_at_the_change_of_shift(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        deputy = await person(client, "副手", phone="13800000009")
        night = await person(client, "夜班", deputy_id=deputy["id"], account="night")
        day = await person(client, "日班")
        await shift(client, night["id"], f"{EVE[5:]}T08:00", "02-06T08:00")
        await shift(client, day["id"], "02-06T08:00", "02-07T08:00")

        async def names(at: str) -> list[str]:
            body = (await client.get("/api/roster/on-duty", params={"at": at})).json()
            return [p["name"] for post in body["posts"] for p in post["people"] if post["post"] == "duty_officer"]

        assert await names("2027-02-06T07:59:59.999+08:00") == ["夜班"]
        assert await names("2027-02-06T08:00:00+08:00") == ["日班"]
        assert await names("2027-02-07T08:00:00+08:00") == []
        now = (await client.get("/api/roster/on-duty")).json()
        assert now["at"] == "2027-02-05T01:00:00.000Z"
        officer = next(post for post in now["posts"] if post["post"] == "duty_officer")
        assert officer["label"] == "值班员"
        on = officer["people"][0]
        assert (on["phone"], on["account"], on["deputy"], on["deputy_phone"]) == (
            "13800000001",
            "night",
            "副手",
            "13800000009",
        )
        assert [(gap["post"], gap["code"]) for gap in now["gaps"]] == [("duty_leader", "roster.post_empty")]
        assert now["gaps"][0]["detail"] == "带班领导无人在岗。请立即安排人员。"


async def test_nobody_stands_twice_at_a_time_and_the_other_shift_is_named(
    tmp_path: Path, store_url: str | None
) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        someone = await person(client)
        first = await shift(client, someone["id"], "02-06T08:00", "02-06T20:00")
        body = shift_body(someone["id"], "02-06T19:00", "02-07T08:00", "duty_leader")
        refused = await client.post("/api/roster/shifts", json=body)
        assert problem(refused)[:2] == (409, "shift.overlap")
        assert refused.json()["other_shift_id"] == first["id"]
        assert refused.json()["other_starts_at"] == "2027-02-06T00:00:00.000Z"
        assert "张三" in refused.json()["detail"]
        close = await shift(client, someone["id"], "02-06T20:00", "02-07T08:00")
        assert [hint["code"] for hint in close["hints"]] == ["shift.rest_short"]
        moved = await client.patch(f"/api/roster/shifts/{close['id']}", json={"starts_at": "2027-02-06T19:00:00+08:00"})
        assert problem(moved)[:2] == (409, "shift.overlap")
        await client.post(f"/api/roster/shifts/{first['id']}/cancel", json={"reason": "换班"})
        moved = await client.patch(f"/api/roster/shifts/{close['id']}", json={"starts_at": "2027-02-06T19:00:00+08:00"})
        assert (moved.status_code, moved.json()["hints"]) == (200, [])


async def test_a_shift_is_changed_cancelled_and_told(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        someone, other = await person(client), await person(client, "李四")
        made = await shift(client, someone["id"], "02-09T08:00", "02-10T08:00", note="夜间")
        path = f"/api/roster/shifts/{made['id']}"
        changed = (await client.patch(path, json={"person_id": other["id"], "note": None, "version": 1})).json()
        assert (changed["person_name"], changed["note"], changed["version"]) == ("李四", None, 2)
        assert problem(await client.patch(path, json={"note": "x", "version": 1}))[:2] == (409, "shift.changed")
        assert (await client.post(f"{path}/cancel")).json()["cancelled"] is True
        assert (await client.post(f"{path}/cancel")).json()["version"] == 3
        assert problem(await client.patch(path, json={"note": "x"}))[:2] == (409, "shift.cancelled")
        facts = [fact for fact in await app.facts("duty_roster") if fact.subject == made["id"]]
        assert [(f.kind.split(".")[2], f.aggregateversion) for f in facts] == [
            ("scheduled", 1),
            ("changed", 2),
            ("cancelled", 3),
        ]
        told = ShiftFact.model_validate(facts[1].data)
        assert (told.person_name, told.changed, told.home_site) == ("李四", ["note", "person_id"], "hub")
        listed = (await client.get("/api/roster/shifts")).json()["items"]
        assert [item["cancelled"] for item in listed] == [True]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"ends_at": "2027-02-06T08:00:00+08:00"}, "/ends_at", "shift.ends_before_start"),
        ({"ends_at": "2027-03-06T08:00:00+08:00"}, "/ends_at", "shift.too_long"),
        ({"starts_at": "2027-02-06T08:00:00"}, "/starts_at", "time.naive"),
        ({"starts_at": "0001-01-01T00:00:00+08:00"}, "/starts_at", "field.type"),
        ({"person_id": "none"}, "/person_id", "person.unknown"),
        ({"post": "cook"}, "/post", "field.type"),
        ({"shift": 1}, "/shift", "field.unknown"),
    ],
)
async def test_a_faulty_shift_is_refused_at_its_field(
    tmp_path: Path, change: dict[str, Any], pointer: str, code: str
) -> None:
    async with hosted(tmp_path, services=ROSTER, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        body = shift_body((await person(client))["id"], "02-06T08:00", "02-07T08:00") | change
        answer = await client.post("/api/roster/shifts", json=body)
        assert problem(answer)[0] == 422
        assert (pointer, code) in problem(answer)[2]


async def test_what_is_over_is_history(tmp_path: Path, store_url: str | None) -> None:
    clock = HandClock()
    async with hosted(tmp_path, services=ROSTER, database_url=store_url, clock=clock) as app:
        client = await app.client("duty_leader")
        someone = await person(client)
        made = await shift(client, someone["id"], "02-05T08:00", "02-05T20:00")
        removal = await client.patch(f"/api/people/{someone['id']}", json={"removed": True})
        assert problem(removal)[:2] == (409, "person.has_shifts")
        clock.advance(hours=11)
        path = f"/api/roster/shifts/{made['id']}"
        assert problem(await client.patch(path, json={"note": "x"}))[:2] == (409, "shift.over")
        assert problem(await client.post(f"{path}/cancel"))[:2] == (409, "shift.over")
        assert (await client.patch(f"/api/people/{someone['id']}", json={"removed": True})).status_code == 200
        assert (await client.get("/api/people")).json()["items"] == []
        again = await client.post("/api/roster/shifts", json=shift_body(someone["id"], "02-07T08:00", "02-07T20:00"))
        assert problem(again)[2] == [("/person_id", "person.unknown")]


async def test_the_duty_card_shows_a_civil_day_with_its_holes(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        leader, officer = await person(client, "带班", phone="13900000001"), await person(client, "值班")
        await shift(client, leader["id"], "02-05T00:00", "02-06T00:00", "duty_leader")
        await shift(client, officer["id"], "02-05T08:00", "02-06T08:00")
        card = (await client.get("/api/roster/duty-card", params={"date": EVE})).json()
        assert (card["weekday"], card["weekday_label"]) == (5, "星期五")
        assert (card["period_kind"], card["holiday_name"]) == ("statutory_holiday", "春节")
        assert card["year_adjustments_published"] is False
        gap = [(g["post"], g["starts_at"], g["ends_at"]) for g in card["gaps"]]
        assert gap == [
            ("duty_leader", "2027-02-04T16:00:00.000Z", "2027-02-05T16:00:00.000Z"),  # 双带班: one of two
            ("duty_officer", "2027-02-04T16:00:00.000Z", "2027-02-05T00:00:00.000Z"),
        ]
        assert [contact["phone"] for contact in card["contacts"]] == ["13800000001", "13900000001"]
        next_day = (await client.get("/api/roster/duty-card", params={"date": "2027-02-06"})).json()
        assert [g["post"] for g in next_day["gaps"]] == ["duty_leader", "duty_officer"]
        assert [p["name"] for post in next_day["posts"] for p in post["people"]] == ["值班"]
        assert problem(await client.get("/api/roster/duty-card", params={"date": "9999-12-31"}))[0] == 422
        assert problem(await client.get("/api/roster/on-duty", params={"at": "2027-02-05T08:00:00"}))[0] == 422


async def test_an_entered_day_wins_and_its_shifts_follow(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        someone, other = await person(client), await person(client, "李四")
        follows = await shift(client, someone["id"], "02-13T08:00", "02-14T08:00")
        chosen = await shift(client, other["id"], "02-13T08:00", "02-14T08:00", period_kind="response")
        assert (follows["period_kind"], chosen["period_kind"]) == ("weekend", "response")
        body = {"kind": "shifted_workday", "name": "春节调休", "basis": "国办发明电〔2026〕1号(示例)"}
        entered = await client.put("/api/roster/calendar/2027-02-13", json=body)
        assert entered.json()["shifts_changed"] == 1
        kinds = {s["id"]: s["period_kind"] for s in (await client.get("/api/roster/shifts")).json()["items"]}
        assert kinds == {follows["id"]: "shifted_workday", chosen["id"]: "response"}
        year = (await client.get("/api/roster/calendar", params={"year": 2027})).json()
        assert year["year_adjustments_published"] is True
        assert len(year["days"]) == 14
        assert (await client.get("/api/roster/calendar", params={"year": 2199})).json()["days"]
        cleared = await client.delete("/api/roster/calendar/2027-02-13")
        assert cleared.json()["shifts_changed"] == 1
        assert problem(await client.delete("/api/roster/calendar/2027-02-13"))[:2] == (404, "calendar.not_set")


async def test_shifts_are_listed_by_period_in_pages(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        someone = await person(client)
        for day in range(6, 12):
            await shift(client, someone["id"], f"02-{day:02}T08:00", f"02-{day:02}T16:00")
        query = {"from": "2027-02-07T00:00:00+08:00", "to": "2027-02-11T00:00:00+08:00", "limit": "3"}
        days: list[str] = []
        while True:
            page = (await client.get("/api/roster/shifts", params=query)).json()
            days += [item["starts_at"][8:10] for item in page["items"]]
            if page["next"] is None:
                break
            query["after"] = page["next"]
        assert days == ["07", "08", "09", "10"]
        broken = await client.get("/api/roster/shifts", params={"after": "WyJ4IiwgInkiXQ"})
        assert problem(broken)[:2] == (422, "request.cursor_invalid")


async def test_a_repeated_key_schedules_one_shift(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        body = shift_body((await person(client))["id"], "02-06T08:00", "02-07T08:00")
        answers = [
            await client.post("/api/roster/shifts", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 200]
        assert answers[0].json() == answers[1].json()


async def test_missing_people_are_measured(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ROSTER, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        await shift(client, (await person(client))["id"], "02-05T08:00", "02-06T08:00")
        registry = CollectorRegistry()
        await measure(app.deps("duty_roster"), RosterMetrics(registry))
        assert registry.get_sample_value("yzt_roster_missing_people", {"post": "duty_officer"}) == 0
        assert registry.get_sample_value("yzt_roster_missing_people", {"post": "duty_leader"}) == 2, "双带班"


async def test_the_tables_are_what_the_migrations_make(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url) as app:

        def differences(connection: Connection) -> list[object]:
            context = MigrationContext.configure(connection)
            return list(compare_metadata(context, [Base.metadata, SYSTEM]))  # type: ignore[arg-type]

        found = await app.node.databases["duty_roster"].read(differences)
        assert [change for change in found if "alembic_version" not in str(change)] == []
