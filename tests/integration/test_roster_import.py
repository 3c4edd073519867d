"""Tables of people and shifts through the routes: all or nothing, told at the cell, harmless twice."""

import io
from datetime import date, time
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import Workbook

from tests.harness.clock import HandClock
from tests.harness.hosting import hosted

ROSTER = ("duty_roster",)
PEOPLE = "姓名,单位,电话,备用电话,账号\n张三,办公室,13800000001,,zhangsan\n李四,指挥中心,13800000002,010-69290001,\n"
SHIFTS = "日期,岗位,姓名,开始,结束,备注\n2027-02-06,值班员,张三,8:00,20:00,\n2027年2月6日,带班领导,李四,,,春节\n"


async def send(client: httpx.AsyncClient, path: str, content: bytes | str, **query: Any) -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return await client.post(path, files={"file": ("值班表.csv", raw)}, params=query)


def counts(answer: httpx.Response) -> tuple[int, int, int, int]:
    body = answer.json()
    return body["created"], body["updated"], body["unchanged"], body["rows"]


def faults(answer: httpx.Response) -> list[tuple[int, str | None, str]]:
    return [(error["row"], error["column"], error["code"]) for error in answer.json()["errors"]]


async def people_named(client: httpx.AsyncClient) -> list[str]:
    return [person["name"] for person in (await client.get("/api/people")).json()["items"]]


async def test_people_are_created_then_unchanged_then_updated(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url) as app:
        client = await app.client("duty_leader")
        first = await send(client, "/api/people/import", PEOPLE.encode("gb18030"))
        assert first.status_code == 200, first.text
        assert counts(first) == (2, 0, 0, 2)
        facts = len(await app.facts("duty_roster"))
        assert counts(await send(client, "/api/people/import", PEOPLE.replace("zhangsan", "ZhangSan"))) == (0, 0, 2, 2)
        assert len(await app.facts("duty_roster")) == facts
        changed = await send(client, "/api/people/import", PEOPLE.replace("13800000001", "13900000001"))
        assert counts(changed) == (0, 1, 1, 2)


async def test_a_column_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ROSTER) as app:
        client = await app.client("duty_leader")
        await send(client, "/api/people/import", PEOPLE)
        assert counts(await send(client, "/api/people/import", "姓名\n张三\n李四\n")) == (0, 0, 2, 2)
        found = (await client.get("/api/people", params={"q": "张三"})).json()["items"][0]
        assert (found["phone"], found["organisation"], found["account"]) == ("13800000001", "办公室", "zhangsan")


async def test_one_faulty_row_keeps_all_out_unless_partial(tmp_path: Path, store_url: str | None) -> None:
    table = PEOPLE + "王五,,abc,,\n,,13800000003,,\n张三,办公室,1,,\n=A1,,,,\n"
    expected = [
        (4, "电话", "person.phone_invalid"),
        (5, "姓名", "field.required"),
        (6, None, "import.duplicate_row"),
        (7, "姓名", "import.formula"),
    ]
    async with hosted(tmp_path, services=ROSTER, database_url=store_url) as app:
        client = await app.client("duty_leader")
        refused = await send(client, "/api/people/import", table)
        assert (refused.status_code, refused.json()["code"]) == (422, "import.rows_faulty")
        assert counts(refused) == (0, 0, 0, 6)
        assert faults(refused) == expected
        assert refused.json()["errors"][2]["first_row"] == 2
        assert await people_named(client) == []
        assert await app.facts("duty_roster") == []
        partial = await send(client, "/api/people/import", table, partial="true")
        assert (partial.status_code, counts(partial), faults(partial)) == (200, (2, 0, 0, 6), expected)
        assert sorted(await people_named(client)) == sorted(["张三", "李四"])


async def test_a_dry_run_tells_everything_and_keeps_nothing(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url) as app:
        client = await app.client("duty_leader")
        tried = await send(client, "/api/people/import", PEOPLE + "王五,,abc,,\n", dry_run="true")
        assert tried.status_code == 200
        assert counts(tried) == (2, 0, 0, 3)
        assert faults(tried) == [(4, "电话", "person.phone_invalid")]
        assert tried.json()["dry_run"] is True
        assert await people_named(client) == []
        assert await app.facts("duty_roster") == []


