"""How long a session lasts, who keeps it alive, and how other processes know it: on both stores."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from shared.http.remote_sessions import RemoteSessions
from shared.kernel.access import Role
from shared.kernel.errors import Unauthenticated, Unavailable
from tests.harness.clock import HandClock
from tests.harness.hosting import ADMIN_PASSWORD, hosted
from tests.integration.test_identity_login import GOOD, ONLY, add, code


async def test_idle_for_12_hours_ends_a_session_but_a_used_one_lasts_24(tmp_path: Path, store_url: str | None) -> None:
    clock = HandClock()
    async with hosted(tmp_path, services=ONLY, database_url=store_url, clock=clock) as app:
        used, idle = await app.login("admin", ADMIN_PASSWORD), await app.login("admin", ADMIN_PASSWORD)
        clock.advance(hours=11, minutes=59)
        assert (await used.get("/api/session")).status_code == 200
        assert await app.node.databases["identity"].is_writable(), "the use is written behind the answer"
        clock.advance(minutes=1)
        assert code(await idle.get("/api/session")) == (401, "session.expired")
        clock.advance(hours=11, minutes=58)
        assert (await used.get("/api/session")).status_code == 200
        clock.advance(minutes=2)
        assert code(await used.get("/api/session")) == (401, "session.expired")


async def test_a_page_that_nobody_touches_ends_after_12_hours_however_often_it_asks(
    tmp_path: Path, store_url: str | None
) -> None:
    clock, unattended = HandClock(), {"X-Yzt-Unattended": "1"}
    async with hosted(tmp_path, services=ONLY, database_url=store_url, clock=clock) as app:
        watched, touched = await app.login("admin", ADMIN_PASSWORD), await app.login("admin", ADMIN_PASSWORD)
        ends = (await watched.get("/api/session", headers=unattended)).json()["expires_at"]
        for _ in range(11):
            clock.advance(hours=1)
            said = await watched.get("/api/session", headers=unattended)
            assert (said.status_code, said.json()["expires_at"]) == (200, ends)
        assert (await touched.get("/api/session", headers=unattended)).status_code == 200
        later = (await touched.get("/api/session")).json()
        assert later["expires_at"] > ends, "a touch right after a poll counts"
        assert later["latest_at"] > later["expires_at"]
        assert await app.node.databases["identity"].is_writable(), "the use is written behind the answer"
        clock.advance(hours=1)
        assert code(await watched.get("/api/session", headers=unattended)) == (401, "session.expired")
        assert code(await watched.get("/api/session")) == (401, "session.expired")
        assert (await touched.get("/api/session", headers=unattended)).status_code == 200


async def test_many_requests_of_one_session_cost_few_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hosted(tmp_path, services=ONLY, clock=HandClock()) as app:
        client = await app.admin()
        database = app.node.databases["identity"]
        reads = 0
        read = database.read

        async def counting(work: Callable[[Connection], Any]) -> Any:
            nonlocal reads
            reads += 1
            return await read(work)

        monkeypatch.setattr(database, "read", counting)
        answers = await asyncio.gather(*(client.get("/api/session") for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert reads <= 1


async def test_a_service_of_another_process_asks_identity(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        account = await add(app, "lisi", "territory_officer", territory="110115107")
        client = await app.login("lisi", GOOD)
        token = client.headers["Authorization"].removeprefix("Bearer ")
        assert app.node.app is not None
        remote = RemoteSessions("http://identity", transport=httpx.ASGITransport(app=app.node.app))
        actor = await remote.verify(token)
        assert actor.account_id == account["id"]
        assert actor.roles == {Role.TERRITORY_OFFICER}
        assert actor.bound_territory == "110115107"
        with pytest.raises(Unauthenticated):
            await remote.verify("forged")
        await remote.close()


async def test_a_service_of_another_process_passes_on_whether_a_person_acts() -> None:
    asked: list[bool] = []

    def identity(request: httpx.Request) -> httpx.Response:
        asked.append("x-yzt-unattended" not in request.headers)
        account = {"id": "a", "username": "lisi", "name": "李四", "roles": []}
        return httpx.Response(200, json={"account": account})

    remote = RemoteSessions("http://identity", transport=httpx.MockTransport(identity))
    for attended in (False, False, True, False, True):
        await remote.verify("token", attended=attended)
    assert asked == [False, True], "what was heard with a person serves both, what was heard without one does not"
    await remote.close()


async def test_nobody_is_let_in_while_identity_cannot_be_asked() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    remote = RemoteSessions("http://identity", transport=httpx.MockTransport(away))
    with pytest.raises(Unavailable):
        await remote.verify("token")
    await remote.close()
