"""The audit book of a site: what is done in any service stands in it once, and an auditor can page through it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.identity.handlers.audit import verify_audit
from services.operations.slips import leave_slip
from services.sites.registry import add_site, register_of
from shared.contracts.events.acts import Act
from shared.kernel.district import townships
from tests.harness.cap_documents import alert, info
from tests.harness.hosting import Hosted, hosted
from tests.harness.ports import Ports

pytestmark = pytest.mark.nats
UNITS = "名称,类型\n甲队,消防救援\n乙队,防汛抢险\n"
PEOPLE = "姓名,电话\n试员甲,13800000001\n"
FAULTY = "姓名,电话\n,13800000002\n"


@pytest.fixture
async def app(tmp_path: Path, store_url: str | None) -> AsyncIterator[Hosted]:
    async with hosted(tmp_path, broker=True, database_url=store_url) as running:
        yield running


async def book(auditor: httpx.AsyncClient, limit: int = 2) -> list[dict[str, Any]]:
    """All entries, oldest first, read page by page."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        params = {"limit": limit} | ({"after": after} if after else {})
        page = (await auditor.get("/api/audit", params=params)).json()
        assert len(page["items"]) <= limit
        found += page["items"]
        after = page["next"]
        if after is None:
            return found[::-1]


async def heard(auditor: httpx.AsyncClient, *acts: str) -> list[dict[str, Any]]:
    """The entries of these acts, once there are at least as many."""
    async with asyncio.timeout(60):
        while len(found := [one for one in await book(auditor) if one["action"] in acts]) < len(acts):
            await asyncio.sleep(0.1)
    return found


def table(text: str) -> dict[str, Any]:
    return {"file": ("t.csv", text.encode(), "text/csv")}


async def test_acts_of_every_service_stand_in_the_book_once(app: Hosted) -> None:
    admin, auditor = await app.admin(), await app.client("auditor")
    officer = await app.client("duty_officer")
    key = {"Idempotency-Key": "k1"}
    for _ in range(2):
        assert (await admin.post("/api/units/import", files=table(UNITS), headers=key)).status_code == 200
    assert (await admin.post("/api/people/import", files=table(PEOPLE))).status_code == 200
    assert (await admin.post("/api/people/import?dry_run=true", files=table(PEOPLE))).status_code == 200
    assert (await admin.post("/api/people/import", files=table(FAULTY))).status_code == 422
    steps = [{"after_seconds": 0, "posts": ["duty_officer"], "channels": ["in_app"]}]
    change = {"steps": steps, "basis": "演练", "verified": False}
    assert (await admin.put("/api/notification-policy", json=change)).status_code == 200
    report = {"type_code": "20101", "caller": {"name": "试报甲", "phone": "13800000003"}}
    made = (await admin.post("/api/incidents", json=report)).json()
    for _ in range(2):
        assert (await officer.get(f"/api/incidents/{made['id']}")).json()["caller"]["phone"] == "13800000003"

    told = await heard(auditor, "units_imported", "people_imported", "policy_changed", "caller_read")
    assert {one["action"]: one["actor_name"] for one in told} == {
        "units_imported": "系统管理员", "people_imported": "系统管理员", "policy_changed": "系统管理员",
        "caller_read": "测试员",
    }  # fmt: skip
    assert len(told) == 4
    by_act = {one["action"]: one for one in told}
    assert by_act["units_imported"]["detail"] == {"created": 2, "updated": 0, "unchanged": 0, "faulty": 0}
    assert by_act["caller_read"]["target"] == made["number"]
    assert by_act["policy_changed"]["detail"]["after"] == "0 秒 值班员"
    assert "13800000003" not in str(await book(auditor))
    assert await verify_audit(app.node.databases["identity"]) is None


