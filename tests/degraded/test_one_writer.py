"""One writer between real sites: what they ask, hand over and grant on a link that is cut, and cut in the middle."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.kernel.clock import wire_time
from shared.kernel.ids import new_id
from tests.harness.lab import Lab, require_lab
from tests.harness.ports import Ports

pytestmark = pytest.mark.timeout(600)
Json = dict[str, Any]
PLACE: Json = {"lon": 116.33, "lat": 39.50}
PASSWORD, FIRST = "Wuliu-Anquan-2026-Daxing", "Diyici-Denglu-2026-Jiugong"
LATE = timedelta(seconds=3)
SHORT = timedelta(seconds=4)
_PATIENCE = 120.0


@pytest.fixture
async def lab(tmp_path: Path, ports: Ports) -> AsyncIterator[Lab]:
    require_lab()
    environment = {"YZT_LATE_AFTER_SECONDS": str(LATE.seconds)}
    async with Lab(tmp_path, ports, ("yufa",), environment) as running:
        await running.start()
        await running.joined()
        yield running


class Desk:
    """One site as the test uses it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def post(self, path: str, status: int = 201, **body: Any) -> Json:
        answer = await self.client.post(f"/api{path}", json=body, headers={"Idempotency-Key": new_id()})
        assert answer.status_code == status, (path, answer.text)
        return dict(answer.json())

    async def get(self, path: str, **query: Any) -> Json:
        answer = await self.client.get(f"/api{path}", params=query)
        assert answer.status_code == 200, (path, answer.text)
        return dict(answer.json())

    async def refused(self, method: str, path: str, **body: Any) -> str:
        answer = await self.client.request(method, f"/api{path}", json=body)
        assert answer.status_code in {404, 409}, (path, answer.text)
        return str(answer.json()["code"])

    async def incident(self, title: str, **more: Any) -> Json:
        return await self.post("/incidents", type_code="12G03", title=title, **more)

    async def unit(self, name: str) -> Json:
        return await self.post("/units", name=name, kind="fire_rescue", township="榆垡镇", **PLACE)

    async def has(self, path: str) -> bool:
        return (await self.client.get(f"/api{path}")).status_code == 200

    async def shows(self, incident_id: str) -> bool:
        features = (await self.get("/picture"))["features"]
        return any(feature["id"] == f"incident:{incident_id}" for feature in features)

    async def lines(self, incident_id: str) -> list[Json]:
        return list((await self.get(f"/incidents/{incident_id}/timeline", limit=200))["items"])

    async def offer(self, handover_id: str) -> Json | None:
        offers = (await self.get("/handovers"))["items"]
        return next((one for one in offers if one["id"] == handover_id), None)


async def until(found: Callable[[], Awaitable[object]]) -> None:
    """Wait for it, however busy the machine is."""
    async with asyncio.timeout(_PATIENCE):
        while not await found():
            await asyncio.sleep(0.1)


async def state_is(desk: Desk, path: str, **wanted: Any) -> None:
    """Wait until the thing stands like this at that site."""

    async def stands() -> bool:
        answer = await desk.client.get(f"/api{path}")
        if answer.status_code != 200:
            return False
        body = answer.json()
        return all(body[name] == value for name, value in wanted.items())

    await until(stands)


def soon() -> str:
    return wire_time(datetime.now(UTC) + SHORT)


