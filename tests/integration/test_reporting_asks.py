"""What units and townships owe the district, and what the district asks of superiors, over HTTP."""

import io
from datetime import timedelta
from pathlib import Path

from docx import Document

from services.information_reporting.store.copies import calls_between
from shared.contracts.envelope import Envelope
from shared.kernel.clock import wire_time
from shared.kernel.district import townships
from tests.integration.reporting_bed import HEARERS, Desk, desk
from tests.integration.test_reporting import states


async def test_what_a_unit_owes_is_counted_against_the_unit_and_calls_nobody_here(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:
        fall = await room.report(type_code="12C01", source="hotline_12350")
        assert states(await room.clocks(fall))["unit_arrival/first"] == "running"
        await room.pass_time(minutes=61, hours=0)
        assert states(await room.clocks(fall))["unit_arrival/first"] == "overdue"
        assert not [call for call in await room.calls() if "单位" in call["title"]]
        failed = (await room.officer.get("/api/report-failures")).json()
        assert [one["rule_id"] for one in failed["units"]] == ["unit_arrival"]
        assert "unit_arrival" not in {one["rule_id"] for one in [*failed["late"], *failed["missed"]]}
        told = {"organisation": "示例公司", "said": "塌了"}
        assert (await room.officer.post(f"/api/incidents/{fall['id']}/unit-report", json=told)).status_code == 201
        await room.pump()
        assert states(await room.clocks(fall))["unit_arrival/first"] == "met_late"


async def test_a_first_report_that_came_after_the_public_spoke_of_it_says_so_with_both_times(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:
        fire, calm = await room.report(sensitive=True), await room.report(sensitive=True)
        report, early = [await room.draft(kind="initial", incident_id=one["id"]) for one in (fire, calm)]
        assert report["behind_public"] is None, "nobody speaks of it"
        early = await room.act(early, "phone", to="市局")
        await room.pass_time(minutes=5)
        spoken_at = wire_time(room.clock.now())
        for one in (fire, calm):
            await room.news(one, first_public_at=spoken_at, first_public_where="微博")
        path = f"/api/reports/{report['id']}"
        assert (await room.officer.get(path)).json()["behind_public"] == {
            "first_public_at": spoken_at, "told_at": None,
        }  # fmt: skip
        await room.pass_time(minutes=2)
        told = await room.act(report, "phone", to="市局")
        assert told["behind_public"]["told_at"] == told["phone"]["at"] > spoken_at
        assert (await room.officer.get(f"/api/reports/{early['id']}")).json()["behind_public"] is None


async def test_the_one_call_about_daily_reports_ends_with_the_last_township(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:  # 除夕 2027-02-05
        await room.turn_days()
        await room.pass_time(hours=7, minutes=31)
        await room.pass_time(minutes=30)
        codes = [township.code for township in townships()]
        for code in codes[:-1]:
            await room.act(await room.draft(kind="daily", township=code), "phone", to="区值班室")
        (_, late) = await room.calls()
        assert late["state"] in {"calling", "exhausted"}, "one township still owes its report"
        last = await room.draft(kind="daily", township=codes[-1])
        await room.act(last, "phone", to="区值班室")
        (soon, late) = await room.calls()
        assert (soon["cancel_reason"], late["state"], late["cancel_reason"]) == (
            "clock_overdue", "cancelled", "clock_ended",
        )  # fmt: skip
        told = [fact for fact in await room.app.facts("information_reporting") if fact.kind == "report.clock.met.v1"]
        assert [fact.data["open_of_day"] for fact in told] == list(range(len(codes) - 1, -1, -1))


async def test_a_request_for_support_is_asked_answered_and_printed_and_tells_no_news(
    tmp_path: Path, store_url: str | None
) -> None:
    async with desk(tmp_path, store_url) as room:
        fall = await room.report(type_code="12C01", grade="III", casualties={"missing": 4})
        said = {"incident_id": fall["id"], "to": "市应急管理局值班室", "what": "生命探测仪", "reason": "四人被埋"}
        made = await room.officer.post("/api/support-requests", json=said)
        assert made.status_code == 201, made.text
        ask = made.json()
        assert (ask["kind"], ask["fields"]["missing"], ask["gaps"]) == ("support_request", 4, [])
        nobody = await room.officer.post("/api/support-requests", json={**said, "incident_id": "x"})
        assert nobody.json()["code"] == "report.incident_unknown"
        url = f"/api/support-requests/{ask['id']}/answer"
        early = await room.officer.post(url, json={"reply": "granted", "by": "市局"})
        assert (early.status_code, early.json()["code"]) == (409, "support.not_asked")
        await room.act(ask, "phone", to="市应急管理局值班室")
        assert states(await room.clocks(fall))["city_phone/first"] == "running", "asking for help is not telling"
        refused = await room.officer.post(url, json={"reply": "refused", "by": "市局值班员"})
        assert refused.json()["answer"]["reply"] == "refused"
        granted = (await room.officer.post(url, json={"reply": "partly", "by": "市局领导", "note": "一套"})).json()
        assert [step["note"] for step in granted["history"] if step["act"] == "answer"] == [
            "市局值班员:不同意", "市局领导:部分同意;一套",
        ]  # fmt: skip
        sent = await room.out(ask)
        assert sent["answer"]["reply"] == "partly"
        facts = [fact for fact in await room.app.facts("information_reporting") if fact.kind.endswith("answered.v1")]
        assert [fact.data["answer"]["reply"] for fact in facts] == ["refused", "partly"]
        no_first = await room.draft(409, kind="follow_up", incident_id=fall["id"])
        assert no_first["code"] == "report.initial_not_sent", "a request is no first report"
        initial = await room.draft(kind="initial", incident_id=fall["id"])
        assert (await room.officer.post(f"/api/support-requests/{initial['id']}/answer",
                                        json={"reply": "granted", "by": "x"})).status_code == 404  # fmt: skip
        paper = await room.officer.get(f"/api/reports/{ask['id']}/document", params={"format": "docx"})
        words = "\n".join(line.text for line in Document(io.BytesIO(paper.content)).paragraphs)
        assert "市应急管理局值班室：" in words
        assert "请求支援事项：生命探测仪" in words


async def test_an_end_heard_before_its_beginning_and_an_answer_before_its_call_stay_what_they_are(
    tmp_path: Path, store_url: str | None
) -> None:
    async with desk(tmp_path, store_url) as room:
        fire, trifle = await room.report(grade="III"), await room.report()
        told, reports = await _told(room, fire), await _told(room, trifle)
        for fact in (told[-1], reports[-1], *told, *reports):
            await _hear(room, _another(fact), "__incidents")
        ended = await room.clocks({"id": f"{fire['id'][:-1]}x"})
        assert states(ended)["final_report/closed"] == "running"
        assert [clock["version"] for clock in ended.values()] == [1] * len(ended), "told twice, begun once"
        assert set(states(await room.clocks({"id": f"{trifle['id'][:-1]}x"})).values()) == {"cancelled"}
        items = (await room.officer.get("/api/notifications", params={"limit": 200})).json()["items"]
        assert {one["incident_id"] for one in items} == {fire["id"], trifle["id"]}, "nobody is called for what is over"
        call = next(one for one in items if one["incident_id"] == fire["id"])
        await room.officer.post(f"/api/notifications/{call['id']}/ack", json={})
        calls = [fact for fact in await room.app.facts("notification") if fact.subject == call["id"]]
        for fact in (calls[-1], calls[0]):
            await _hear(room, fact, "__calls")
        start, end = room.clock.now() - timedelta(days=1), room.clock.now() + timedelta(days=1)
        heard = room.app.node.databases["information_reporting"]
        assert (await heard.read(lambda c: calls_between(c, start, end)))[1] == 1


async def _told(room: Desk, incident: dict[str, str]) -> list[Envelope]:
    await room.leader.post(f"/api/incidents/{incident['id']}/close", json={"summary": "已处置"})
    facts = await room.app.facts("incident_intake")
    return [fact for fact in facts if fact.kind.startswith("intake.incident.") and fact.subject == incident["id"]]


def _another(fact: Envelope) -> Envelope:
    """The same told of another incident."""
    ident = f"{fact.subject[:-1]}x"
    return fact.model_copy(update={"id": f"{fact.id[:-1]}x", "subject": ident, "data": {**fact.data, "id": ident}})


async def _hear(room: Desk, fact: Envelope, ending: str) -> None:
    for name in HEARERS:
        for subscription in room.app.node.services[name].subscriptions:
            if subscription.consumer.endswith(ending):
                await subscription.handler(fact)