async def test_single_edits_stand_in_the_book_with_the_fields_and_not_what_they_hold(app: Hosted) -> None:
    admin, auditor = await app.admin(), await app.client("auditor")
    person = (await admin.post("/api/people", json={"name": "试员乙", "phone": "13800000004"})).json()
    for _ in range(2):  # the second changes nothing
        changed = {"phone": "13800000005", "organisation": "示例科"}
        assert (await admin.patch(f"/api/people/{person['id']}", json=changed)).status_code == 200
    start = datetime.now(UTC) + timedelta(hours=1)
    times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=8)).isoformat()}
    shift = (
        await admin.post("/api/roster/shifts", json={"post": "duty_officer", "person_id": person["id"], **times})
    ).json()
    assert (await admin.patch(f"/api/roster/shifts/{shift['id']}", json={"note": "代班"})).status_code == 200
    cancelled = await admin.post(f"/api/roster/shifts/{shift['id']}/cancel", json={"reason": "调休"})
    assert cancelled.status_code == 200
    day = {"kind": "sensitive", "name": "示例节", "basis": "示例通知"}
    assert (await admin.put("/api/roster/calendar/2027-02-05", json=day)).status_code == 200
    unit = (await admin.post("/api/units", json={"name": "丙队", "kind": "fire_rescue"})).json()
    assert (await admin.patch(f"/api/units/{unit['id']}", json={"members": 9})).status_code == 200
    cap = await admin.post("/api/warnings", content=alert(info()), headers={"Content-Type": "application/xml"})
    assert cap.status_code == 201
    refused = await admin.patch(f"/api/units/{unit['id']}", json={"members": 8, "version": 1})
    assert refused.status_code == 409

    acts = ("person_added", "person_changed", "shift_added", "shift_changed", "shift_cancelled", "calendar_changed")
    told = await heard(auditor, *acts, "unit_added", "unit_changed", "warnings_imported")
    by_act = {one["action"]: one for one in told}
    assert len(told) == len(by_act) == 9
    assert (by_act["person_changed"]["target"], by_act["person_changed"]["detail"]) == (
        "试员乙", {"changed": "organisation,phone"},
    )  # fmt: skip
    assert by_act["shift_changed"]["detail"]["changed"] == "note"
    assert (by_act["shift_cancelled"]["target"], by_act["shift_cancelled"]["detail"]["reason"]) == ("试员乙", "调休")
    assert (by_act["calendar_changed"]["target"], by_act["calendar_changed"]["detail"]["kind"]) == (
        "2027-02-05",
        "sensitive",
    )
    assert by_act["unit_changed"]["detail"] == {"changed": "members"}
    assert (by_act["warnings_imported"]["detail"]["imported"], by_act["warnings_imported"]["actor_name"]) == (
        1,
        "系统管理员",
    )
    assert "1380000000" not in str(await book(auditor))


