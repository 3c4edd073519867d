"""Call-outs over HTTP, with the engine running by itself, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.contracts.draft import draft
from shared.contracts.events.base import Fact
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location
from shared.contracts.events.roster import DutyPost, PersonFact, ShiftFact
from shared.kernel.ids import new_id
from tests.harness.clock import HandClock
from tests.harness.hosting import Hosted, hosted


class Desk:
    """A node that hosts notification, fed with facts."""

    def __init__(self, node: Hosted, clock: HandClock) -> None:
        self.node, self.clock = node, clock

    async def tell(self, consumer: str, kind: str, payload: Fact, ident: str, version: int = 1) -> None:
        envelope = draft(
            site="hub", service="other", kind=kind, aggregate_id=ident, version=version, payload=payload,
            now=self.clock.now(), exercise=False,
        )  # fmt: skip
        heard = {one.consumer: one.handler for one in self.node.node.services["notification"].subscriptions}
        await heard[f"notification__{consumer}"](envelope)

    async def person(self, name: str, account: str | None = None) -> str:
        fact = PersonFact(id=new_id(), name=name, phone="13800000002", account=account)
        await self.tell("people", "roster.person.registered.v1", fact, fact.id)
        return fact.id

    async def on_duty(self, post: DutyPost, person_id: str) -> None:
        now = self.clock.now()
        fact = ShiftFact(
            id=new_id(), post=post, person_id=person_id, person_name="某人", starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(hours=11), home_site="hub",
        )  # fmt: skip
        await self.tell("shifts", "roster.shift.scheduled.v1", fact, fact.id)

    async def report(self, township: str = "110115001") -> str:
        now = self.clock.now()
        fact = IncidentFact(
            id=new_id(), number=f"DX-{new_id()[-8:]}", title="旧宫地区 火灾", status=IncidentStatus.REPORTED,
            occurred_at=now, received_at=now, updated_at=now, home_site="hub", location=Location(township=township),
        )  # fmt: skip
        await self.tell("incidents", "intake.incident.reported.v1", fact, fact.id)
        return fact.id


@pytest.fixture
async def desk(tmp_path: Path, store_url: str | None) -> AsyncIterator[Desk]:
    clock = HandClock()
    async with hosted(tmp_path, services=("notification",), database_url=store_url, clock=clock) as node:
        yield Desk(node, clock)


async def items(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/notifications", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def until(client: httpx.AsyncClient, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The only call-out, as soon as it is as wanted."""
    async with asyncio.timeout(30):
        while True:
            (only,) = await items(client)
            if wanted(only):
                return only
            await asyncio.sleep(0.05)


async def test_a_report_calls_the_officer_escalates_by_itself_and_is_answered_once(desk: Desk) -> None:
    officer = await desk.node.client("duty_officer")
    other = await desk.node.client("duty_leader", name="带班乙")
    me = (await officer.get("/api/session")).json()["account"]
    await desk.on_duty(DutyPost.DUTY_OFFICER, await desk.person("值班员甲", account=me["username"]))
    incident_id = await desk.report()

    (call,) = await items(officer, open=True, mine=True)
    assert (call["incident_id"], call["state"], call["step"], call["steps_total"]) == (incident_id, "calling", 0, 4)
    assert await items(other, mine=True) == []
    path = f"/api/notifications/{call['id']}"
    assert (await officer.post(f"{path}/seen")).status_code == 204
    assert (await officer.get(path)).json()["targets"][0]["state"] == "delivered"

    desk.clock.advance(seconds=60)
    assert len((await until(officer, lambda one: one["step"] == 1))["targets"]) == 2

    first = await officer.post(f"{path}/ack", json={"note": "我来处置"}, headers={"Idempotency-Key": "k1"})
    again = await officer.post(f"{path}/ack", json={"note": "我来处置"}, headers={"Idempotency-Key": "k1"})
    late = await other.post(f"{path}/ack", json={"note": "晚了"})
    assert (first.status_code, again.status_code, late.status_code) == (200, 200, 200)
    assert first.json() == again.json() == late.json()
    assert (late.json()["acknowledged_by"], late.json()["ack_note"]) == ("测试员", "我来处置")
    assert {one["state"] for one in late.json()["targets"]} == {"acknowledged"}
    assert await items(officer, open=True) == []
    assert len(await items(officer, open=False, incident_id=incident_id)) == 1
    told = [fact.fact for fact in await desk.node.facts("notification")]
    assert told == ["created", "delivered", "escalated", "acknowledged"]


async def test_a_cancelled_call_answers_a_conflict_that_says_what_to_do(desk: Desk) -> None:
    admin = await desk.node.admin()
    await desk.report()
    (call,) = await items(admin)
    path = f"/api/notifications/{call['id']}"
    assert (await admin.post(f"{path}/cancel", json={})).status_code == 422
    stopped = await admin.post(f"{path}/cancel", json={"reason": "误报"})
    assert (stopped.json()["state"], stopped.json()["cancel_words"]) == ("cancelled", "误报")
    refused = await admin.post(f"{path}/ack", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "notification.ended")
    assert "重新发起" in refused.json()["detail"]