async def asked_and_answered(hub: Desk, yufa: Desk) -> None:
    """A team is asked for twice: sent once, refused once; both sites see which."""
    fire = await hub.incident("榆垡库房火灾")
    sent, kept = await yufa.unit("榆垡消防站"), await yufa.unit("榆垡防汛队")
    await until(lambda: hub.has(f"/units/{kept['id']}"))
    first = await hub.post("/requests", incident_id=fire["id"], unit_id=sent["id"], note="带泵")
    second = await hub.post("/requests", incident_id=fire["id"], unit_id=kept["id"])
    for request in (first, second):
        await until(lambda ident=request["id"]: yufa.has(f"/requests/{ident}"))  # type: ignore[misc]
    await yufa.post(f"/requests/{first['id']}/accept", 200)
    await yufa.post(f"/requests/{second['id']}/decline", 200, note="正在处置本镇险情")
    for desk in (hub, yufa):
        await state_is(desk, f"/requests/{first['id']}", state="accepted")
        await state_is(desk, f"/requests/{second['id']}", state="declined", answer="正在处置本镇险情")
    await state_is(hub, f"/incidents/{fire['id']}", status="active")


async def hand_over(hub: Desk, yufa: Desk, title: str, answer: str | None = None) -> Json:
    """Ask for it and, if told so, answer; returns the incident with its request."""
    incident = await hub.incident(title)
    asked = await hub.post(f"/incidents/{incident['id']}/handover", to_site="yufa", reason="就近")
    await until(lambda: yufa.offer(asked["handover"]["id"]))
    if answer is not None:
        await yufa.post(f"/handovers/{asked['handover']['id']}/{answer}", 200)
    return asked


async def handed_over_and_not(hub: Desk, yufa: Desk) -> None:
    """Two incidents are offered: the home of one moves, that of the other stays."""
    moved = await hand_over(hub, yufa, "交给榆垡", "accept")
    kept = await hand_over(hub, yufa, "榆垡不接", "decline")
    path = f"/incidents/{moved['id']}"
    await state_is(yufa, path, home_site="yufa")
    assert await hub.refused("PATCH", path, title="x") == "home.elsewhere"
    changed = await yufa.client.patch(f"/api{path}", json={"title": "已在榆垡"})
    assert changed.status_code == 200, changed.text
    await state_is(hub, path, title="已在榆垡")

    async def declined() -> bool:
        features = (await hub.get("/picture"))["features"]
        [found] = [one for one in features if one["id"] == f"incident:{kept['id']}"]
        return bool(found["properties"]["handover"]["state"] == "declined")

    await until(declined)
    assert (await hub.get(f"/incidents/{kept['id']}"))["home_site"] == "hub"


async def granted(hub: Desk) -> str:
    """An account of the hub that may log in at the edge, which has confirmed it; returns its id."""
    body: Json = {"username": "zhaoliu", "name": "赵六", "roles": ["duty_officer"], "password": FIRST}
    account = await hub.post("/accounts", **body)
    async with httpx.AsyncClient(base_url=hub.client.base_url, timeout=30) as own:
        opened = await own.post("/api/session", json={"username": "zhaoliu", "password": FIRST})
        own.headers["Authorization"] = f"Bearer {opened.json()['token']}"
        own.cookies.clear()
        changed = await own.post("/api/session/password", json={"current": FIRST, "new": PASSWORD})
        assert changed.status_code == 204, changed.text

    async def given() -> bool:
        answer = await hub.client.put(f"/api/accounts/{account['id']}/grants/yufa")
        return answer.status_code == 200

    await until(given)  # the edge's key may still be on its way
    await until(lambda: grant_is(hub, "open"))
    return str(account["id"])


async def grant_is(hub: Desk, state: str) -> bool:
    return [one["state"] for one in (await hub.get("/grants"))["items"]] == [state]


async def login(site: Desk) -> httpx.Response:
    async with httpx.AsyncClient(base_url=site.client.base_url, timeout=30) as client:
        return await client.post("/api/session", json={"username": "zhaoliu", "password": PASSWORD})


async def cut_half_way(lab: Lab, hub: Desk, yufa: Desk) -> Json:
    """The edge is heard and hears nothing: the hub hands over what the edge accepted, and nobody writes it."""
    incident = await hand_over(hub, yufa, "移交到一半断网")
    path = f"/incidents/{incident['id']}"
    lab.cables["yufa"].deaf()
    await yufa.post(f"/handovers/{incident['handover']['id']}/accept", 200)
    await state_is(hub, path, home_site="yufa")
    lab.cables["yufa"].drop()
    for desk in (hub, yufa):
        assert await desk.refused("PATCH", path, title="x") == "home.elsewhere"
    await hub.post(f"{path}/remarks", text="中心:供电公司已到")
    await yufa.post(f"{path}/remarks", text="现场:东侧已封控")
    return incident