async def test_what_is_commanded_stands_in_the_book_once_however_often_it_is_sent(app: Hosted) -> None:
    admin, auditor = await app.admin(), await app.client("auditor")

    async def said(path: str, body: dict[str, Any], verb: str = "POST") -> dict[str, Any]:
        for _ in range(2):  # the second with the same key is the same command
            answer = await admin.request(verb, f"/api/{path}", json=body, headers={"Idempotency-Key": path})
            assert answer.is_success, answer.text
        return dict(answer.json())

    scene = await said("incidents", {"type_code": "20101"})
    unit = await said("units", {"name": "丁队", "kind": "fire_rescue"})
    at, phone = f"incidents/{scene['id']}", "13800000006"
    order = await said(f"{at}/orders", {"to": ["示例燃气公司"], "content": f"关闭上游阀门,电话 {phone}"})
    await said("assignments", {"incident_id": scene["id"], "unit_id": unit["id"]})
    leaving = await said(f"{at}/evacuations", {"reason": "坍塌", "assembly_text": "北门"})
    await said(f"evacuations/{leaving['id']}/end", {"reason": "复测达标"})
    until = {"expected_until": (datetime.now(UTC) + timedelta(hours=6)).isoformat()}
    response = await said("activations", {"level": "3", "matter": "坍塌处置", "measures": "警戒", **until})
    await said(f"activations/{response['id']}/adjust", {"measures": "封路", "reason": "有余震"})
    await said(f"activations/{response['id']}/end", {"reason": "险情解除"})
    person = await said("people", {"name": "试员丙", "phone": phone})
    codes = [one.code for one in townships()]
    contacts = [{"code": code, "person_id": person["id"]} for code in codes]
    await said("roster/roll-call-contacts", {"contacts": contacts}, "PUT")
    await said("roll-calls", {"kind": "video", "targets": codes[:2]})

    acts = ("activation_started", "activation_adjusted", "activation_ended", "evacuation_ordered", "evacuation_ended")
    told = await heard(auditor, *acts, "order_issued", "roll_call_started")
    by_act = {one["action"]: (one["target"], one["detail"]) for one in told}
    assert len(told) == len(by_act) == 7
    assert {one["actor_name"] for one in told} == {"系统管理员"}
    assert by_act["order_issued"][0] == order["number"]
    assert by_act["order_issued"][1]["receivers"] == 1
    assert by_act["evacuation_ordered"][0] == by_act["evacuation_ended"][0] == leaving["number"]
    assert (by_act["evacuation_ended"][1]["called"], by_act["evacuation_ended"][1]["confirmed"]) == (1, 0)
    assert by_act["activation_adjusted"][1]["reason"] == "有余震"
    assert by_act["roll_call_started"][1] == {"roll_call_kind": "video", "units": 2}
    assert phone not in str(await book(auditor))


async def test_what_is_done_at_the_machine_is_in_the_book_once_also_what_was_done_while_the_site_was_stopped(
    tmp_path: Path, store_url: str | None
) -> None:
    async with hosted(tmp_path, broker=True, database_url=store_url) as app:
        settings = app.node.settings
    slip = leave_slip(settings, Act.BACKUP_MADE, "/backup/2027", {"stores": 7})
    content = slip.read_bytes()
    (settings.home / "act-torn.slip").write_text("{")
    async with hosted(tmp_path, broker=True, database_url=store_url) as app:
        auditor = await app.client("auditor")
        leave_slip(settings, Act.BUNDLE_IMPORTED, "yufa", {"created": 3})
        told = await heard(auditor, "backup_made", "bundle_imported")
        assert [(one["action"], one["target"], one["actor_name"]) for one in told] == [
            ("backup_made", "/backup/2027", None), ("bundle_imported", "yufa", None),
        ]  # fmt: skip
        assert (told[0]["detail"]["stores"], "os_user" in told[0]["detail"]) == (7, True)
        async with asyncio.timeout(60):
            while [*settings.home.glob("act-*.slip")]:
                await asyncio.sleep(0.05)
        assert len(list(settings.home.glob("*.unreadable"))) == 1
        slip.write_bytes(content)  # as after a power cut between the book and the removal
        leave_slip(settings, Act.CERTIFICATE_MADE, "yizhangtu.local")
        told = await heard(auditor, "backup_made", "bundle_imported", "certificate_made")
        assert [one["action"] for one in told].count("backup_made") == 1


async def test_who_may_not_audit_sees_nothing_of_it(app: Hosted) -> None:
    assert (await (await app.client("duty_officer")).get("/api/audit")).status_code == 403


async def test_a_site_that_is_added_or_removed_at_the_machine_is_in_the_book(tmp_path: Path) -> None:
    with Ports() as ports:
        await a_site_is_added(tmp_path, ports.take())


async def a_site_is_added(folder: Path, leaf_port: int) -> None:
    async with hosted(folder, broker=True, leaf_port=leaf_port) as app:
        auditor = await app.client("auditor")
        add_site(register_of(app.node.settings), "yufa", "榆垡镇", (), hub="hub", now=datetime.now(UTC))
        [entry] = await heard(auditor, "site_added")
        assert (entry["target"], entry["actor_name"], entry["outcome"]) == ("yufa", None, "success")