async def test_the_desk_calls_posts_and_people_by_hand(desk: Desk) -> None:
    officer = await desk.node.client("duty_officer")
    one, two = await desk.person("甲"), await desk.person("乙")
    await desk.on_duty(DutyPost.DUTY_LEADER, two)
    incident_id = await desk.report()
    body = {"title": "请到岗", "incident_id": incident_id, "person_ids": [one]}
    made = await officer.post("/api/notifications", json=body, headers={"Idempotency-Key": "m1"})
    again = await officer.post("/api/notifications", json=body, headers={"Idempotency-Key": "m1"})
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["id"] == again.json()["id"]
    assert (made.json()["kind"], made.json()["created_by"]) == ("manual", "测试员")
    assert [target["person_name"] for target in made.json()["targets"]] == ["甲"]
    by_post = await officer.post("/api/notifications", json={"title": "请到岗", "post": "duty_leader"})
    assert [target["person_name"] for target in by_post.json()["targets"]] == ["乙"]
    empty = await officer.post("/api/notifications", json={"title": "请到岗", "posts": ["chief_officer"]})
    assert empty.json()["state"] == "exhausted"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"title": "请到岗"}, "notification.nobody_named", "/person_ids"),
        ({"title": "请到岗", "person_ids": ["x"]}, "notification.person_unknown", "/person_ids/0"),
        (
            {"title": "请到岗", "post": "duty_leader", "incident_id": "x"},
            "notification.incident_unknown",
            "/incident_id",
        ),
        ({"title": "", "post": "duty_leader"}, "request.invalid", "/title"),
        ({"title": "x", "post": "cook"}, "request.invalid", "/post"),
        ({"title": "x", "post": "duty_leader", "pots": 1}, "request.invalid", "/pots"),
    ],
)
async def test_a_call_by_hand_that_names_nobody_or_strangers_is_refused(
    tmp_path: Path, body: dict[str, Any], code: str, pointer: str
) -> None:
    async with hosted(tmp_path, services=("notification",)) as node:
        refused = await (await node.admin()).post("/api/notifications", json=body)
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["errors"][0]["pointer"]) == (422, code, pointer)


async def test_who_may_do_what(desk: Desk) -> None:
    await desk.report()
    (call,) = await items(await desk.node.admin())
    path = f"/api/notifications/{call['id']}"
    dispatcher = await desk.node.client("dispatcher")
    auditor = await desk.node.client("auditor")
    assert (await desk.node.anonymous().get("/api/notifications")).status_code == 401
    assert (await auditor.get("/api/notifications")).status_code == 403
    assert (await dispatcher.post(f"{path}/cancel", json={"reason": "x"})).status_code == 403
    assert (await dispatcher.post("/api/notifications", json={"title": "x", "post": "duty_leader"})).status_code == 403
    assert (await dispatcher.put("/api/notification-policy", json={})).status_code == 403
    assert (await dispatcher.get("/api/notification-policy")).status_code == 200
    assert (await dispatcher.post(f"{path}/ack", json={})).status_code == 200
    assert (await dispatcher.get("/api/notifications/none")).status_code == 404


async def test_an_officer_of_a_territory_sees_and_answers_the_own_townships_calls_only(desk: Desk) -> None:
    townships = {"own": "110115001", "other": "110115002"}
    officer = await desk.node.client("territory_officer", territory=townships["own"])
    own, other = await desk.report(townships["own"]), await desk.report(townships["other"])
    assert [one["incident_id"] for one in await items(officer)] == [own]
    (foreign,) = await items(await desk.node.admin(), incident_id=other)
    assert (await officer.get(f"/api/notifications/{foreign['id']}")).status_code == 404
    assert (await officer.post(f"/api/notifications/{foreign['id']}/ack", json={})).status_code == 404
    assert (await officer.post(f"/api/notifications/{foreign['id']}/seen")).status_code == 404


async def test_the_policy_begins_unverified_and_is_replaced_as_a_whole(desk: Desk) -> None:
    leader = await desk.node.client("duty_leader", name="带班乙")
    policy = (await leader.get("/api/notification-policy")).json()
    assert [one["after_seconds"] for one in policy["steps"]] == [0, 60, 180, 300]
    assert (policy["verified"], policy["version"], policy["available"]) == (False, 1, ["console", "in_app"])
    assert policy["steps"][2] == {
        "after_seconds": 180, "posts": ["duty_leader"], "channels": ["in_app", "webhook"], "deputies": True,
    }  # fmt: skip
    body = {"steps": policy["steps"][:2], "basis": "区局 2027 年叫应办法", "verified": True, "version": 1}
    changed = await leader.put("/api/notification-policy", json=body)
    assert (changed.status_code, changed.json()["version"], changed.json()["updated_by"]) == (200, 2, "带班乙")
    assert (await leader.get("/api/notification-policy")).json() == changed.json()
    stale = await leader.put("/api/notification-policy", json=body)
    assert (stale.status_code, stale.json()["code"]) == (409, "notification_policy.changed")
    assert stale.json()["current"]["version"] == 2
    late = {**body, "version": 2, "steps": [{"after_seconds": 5, "posts": ["duty_leader"], "channels": ["in_app"]}]}
    refused = await leader.put("/api/notification-policy", json=late)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/steps/0/after_seconds")
    none = await leader.put("/api/notification-policy", json={"steps": [], "basis": "x"})
    assert none.status_code == 422


async def test_a_list_goes_on_page_by_page_without_gaps(desk: Desk) -> None:
    for _ in range(5):
        await desk.report()
        desk.clock.advance(seconds=1)
    admin = await desk.node.admin()
    seen: list[str] = []
    after: str | None = None
    for _ in range(3):
        answer = (
            await admin.get("/api/notifications", params={"limit": 2, **({"after": after} if after else {})})
        ).json()
        seen += [one["id"] for one in answer["items"]]
        after = answer["next"]
    assert after is None
    assert len(set(seen)) == 5
    assert (await admin.get("/api/notifications", params={"after": "xx"})).status_code == 422