async def test_shifts_are_taken_in_beijing_time_and_harmless_twice(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        await send(client, "/api/people/import", PEOPLE)
        first = await send(client, "/api/roster/import", SHIFTS)
        assert counts(first) == (2, 0, 0, 2), first.text
        listed = (await client.get("/api/roster/shifts")).json()["items"]
        assert [(s["person_name"], s["starts_at"], s["ends_at"]) for s in listed] == [
            ("张三", "2027-02-06T00:00:00.000Z", "2027-02-06T12:00:00.000Z"),
            ("李四", "2027-02-06T00:00:00.000Z", "2027-02-07T00:00:00.000Z"),
        ]
        assert counts(await send(client, "/api/roster/import", SHIFTS)) == (0, 0, 2, 2)
        assert counts(await send(client, "/api/roster/import", SHIFTS.replace("春节", "除夕后"))) == (0, 1, 1, 2)


async def test_every_mistake_of_a_shift_is_told_at_its_cell(tmp_path: Path) -> None:
    rows = [
        "2027-02-30,值班员,张三,8:00,20:00,",
        "2027-02-06,厨师,张三,早上,20:00,",
        "2027-02-06,值班员,无此人,8:00,20:00,",
        "2027-02-06,值班员,王伟,8:00,20:00,",
        "2027-02-07,值班员,张三,8:00,20:00,",
        "2027-02-07,带班领导,张三,19:00,23:00,",
        ",,,8:00,20:00,",
    ]
    async with hosted(tmp_path, services=ROSTER, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        await send(client, "/api/people/import", PEOPLE + "王伟,甲科,1380000,,\n王伟,乙科,1390000,,\n")
        answer = await send(client, "/api/roster/import", "日期,岗位,姓名,开始,结束,备注\n" + "\n".join(rows))
        assert faults(answer) == [
            (2, "日期", "import.date_unreadable"),
            (3, "岗位", "import.post_unknown"),
            (3, "开始", "import.time_unreadable"),
            (4, "姓名", "import.person_unknown"),
            (5, "姓名", "import.person_ambiguous"),
            (7, None, "shift.overlap"),
            (8, "日期", "field.required"),
            (8, "岗位", "field.required"),
        ]
        assert all("problem." not in error["detail"] for error in answer.json()["errors"])
        told = "日期,岗位,姓名,单位\n2027-02-06,值班员,王伟,乙科\n"
        assert counts(await send(client, "/api/roster/import", told)) == (1, 0, 0, 1)


async def test_a_workbook_with_dates_and_times_of_excel_is_taken(tmp_path: Path) -> None:
    book = Workbook()
    for row in (
        ["2027年2月值班表"],
        ["日期", "岗位", "姓名", "开始", "结束"],
        [date(2027, 2, 6), "值班员", "张三", time(8), time(20)],
    ):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    async with hosted(tmp_path, services=ROSTER, clock=HandClock()) as app:
        client = await app.client("duty_leader")
        await send(client, "/api/people/import", PEOPLE)
        assert counts(await send(client, "/api/roster/import", out.getvalue())) == (1, 0, 0, 1)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "import.empty"),
        ("name\nJosé\n".encode("latin-1"), 400, "import.encoding"),
        ("单位\nx\n".encode(), 422, "import.header_missing"),
        (b"x" * (20 * 1024 * 1024 + 1), 413, "request.too_large"),
    ],
)
async def test_a_file_that_is_no_table_is_refused_with_a_sentence(
    tmp_path: Path, content: bytes, status: int, code: str
) -> None:
    async with hosted(tmp_path, services=ROSTER) as app:
        answer = await send(await app.client("duty_leader"), "/api/people/import", content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "problem." not in answer.json()["detail"]


async def test_the_same_key_takes_a_file_once_and_refuses_another(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ROSTER, database_url=store_url) as app:
        client = await app.client("duty_leader")
        client.headers["Idempotency-Key"] = "import-1"
        first = await send(client, "/api/people/import", PEOPLE)
        assert (await send(client, "/api/people/import", PEOPLE)).json() == first.json()
        for other in (PEOPLE + "王五,,,,\n", PEOPLE):
            answer = await send(client, "/api/people/import", other, partial="true")
            assert (answer.status_code, answer.json()["code"]) == (422, "request.idempotency_mismatch")