class DuringTheCut:
    """What both sides do while they cannot hear each other."""

    def __init__(self, hub: Desk, yufa: Desk) -> None:
        self.hub, self.yufa = hub, yufa

    async def run(self, unit: Json, lost: Json, account: str) -> None:
        hub, yufa = self.hub, self.yufa
        self.request = await hub.post("/requests", incident_id=lost["id"], unit_id=unit["id"], valid_until=soon())
        body: Json = {"to_site": "yufa", "reason": "断网中请求", "valid_until": soon()}
        unanswered, taken_back = await hub.incident("断网中请求接手"), await hub.incident("断网中请求又撤回")
        self.offered = await hub.post(f"/incidents/{unanswered['id']}/handover", **body)
        self.withdrawn = await hub.post(f"/incidents/{taken_back['id']}/handover", **body)
        await hub.post(f"/incidents/{taken_back['id']}/handover/withdraw", 200)
        self.first = await hub.incident("小区燃气泄漏", location=PLACE)
        self.second = await yufa.incident("小区燃气味", location={"lon": 116.331, "lat": 39.5005})
        self.order = await yufa.post("/assignments", incident_id=lost["id"], unit_id=unit["id"])
        self.reported: dict[str, str] = {}
        for status in ("accepted", "en_route", "on_scene"):
            self.reported[status] = wire_time(datetime.now(UTC))
            body = {"status": status, "occurred_at": self.reported[status]}
            told = await yufa.client.post(f"/api/assignments/{self.order['id']}/status", json=body)
            assert told.status_code == 200, told.text
        await hub.post(f"/incidents/{lost['id']}/close", 200, summary="电话确认已扑灭")
        opened = await login(yufa)
        assert opened.status_code == 200, "the account opens at a site that is cut off"
        self.session = opened.json()["token"]
        assert (await hub.client.delete(f"/api/accounts/{account}/grants/yufa")).status_code == 200
        assert await grant_is(hub, "revoking")
        assert (await login(yufa)).status_code == 200, "and until it has heard otherwise"
        await asyncio.sleep(max(LATE, SHORT).seconds)
        await state_is(hub, f"/requests/{self.request['id']}", state="expired")
        await until(lambda: handover_is(hub, self.offered["id"], "expired"))


async def handover_is(desk: Desk, incident_id: str, state: str) -> bool:
    handover = (await desk.get(f"/incidents/{incident_id}"))["handover"]
    return bool(handover["state"] == state)


async def after_the_cut(hub: Desk, yufa: Desk, done: DuringTheCut, moved: Json, lost: Json) -> None:
    """Nothing is executed late; what met is shown; what came late stands at its time and moves nothing back."""
    path = f"/incidents/{moved['id']}"
    await state_is(yufa, path, home_site="yufa")
    for desk in (hub, yufa):
        await state_is(desk, f"/requests/{done.request['id']}", state="expired")
        await until(lambda site=desk: has_both_notes(site, moved["id"]))  # type: ignore[misc]
        notes = await notes_at(desk, moved["id"])
        own, other = "中心:供电公司已到", "现场:东侧已封控"
        assert notes == ({own: False, other: True} if desk is hub else {own: True, other: False})
    assert await yufa.refused("POST", f"/requests/{done.request['id']}/accept") in {
        "request.expired",
        "request.answered",
    }
    for asked, by in ((done.offered, None), (done.withdrawn, "系统管理员")):
        await until(lambda ident=asked["handover"]["id"]: offer_is(yufa, ident, "expired"))  # type: ignore[misc]
        offer = await yufa.offer(asked["handover"]["id"])
        assert offer is not None
        assert offer["withdrawn_by"] == by
    await placed_late(hub, done, lost)
    await revoked(hub, yufa, done)
    await decided(hub, yufa, done)


