"""Handovers, roll calls, reliefs and staffing over HTTP, on both stores; what they tell is in S5 of the scenarios."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from services.duty_roster.domain.roll_call import draw
from services.duty_roster.handlers.roll_calls import RollCalls
from services.duty_roster.jobs import call_the_roll
from services.duty_roster.store.matters import Matter, keep_matter
from shared.contracts.events.duty import HandoverItemKind
from shared.kernel.district import townships
from tests.harness.clock import HandClock
from tests.harness.hosting import Hosted, hosted

START = datetime(2027, 2, 5, 12, 0, tzinfo=UTC)
"""20:00 of 除夕."""
CODES = [one.code for one in townships()]


@dataclass
class Night:
    """A roster with two officers and a leader who have accounts and a shift."""

    app: Hosted
    clock: HandClock
    clients: dict[str, httpx.AsyncClient]
    people: dict[str, str]
    shifts: dict[str, str]

    async def ask(self, who: str, verb: str, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        answer = await self.clients[who].request(verb, path, json=body, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def put_contacts(self) -> None:
        contacts = [{"code": code, "person_id": self.people["going"]} for code in CODES]
        await self.ask("leader", "PUT", "/api/roster/roll-call-contacts", {"contacts": contacts})

    async def tick(self, minutes: float) -> int:
        self.clock.set(START + timedelta(minutes=minutes))
        deps = self.app.deps("duty_roster")
        return await call_the_roll(deps, RollCalls(deps))


@asynccontextmanager
async def night(folder: Path, store_url: str | None) -> AsyncIterator[Night]:
    clock = HandClock(START)
    async with hosted(folder, services=("duty_roster",), database_url=store_url, clock=clock) as app:
        roles = {"going": "duty_officer", "coming": "duty_officer", "leader": "duty_leader"}
        one = Night(app, clock, {name: await app.client(role) for name, role in roles.items()}, {}, {})
        for name, client in one.clients.items():
            account = (await client.get("/api/session")).json()["account"]["username"]
            body = {"name": name, "account": account, "phone": "13800000001"}
            one.people[name] = (await one.ask("leader", "POST", "/api/people", body, 201))["id"]
        spans = {"going": (-8, 0.5), "coming": (0.5, 12), "leader": (-8, 12)}
        for name, (start, end) in spans.items():
            body = {
                "post": roles[name], "person_id": one.people[name],
                "starts_at": (START + timedelta(hours=start)).isoformat(),
                "ends_at": (START + timedelta(hours=end)).isoformat(),
            }  # fmt: skip
            one.shifts[name] = (await one.ask("leader", "POST", "/api/roster/shifts", body, 201))["id"]
        yield one


async def tell(one: Night, ident: str, version: int = 1, *, is_open: bool = True) -> None:
    """What the subscription keeps of an incident."""
    matter = Matter(HandoverItemKind.INCIDENT, ident, version, is_open, f"DX-1 {ident}", START)
    await one.app.deps("duty_roster").database.write(lambda c: keep_matter(c, matter))


async def test_a_handover_takes_both_signatures_and_lets_nothing_fall_between(
    tmp_path: Path, store_url: str | None
) -> None:
    async with night(tmp_path, store_url) as one:
        await tell(one, "fire")
        body = {"post": "duty_officer", "from_person": one.people["going"], "to_person": one.people["coming"]}
        key = {"headers": {"Idempotency-Key": "k"}}
        made = await one.ask("going", "POST", "/api/roster/handovers", body, 201, **key)
        assert await one.ask("going", "POST", "/api/roster/handovers", body, 200, **key) == made
        assert made["items"][0]["text"] == "DX-1 fire"
        again = await one.ask("going", "POST", "/api/roster/handovers", body, 409)
        assert again["code"] == "handover.under_way"
        path = f"/api/roster/handovers/{made['id']}"
        ids = [item["id"] for item in made["items"]]

        said = {"done": ids, "notes": {ids[0]: "火已灭"}}
        silent = await one.ask("going", "POST", f"{path}/sign-out", said, 422)
        assert [(error["pointer"], error["code"]) for error in silent["errors"]] == [
            ("/explanation", "handover.explanation_required")
        ]
        other = await one.ask("coming", "POST", f"{path}/sign-out", {**said, "explanation": "看守"}, 403)
        assert (other["code"], "going" in other["detail"]) == ("handover.not_yours", True)
        out = await one.ask("going", "POST", f"{path}/sign-out", {**said, "explanation": "看守到 21 时"})
        assert (out["state"], out["items"][0]["note"], out["responsible"]) == ("signed_out", "火已灭", "going")

        await tell(one, "fire", 2, is_open=False)
        await tell(one, "flood")
        refused = await one.ask("coming", "POST", f"{path}/sign-in", {"confirmed": ids}, 409)
        assert (refused["code"], "flood" in refused["detail"]) == ("handover.items_unticked", True)
        seen = refused["current"]["items"]
        assert [item["text"] for item in seen if item["is_added"]] == ["DX-1 flood"]
        assert seen[0]["text"] == "DX-1 fire", "what was signed stays, closed or not"
        all_ids = [item["id"] for item in seen]
        await one.ask("going", "POST", f"{path}/sign-in", {"confirmed": all_ids}, 403)
        signed = await one.ask("coming", "POST", f"{path}/sign-in", {"confirmed": all_ids})
        assert (signed["state"], signed["responsible"]) == ("signed_in", "coming")
        assert (await one.ask("leader", "GET", "/api/roster/on-duty"))["handovers"] == []
        late = await one.ask("coming", "POST", f"{path}/cancel", {"reason": "错了"}, 409)
        assert late["code"] == "handover.state"
        kinds = [fact.kind for fact in await one.app.facts("duty_roster") if fact.aggregate == "handover"]
        assert kinds == [f"roster.handover.{step}.v1" for step in ("opened", "signed_out", "signed_in")]


async def test_a_change_of_shift_that_nobody_signs_is_told_until_somebody_begins(
    tmp_path: Path, store_url: str | None
) -> None:
    async with night(tmp_path, store_url) as one:

        async def told() -> list[Any]:
            return list((await one.ask("coming", "GET", "/api/roster/on-duty"))["unhanded"])

        assert await told() == []
        one.clock.set(START + timedelta(minutes=31))
        [post] = await told()
        assert (post["post_label"], post["from_names"], post["to_names"]) == ("值班员", ["going"], ["coming"])
        body = {"post": "duty_officer", "from_person": one.people["going"], "to_person": one.people["coming"]}
        made = await one.ask("going", "POST", "/api/roster/handovers", body, 201)
        assert await told() == [], "from here on the other banner tells who has not signed"
        await one.ask("going", "POST", f"/api/roster/handovers/{made['id']}/cancel", {"reason": "填错"})
        assert len(await told()) == 1


async def test_who_has_no_shift_at_the_post_hands_nothing_over(tmp_path: Path) -> None:
    async with night(tmp_path, None) as one:
        body = {"post": "duty_leader", "from_person": one.people["going"], "to_person": one.people["leader"]}
        refused = await one.ask("going", "POST", "/api/roster/handovers", body, 422)
        assert [(error["pointer"], error["code"]) for error in refused["errors"]] == [
            ("/from_person", "handover.no_shift")
        ]
        await one.ask("going", "POST", "/api/roster/handovers/none/sign-in", {"confirmed": []}, 404)
        names = {"post": "duty_officer", "from_person": one.people["going"], "to_person": one.people["coming"]}
        for years in (-1, 1):
            wrong = {**names, "at": (START + timedelta(days=365 * years)).isoformat()}
            refused = await one.ask("going", "POST", "/api/roster/handovers", wrong, 422)
            assert [error["code"] for error in refused["errors"]] == ["handover.at_too_far"]


async def test_the_plan_calls_once_an_hour_and_limits_pass_by_themselves(tmp_path: Path, store_url: str | None) -> None:
    async with night(tmp_path, store_url) as one:
        nobody = await one.ask("going", "POST", "/api/roll-calls", {"kind": "random"}, 422)
        assert nobody["code"] == "roll_call.nobody_named"
        assert await one.tick(0) == 0, "a plan without anybody to call is no alarm"
        await one.put_contacts()
        assert (await one.tick(0), await one.tick(1)) == (1, 0)
        (roll,) = (await one.ask("going", "GET", "/api/roll-calls"))["items"]
        assert (roll["kind"], roll["started_by"], roll["timeout_seconds"]) == ("video", None, 180)
        codes = [unit["code"] for unit in roll["units"]]
        assert codes == draw(CODES, 5, roll["seed"])

        path = f"/api/roll-calls/{roll['id']}"
        first = await one.ask("going", "POST", f"{path}/units/{codes[0]}/answer", {"by": "going"})
        assert first["units"][0]["answered_at"] == "2027-02-05T12:01:00.000Z"
        again = await one.ask("going", "POST", f"{path}/units/{codes[0]}/answer", {"by": "other"})
        assert again["units"][0]["answered_by"] == "going", "the first answer stands"
        assert (await one.tick(3), await one.tick(3)) == (1, 0)
        await one.tick(4)
        late = await one.ask("going", "POST", f"{path}/units/{codes[1]}/answer", {"by": "x", "stand_in": True})
        assert (late["late"], late["waiting"], late["units"][2]["overdue"]) == (1, 3, True)
        assert await one.tick(10) == 1
        over = await one.ask("going", "GET", path)
        assert (over["state"], over["answered"], over["missed"], over["rate"]) == ("finished", 1, 3, 0.2)
        refused = await one.ask("going", "POST", f"{path}/units/{codes[2]}/answer", {"by": "x"}, 409)
        assert refused["code"] == "roll_call.finished"
        await one.ask("going", "POST", f"{path}/units/110115999/answer", {"by": "x"}, 404)
        kinds = [
            fact.kind.split(".")[2] for fact in await one.app.facts("duty_roster") if fact.aggregate == "roll_call"
        ]
        assert kinds == ["started", "answered", "missed", "answered", "finished"]
        assert await one.tick(61) == 1
        total = (await one.ask("going", "GET", "/api/roll-calls"))["total"]
        assert (total["roll_calls"], total["called"], total["waiting"]) == (2, 10, 5)


async def test_named_units_are_called_without_drawing_and_unknown_ones_refused(tmp_path: Path) -> None:
    async with night(tmp_path, None) as one:
        await one.put_contacts()
        unknown = await one.ask("going", "POST", "/api/roll-calls", {"kind": "planned", "targets": ["999999"]}, 422)
        assert unknown["errors"][0]["code"] == "roll_call.unit_unknown"
        all_of_them = await one.ask("going", "POST", "/api/roll-calls", {"kind": "planned"}, 201)
        assert (all_of_them["called"], all_of_them["seed"]) == (len(CODES), None)
        body = {"kind": "video", "targets": CODES[:2], "timeout_seconds": 60}
        two = await one.ask("going", "POST", "/api/roll-calls", body, 201)
        assert ([unit["code"] for unit in two["units"]], two["due_at"]) == (CODES[:2], "2027-02-05T12:01:00.000Z")
        ended = await one.ask("going", "POST", f"/api/roll-calls/{two['id']}/finish")
        assert (ended["state"], ended["missed"]) == ("finished", 2)


async def test_a_relief_changes_the_roster_only_when_a_leader_who_did_not_ask_approves(tmp_path: Path) -> None:
    async with night(tmp_path, None) as one:
        moment = {hour: (START + timedelta(hours=hour)).isoformat() for hour in (1, 2, 13)}
        body = {"shift_id": one.shifts["coming"], "to_person_id": one.people["going"], "reason": "家中急事"}
        outside = {**body, "from_at": moment[1], "until_at": moment[13]}
        refused = await one.ask("leader", "POST", "/api/roster/reliefs", outside, 422)
        assert refused["errors"][0]["code"] == "relief.outside_shift"
        part = {**body, "from_at": moment[1], "until_at": moment[2]}
        own = await one.ask("leader", "POST", "/api/roster/reliefs", part, 201)
        await one.ask("going", "POST", f"/api/roster/reliefs/{own['id']}/agree")
        refused = await one.ask("leader", "POST", f"/api/roster/reliefs/{own['id']}/approve", status=403)
        assert refused["code"] == "relief.own_application"
        twice = await one.ask("coming", "POST", "/api/roster/reliefs", part, 409)
        assert twice["code"] == "relief.under_way"
        await one.ask("leader", "POST", f"/api/roster/reliefs/{own['id']}/reject", {"reason": "重新申请"})

        asked = await one.ask("coming", "POST", "/api/roster/reliefs", part, 201)
        await one.ask("going", "POST", f"/api/roster/reliefs/{asked['id']}/agree")
        query = {"from": START.isoformat(), "to": moment[13]}
        shifts = await one.ask("leader", "GET", "/api/roster/shifts", params=query)
        assert len(shifts["items"]) == 3, "before the approval nothing has changed"
        done = await one.ask("leader", "POST", f"/api/roster/reliefs/{asked['id']}/approve")
        assert (done["state"], done["effective_at"]) == ("approved", "2027-02-05T13:00:00.000Z")
        shifts = await one.ask("leader", "GET", "/api/roster/shifts", params=query)
        spans = [(s["person_name"], s["starts_at"][11:16], s["ends_at"][11:16]) for s in shifts["items"]]
        assert spans[2:] == [("coming", "12:30", "13:00"), ("going", "13:00", "14:00"), ("coming", "14:00", "00:00")]
        for minutes in (61, 121):
            one.clock.set(START + timedelta(minutes=minutes))
            unhanded = (await one.ask("leader", "GET", "/api/roster/on-duty"))["unhanded"]
            assert unhanded == [], "a relief is a signed paper of its own, out and back"


async def test_another_staffing_is_in_force_at_once_and_nobody_overwrites_another_unseen(tmp_path: Path) -> None:
    async with night(tmp_path, None) as one:
        gaps = (await one.ask("going", "GET", "/api/roster/on-duty"))["gaps"]
        assert [(gap["post"], gap["required"], gap["present"]) for gap in gaps] == [("duty_leader", 2, 1)]
        rules = await one.ask("going", "GET", "/api/roster/staffing")
        assert rules["version"] == 0
        only = [{"day_kind": "holiday", "post": "duty_leader", "count": 1, "basis": "本局值守规定"}]
        body = {"rules": only, "version": 0}
        await one.ask("going", "PUT", "/api/roster/staffing", body, 403)
        assert (await one.ask("leader", "PUT", "/api/roster/staffing", body))["version"] == 1
        assert (await one.ask("going", "GET", "/api/roster/on-duty"))["gaps"] == []
        late = await one.ask("leader", "PUT", "/api/roster/staffing", body, 409)
        assert (late["code"], late["current"]["version"]) == ("duty_setting.changed", 1)
        twice = await one.ask("leader", "PUT", "/api/roster/staffing", {"rules": only * 2}, 422)
        assert twice["errors"][0]["code"] == "staffing.said_twice"
        checks = {"checks": [{"id": "radio", "text": "电台已试"}], "basis": "本局值班室"}
        kept = await one.ask("leader", "PUT", "/api/roster/handover-checklist", checks)
        assert kept["checks"] == checks["checks"]
