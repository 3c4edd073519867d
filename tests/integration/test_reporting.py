"""Reports over HTTP, on both stores: the whole way of S3, what may not be, and that what is signed stays."""

import asyncio
import io
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from docx import Document
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.information_reporting.tables import Base
from shared.contracts.events.report import ReportKind
from shared.storage.system import SYSTEM
from tests.harness.clock import HandClock
from tests.harness.hosting import hosted
from tests.integration.reporting_bed import SERVICES, Desk, desk


def states(clocks: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {key: one["state"] for key, one in clocks.items()}


async def test_a_fire_is_reported_in_time_with_what_changed_and_a_death_afterwards(
    tmp_path: Path, store_url: str | None
) -> None:
    async with desk(tmp_path, store_url) as room:
        said = {"sensitive": True, "sensitive_reasons": ["人员密集"], "description": "起火"}
        fire = await room.report(**said, casualties={"dead": 2, "injured": 5})
        first = await _initial(room, fire)
        await _follow_up(room, fire, first)
        await _end(room, fire)


async def _initial(room: Desk, fire: dict[str, Any]) -> dict[str, Any]:
    assert states(await room.clocks(fire)) == dict.fromkeys(
        ("city_phone/first", "city_written/first", "city_detail/first"), "running"
    )
    clock = (await room.clocks(fire))["city_phone/first"]
    assert (clock["seconds_left"], clock["verified"], clock["leg_label"]) == (900, False, "区→市")
    assert clock["basis"]
    first = await room.draft(kind="initial", incident_id=fire["id"])
    assert first["fields"]["dead"] == 2
    assert first["fields"]["grade_text"].endswith("敏感事件")
    assert "示例村 3 号" in first["fields"]["place"]
    again = await room.draft(409, kind="initial", incident_id=fire["id"])
    assert (again["code"], again["current"]) == ("report.initial_exists", first["id"])
    early = await room.draft(409, kind="follow_up", incident_id=fire["id"])
    assert early["code"] == "report.initial_not_sent"
    await room.pass_time(minutes=5)
    called = await room.act(first, "phone", to="市应急管理局值班室")
    assert (called["state"], called["phone"]["to"]) == ("draft", "市应急管理局值班室")
    assert (await room.act(first, "phone", 409, to="x"))["code"] == "report.phoned_already"
    assert states(await room.clocks(fire))["city_phone/first"] == "met"
    assert "cause" in {gap["field"] for gap in called["gaps"]}, "gaps are named and hold nothing back"
    worded = {"fields": {"process": "三层自建房起火，多人被困"}}
    assert (await room.officer.patch(f"/api/reports/{first['id']}", json=worded)).status_code == 200
    done = await room.out(first, "fax")
    assert (done["state"], done["document_number"]) == ("sent", "应急值报〔2027〕1号")
    assert states(await room.clocks(fire)) == {
        "city_phone/first": "met",
        "city_written/first": "met",
        "city_detail/first": "running",
        "follow_up_major/after": "running",
    }
    assert (await room.act(first, "receipt", by="市局值班员"))["state"] == "receipted"
    return first


async def _follow_up(room: Desk, fire: dict[str, Any], first: dict[str, Any]) -> None:
    await room.pass_time(minutes=20)
    await room.news(fire, casualties={"dead": 4, "missing": 9})
    second = await room.draft(kind="follow_up", incident_id=fire["id"])
    told = {one["field"]: (one["before"], one["after"], one["numeric"]) for one in second["changes"]}
    assert told["dead"] == (2, 4, True)
    assert told["missing"] == (None, 9, True)
    assert {"place", "injured", "event_time", "process"} & told.keys() == set(), "what is known is not told again"
    assert second["title"].endswith("续报（一）")
    assert (await room.draft(409, kind="follow_up", incident_id=fire["id"]))["current"] == second["id"]
    answer = await room.officer.patch(f"/api/reports/{second['id']}", json={"fields": {"trend": "火势受控"}})
    assert "trend" in {one["field"] for one in answer.json()["changes"]}
    assert told["grade_text"][1] == "较大(可能重大)；敏感事件"
    assert states(await room.clocks(fire))["city_phone/grade"] == "running", "each raise is told anew"
    await room.out(second)
    third = await room.draft(kind="follow_up", incident_id=fire["id"])
    assert (third["serial"], third["changes"]) == (2, [])
    signed = await room.officer.get(f"/api/reports/{first['id']}")
    assert signed.json()["fields"]["dead"] == 2, "what was signed says what it said"
    await room.news(fire, casualties={"dead": 5})
    newer = (await room.officer.get(f"/api/reports/{third['id']}")).json()["newer"]
    assert [(one["field"], one["value"]) for one in newer] == [("dead", 5)]


async def _end(room: Desk, fire: dict[str, Any]) -> None:
    await room.close(fire)
    assert states(await room.clocks(fire))["final_report/closed"] == "running"
    final = await room.draft(kind="final", incident_id=fire["id"])
    assert (final["fields"]["dead"], final["fields"]["trend"]) == (5, "火势受控")
    await room.out(final)
    assert states(await room.clocks(fire))["final_report/closed"] == "met"
    refused = await room.act(final, "revise", 409, reason="无变化")
    assert refused["code"] == "report.revision_not_due"
    await room.pass_time(days=3)
    await room.news(fire, casualties={"dead": 6})
    late = await room.act(final, "revise", 201, reason="伤者在七日内死亡")
    assert (late["revision"], late["supersedes"], late["fields"]["dead"]) == (2, final["id"], 6)
    assert [(one["field"], one["before"], one["after"]) for one in late["changes"]] == [("dead", 5, 6)]
    assert (await room.out(late))["document_number"] != final["document_number"]
    old = (await room.officer.get(f"/api/reports/{final['id']}")).json()
    assert (old["fields"]["dead"], old["superseded_by"], old["allowed"]) == (5, late["id"], [])


def _run(change: str, connection: Connection) -> None:
    connection.execute(text(change))


async def test_what_is_signed_is_refused_by_the_store_itself(tmp_path: Path, store_url: str | None) -> None:
    async with desk(tmp_path, store_url) as room:
        one = await room.draft(kind="special")
        await room.officer.patch(f"/api/reports/{one['id']}", json={"fields": {"process": "情况说明"}})
        await room.act(one, "submit")
        signed = await room.act(one, "sign")
        assert len(signed["digest"]) == 64
        assert (await room.act(one, "sign", 409))["code"] == "report.signed_already"
        change = await room.officer.patch(f"/api/reports/{one['id']}", json={"fields": {"process": "改"}})
        assert (change.status_code, change.json()["code"]) == (409, "report.signed_already")
        database = room.app.node.databases["information_reporting"]
        for table in ("signed_report", "report_step"):
            for words in (f"UPDATE {table} SET report_id = 'x'", f"DELETE FROM {table}"):
                with pytest.raises(DBAPIError, match="append-only"):
                    await database.write(partial(_run, words))
        body = (await room.officer.get(f"/api/reports/{one['id']}")).json()
        assert (body["fields"]["process"], body["state"]) == ("情况说明", "signed")


async def test_whoever_may_not_sign_does_not_and_two_officers_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async with desk(tmp_path, staffed=True) as room:
        one = await room.draft(kind="special")
        await room.act(one, "submit")
        refused = await room.officer.post(f"/api/reports/{one['id']}/sign", json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "access.forbidden")
        back = await room.act(one, "return", reason="请补充过程")
        assert (back["state"], back["history"][-1]["note"]) == ("draft", "请补充过程")
        url, version = f"/api/reports/{one['id']}", back["version"]
        other = await room.leader.patch(url, json={"fields": {"process": "甲写的"}, "version": version})
        assert other.json()["version"] == version + 1
        mine = await room.officer.patch(url, json={"fields": {"process": "乙写的"}, "version": version})
        assert (mine.status_code, mine.json()["code"]) == (409, "report.changed")
        assert mine.json()["current"]["fields"]["process"] == "甲写的"
        assert mine.json()["changed"] == [
            {"field": "process", "label": "基本过程", "yours": "乙写的", "current": "甲写的"}
        ]
        await room.act(one, "submit")
        stale = await room.leader.post(f"{url}/sign", json={"version": version})
        assert stale.json()["code"] == "report.changed", "nobody signs what was not read"
        pasted = {"process": "一\x0b二\u200b" + "长" * 9_990, "dead": "１２"}
        fields = (await room.officer.patch(url, json={"fields": pasted})).json()["fields"]
        assert (fields["process"][:3], fields["dead"]) == ("一\n二", 12)
        many = await room.officer.patch(url, json={"fields": {"process": "长" * 10_001, "dead": "-1"}})
        assert {fault["code"] for fault in many.json()["errors"]} == {"field.too_long", "report.number_invalid"}


async def test_a_deadline_calls_the_officer_before_and_the_leader_after_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:
        fire = await room.report(sensitive=True)
        await room.pass_time(minutes=11)
        await room.pass_time(seconds=30)
        (soon,) = await room.calls()
        assert soon["state"] in {"calling", "exhausted"}
        assert {target["post"] for target in soon["targets"]} == {"duty_officer"}
        assert "区→市 电话" in soon["title"]
        await room.pass_time(minutes=4)
        assert states(await room.clocks(fire))["city_phone/first"] == "overdue"
        (soon, late) = await room.calls()
        assert (soon["state"], soon["cancel_reason"]) == ("cancelled", "clock_overdue")
        assert {target["post"] for target in late["targets"]} == {"duty_leader"}
        first = await room.draft(kind="initial", incident_id=fire["id"])
        await room.act(first, "phone", to="市局")
        (_, late) = await room.calls()
        assert (late["state"], late["cancel_reason"]) == ("cancelled", "clock_ended")
        assert states(await room.clocks(fire))["city_phone/first"] == "met_late"
        body = (await room.officer.get("/api/report-failures")).json()
        assert [(one["rule_id"], one["late_seconds"]) for one in body["late"]] == [("city_phone", 30)]


async def test_a_raise_tells_superiors_anew_and_clears_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:
        fire = await room.report(grade="IV")
        await room.pass_time(minutes=121, hours=0)
        assert states(await room.clocks(fire)) == {"city_written_general/first": "overdue"}
        await room.news(fire, grade="III")
        assert states(await room.clocks(fire)) == {
            "city_written_general/first": "overdue",
            "city_phone/grade": "running",
            "city_written/grade": "running",
            "city_detail/grade": "running",
        }
        assert (await room.clocks(fire))["city_phone/grade"]["seconds_left"] == 900
        await room.close(fire)
        await room.pass_time(days=2)
        body = (await room.officer.get("/api/report-failures")).json()
        assert {one["rule_id"] for one in body["missed"] if one["incident_id"]} == {
            "city_written_general", "city_phone", "city_written", "city_detail", "final_report",
        }  # fmt: skip
        assert body["totals"]["missed_by_leg"]["district_city"] == 5


async def test_townships_report_daily_on_a_holiday_and_the_bulletin_is_there_at_eight(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:  # 除夕 2027-02-05, 09:00
        await room.turn_days()
        owed = await room.officer.get("/api/report-clocks", params={"open": True, "limit": 200})
        days = [one for one in owed.json()["items"] if one["channel"] == "daily"]
        assert (len(days), {one["due_at"] for one in days}) == (22, {"2027-02-05T09:00:00.000Z"})
        territory = await room.app.client("territory_officer", territory="110115006")
        made = (await territory.post("/api/reports", json={"kind": "daily"})).json()
        assert made["fields"]["process"] == "今日平安，无突发事件。"
        assert (await territory.post(f"/api/reports/{made['id']}/phone", json={"to": "区值班室"})).status_code == 200
        elsewhere = await territory.post("/api/reports", json={"kind": "daily", "township": "110115107"})
        assert elsewhere.json()["code"] == "access.other_territory"
        mine = (await territory.get("/api/report-clocks")).json()["items"]
        assert [(one["township_name"], one["state"]) for one in mine] == [("旧宫地区", "met")]
        await room.pass_time(hours=7, minutes=31)
        await room.pass_time(minutes=30)
        assert len(await room.calls()) == 2, "twenty-one townships are one call before and one after"
        await room.report(title="草堆火情")
        room.clock.set(room.clock.now().replace(hour=0, minute=0, day=6))
        await room.pass_time(hours=0)
        await room.turn_days()
        await room.turn_days()
        (bulletin,) = (await room.officer.get("/api/reports", params={"kind": "bulletin"})).json()["items"]
        said = bulletin["fields"]
        assert "共接报突发事件 1 起" in said["process"]
        assert "零报告应报 22 家，已报 1 家" in said["measures"]
        assert "未结事件 1 起" in said["next_steps"]
        failed = (await room.officer.get("/api/report-failures")).json()
        assert failed["totals"]["missed"] == 21


async def test_no_clock_runs_for_what_was_recorded_before_reporting_was_there(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:
        fire = await room.report(sensitive=True)
        old = (await room.app.facts("incident_intake"))[0]
        stale = old.model_copy(update={"id": "old", "subject": "old", "time": old.time.replace(year=2026),
                                       "data": {**old.data, "id": "old"}})  # fmt: skip
        (hearer,) = [one for one in room.app.node.services["information_reporting"].subscriptions
                     if one.consumer.endswith("__incidents")]  # fmt: skip
        await hearer.handler(stale)
        await hearer.handler(old)
        assert await room.clocks({"id": "old"}) == {}
        assert len(await room.clocks(fire)) == 3, "a repeated fact changes nothing"
        assert (await room.draft(kind="initial", incident_id="old"))["state"] == "draft"


async def test_rules_are_data_with_a_basis_and_leave_running_clocks_alone(tmp_path: Path) -> None:
    async with desk(tmp_path, staffed=True) as room:
        fire = await room.report(sensitive=True)
        body = (await room.officer.get("/api/report-rules")).json()
        assert not any(rule["verified"] for rule in body["rules"])
        keep = ("leg_label", "channel_label")
        rules = [{key: value for key, value in rule.items() if key not in keep} for rule in body["rules"]]
        for rule in rules:
            if rule["id"] == "city_phone":
                rule |= {"minutes": 10, "basis": "某办法第 3 条", "verified": True}
        refused = await room.officer.put("/api/report-rules", json={"rules": rules})
        assert refused.status_code == 403
        answer = await room.leader.put("/api/report-rules", json={"rules": rules, "version": body["version"]})
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
        stale = await room.leader.put("/api/report-rules", json={"rules": rules, "version": body["version"]})
        assert stale.json()["code"] == "report_rules.changed"
        assert (await room.clocks(fire))["city_phone/first"]["minutes"] == 15
        later = await room.report(sensitive=True, title="另一起")
        clock = (await room.clocks(later))["city_phone/first"]
        assert (clock["minutes"], clock["verified"], clock["basis"]) == (10, True, "某办法第 3 条")


async def test_reports_are_found_by_what_they_say_and_pages_follow_each_other(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:
        for number in range(3):
            one = await room.draft(kind="special")
            said = {"fields": {"process": f"第{number}段 100%"}}
            await room.officer.patch(f"/api/reports/{one['id']}", json=said)
            room.clock.advance(seconds=1)
        for words, count in (("100%", 3), ("第1段", 1), ("第１段", 1), ("专报", 3), ("zb", 3), ("_", 0)):
            found = (await room.officer.get("/api/reports", params={"q": words})).json()["items"]
            assert len(found) == count, words
        first = (await room.officer.get("/api/reports", params={"limit": 2})).json()
        rest = (await room.officer.get("/api/reports", params={"limit": 2, "after": first["next"]})).json()
        assert len({one["id"] for one in first["items"] + rest["items"]}) == 3
        assert rest["next"] is None


async def test_the_tables_are_what_the_migrations_make(tmp_path: Path, store_url: str | None) -> None:
    async with desk(tmp_path, store_url) as room:

        def differences(connection: Connection) -> list[Any]:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, [Base.metadata, SYSTEM]))  # type: ignore[arg-type]

        found = await room.app.node.databases["information_reporting"].read(differences)
        assert [change for change in found if "alembic_version" not in str(change)] == []


async def test_a_paper_is_printed_as_it_was_signed_and_a_broken_template_changes_nothing(
    tmp_path: Path, store_url: str | None
) -> None:
    async with desk(tmp_path, store_url) as room:
        one = await room.draft(kind="special")
        await room.officer.patch(f"/api/reports/{one['id']}", json={"fields": {"process": "情况说明"}})
        await room.act(one, "submit")
        await room.act(one, "sign")
        template = (await room.officer.get("/api/report-templates/special")).content
        before = await _paper(room, one)
        assert "情况说明" in before
        broken = _docx("{{ 没有的 }}")
        answer = await room.officer.put("/api/report-templates/special", files={"file": ("坏.docx", broken)})
        assert (answer.status_code, answer.json()["code"]) == (422, "template.broken")
        assert (answer.json()["tag"], answer.json()["place"]) == ("{{ 没有的 }}", "正文第 1 段")
        assert (await room.officer.get("/api/report-templates/special")).content == template
        own = _docx("本局模板 {{ 标题 }}")
        answer = await room.officer.put("/api/report-templates/special", files={"file": ("本局.docx", own)})
        assert (answer.status_code, answer.json()["version"], answer.json()["is_default"]) == (200, 1, False)
        assert await _paper(room, one) == before, "what was signed is printed on the template of that day"
        other = await room.draft(kind="special")
        assert (await _paper(room, other)).startswith("草稿,未签发\n本局模板")
        pdf = await room.officer.get(f"/api/reports/{other['id']}/document", params={"format": "pdf"})
        assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        back = await room.officer.post("/api/report-templates/special/reset", json={})
        assert (back.json()["version"], back.json()["is_default"]) == (2, True)
        assert (await room.officer.get("/api/report-templates/special")).content == template
        items = (await room.officer.get("/api/report-templates")).json()
        assert len(items["items"]) == len(ReportKind)
        assert "文号" in {one["tag"] for one in items["tags"]}


def _docx(line: str) -> bytes:
    document, out = Document(), io.BytesIO()
    document.add_paragraph(line)
    document.save(out)
    return out.getvalue()


async def _paper(room: Desk, report: dict[str, Any]) -> str:
    answer = await room.officer.get(f"/api/reports/{report['id']}/document", params={"format": "docx"})
    assert answer.status_code == 200, answer.text
    return "\n".join(line.text for line in Document(io.BytesIO(answer.content)).paragraphs)


@pytest.mark.nats
async def test_a_report_through_the_real_broker_starts_clocks_and_calls_the_leader(tmp_path: Path) -> None:
    clock = HandClock()
    async with hosted(tmp_path, broker=True, clock=clock, services=SERVICES) as app:
        client = await app.admin()
        body = {"type_code": "12D02", "sensitive": True, "location": {"text": "示例加氢站"}}
        incident = (await client.post("/api/incidents", json=body)).json()
        query = {"incident_id": incident["id"]}
        async with asyncio.timeout(60):
            while len((await client.get("/api/report-clocks", params=query)).json()["items"]) < 3:
                await asyncio.sleep(0.05)
            clock.advance(minutes=16)
            while not [one for one in (await client.get("/api/notifications", params=query)).json()["items"]
                       if one["kind"] == "report_clock"]:  # fmt: skip
                await asyncio.sleep(0.05)