async def notes_at(desk: Desk, incident_id: str) -> dict[str, bool]:
    """What was noted, and whether it came late."""
    found = [line for line in await desk.lines(incident_id) if line["code"] == "timeline.remark"]
    return {line["params"]["text"]: line["late"] for line in found}


async def has_both_notes(desk: Desk, incident_id: str) -> bool:
    return len(await notes_at(desk, incident_id)) == 2


async def offer_is(desk: Desk, handover_id: str, state: str) -> bool:
    offer = await desk.offer(handover_id)
    return offer is not None and bool(offer["state"] == state)


async def placed_late(hub: Desk, done: DuringTheCut, lost: Json) -> None:
    async def late_lines() -> dict[str, Json]:
        found = await hub.lines(lost["id"])
        return {one["params"]["status"]: one for one in found if one["kind"] == "assignment"}

    async def all_there() -> bool:
        return {"accepted", "en_route", "on_scene"} <= set(await late_lines())

    await until(all_there)
    lines = await late_lines()
    for status, occurred_at in done.reported.items():
        assert (lines[status]["late"], lines[status]["at"]) == (True, occurred_at)
    assert (await hub.get(f"/incidents/{lost['id']}"))["status"] == "closed"

    async def is_drawn() -> bool:
        features = (await hub.get("/picture"))["features"]
        shown = [one["properties"] for one in features if one["id"] == f"assignment:{done.order['id']}"]
        return bool(shown) and bool(shown[0]["status"] == "on_scene")

    await until(is_drawn)


async def revoked(hub: Desk, yufa: Desk, done: DuringTheCut) -> None:
    await until(lambda: grant_is(hub, "revoked"))
    assert (await login(yufa)).status_code == 401
    async with httpx.AsyncClient(base_url=yufa.client.base_url, timeout=30) as old:
        old.headers["Authorization"] = f"Bearer {done.session}"
        assert (await old.get("/api/session")).status_code == 401


async def decided(hub: Desk, yufa: Desk, done: DuringTheCut) -> None:
    wanted = {done.first["id"], done.second["id"]}
    found: Json = {}

    async def is_found() -> bool:
        for one in (await hub.get("/conflicts", state="open"))["items"]:
            if {one["left"]["id"], one["right"]["id"]} == wanted:
                found.update(one)
        return bool(found)

    await until(is_found)
    for side in wanted:
        await until(lambda ident=side: yufa.shows(ident))  # type: ignore[misc]
    body = {"decision": "same", "keep_id": done.first["id"], "reason": "同一小区"}
    await hub.post(f"/conflicts/{found['id']}/decision", 200, **body)
    await state_is(yufa, f"/incidents/{done.second['id']}", status="merged", merged_into=done.first["id"])


async def test_what_sites_ask_hand_over_and_grant_holds_through_a_cut(lab: Lab) -> None:
    clients = {name: await site.client() for name, site in lab.sites.items()}
    hub, yufa = Desk(clients["hub"]), Desk(clients["yufa"])
    unit, lost = await yufa.unit("榆垡应急队"), await hub.incident("断网前的火情")
    account, *_ = await asyncio.gather(granted(hub), asked_and_answered(hub, yufa), handed_over_and_not(hub, yufa))
    await until(lambda: hub.has(f"/units/{unit['id']}"))
    await until(lambda: yufa.shows(lost["id"]))
    moved = await cut_half_way(lab, hub, yufa)
    done = DuringTheCut(hub, yufa)
    await done.run(unit, lost, account)
    lab.cables["yufa"].whole()
    await after_the_cut(hub, yufa, done, moved, lost)
    for client in clients.values():
        await client.aclose()
