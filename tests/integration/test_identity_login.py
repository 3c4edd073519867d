"""Logging in, staying in, being thrown out: over HTTP, on both stores."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request
from prometheus_client import CollectorRegistry
from pwdlib import PasswordHash
from sqlalchemy import Connection

from services.identity import store
from services.identity.api.edge import origin_of
from services.identity.domain.lockout import Failures
from services.identity.domain.policy import IdentityConfig
from services.identity.handlers.passwords import Passwords
from tests.harness.clock import HandClock
from tests.harness.hosting import ADMIN_PASSWORD, Hosted, hosted

ONLY = ("identity",)
GOOD = "correct horse battery"


async def log_in(client: httpx.AsyncClient, password: str, username: str = "admin") -> httpx.Response:
    return await client.post("/api/session", json={"username": username, "password": password})


async def add(app: Hosted, username: str, *roles: str, **more: object) -> dict[str, object]:
    body = {"username": username, "name": "测试员", "roles": list(roles or ("duty_officer",)), "password": GOOD, **more}
    answer = await (await app.admin()).post("/api/accounts", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_the_first_start_prints_one_password_that_must_be_changed(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url, admin_password=None) as app:
        password = app.node.first_password
        assert password is not None
        client = app.anonymous()
        answer = await log_in(client, password)
        assert answer.json()["account"]["must_change_password"] is True
        assert code(await client.get("/api/accounts")) == (403, "session.password_change_required")
        changed = await client.post("/api/session/password", json={"current": password, "new": GOOD})
        assert changed.status_code == 204
        assert (await client.get("/api/accounts")).status_code == 200
    async with hosted(tmp_path, services=ONLY, database_url=store_url, admin_password=None) as again:
        assert again.node.first_password is None
        assert (await log_in(again.anonymous(), GOOD)).status_code == 200


async def test_a_session_tells_who_where_and_until_when(tmp_path: Path, store_url: str | None) -> None:
    clock = HandClock()
    async with hosted(tmp_path, services=ONLY, database_url=store_url, clock=clock) as app:
        client = await app.admin()
        body = (await client.get("/api/session")).json()
        assert body["account"]["username"] == "admin"
        assert body["account"]["roles"] == ["admin"]
        assert (body["site"], body["exercise"]) == ("hub", False)
        assert body["expires_at"] == "2027-02-05T13:00:00.000Z"
        assert (await client.delete("/api/session")).status_code == 204
        assert code(await client.get("/api/session")) == (401, "session.expired")


async def test_the_cookie_is_for_this_site_only_and_secure_under_https(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        plain = (await log_in(app.anonymous(), ADMIN_PASSWORD)).headers["set-cookie"]
        assert plain.startswith("yzt_session=")
        client = app.anonymous()
        client.base_url = httpx.URL("https://testserver")
        tls = (await log_in(client, ADMIN_PASSWORD)).headers["set-cookie"]
        assert tls.startswith("__Host-yzt_session=")
        assert "Secure" in tls
        for cookie in (plain, tls):
            assert {"HttpOnly", "Path=/", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}
            assert "Domain" not in cookie


async def test_behind_a_proxy_the_cookie_is_secure_and_the_clients_own_address_counts(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        client = app.anonymous()
        client.headers.update({"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9, 10.1.1.1"})
        assert (await log_in(client, ADMIN_PASSWORD)).headers["set-cookie"].startswith("__Host-yzt_session=")
        for n in range(10):
            await log_in(client, "wrong", f"nobody{n}")
        assert code(await log_in(client, ADMIN_PASSWORD)) == (429, "rate.limited")
        client.headers["X-Forwarded-For"] = "203.0.113.9, 10.1.1.2"
        assert (await log_in(client, ADMIN_PASSWORD)).status_code == 200
        newest = (await (await app.admin()).get("/api/audit", params={"limit": 2})).json()["items"][1]
        assert newest["address"] == "10.1.1.2"


async def test_only_a_trusted_proxy_may_name_another_address() -> None:
    request = Request({"type": "http", "client": ("198.51.100.7", 1), "headers": [(b"x-forwarded-for", b"10.1.1.1")]})
    assert origin_of(request, IdentityConfig()).address == "198.51.100.7"


async def test_an_unknown_name_costs_the_same_work_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords, worked = Passwords(IdentityConfig()), 0
    verify = PasswordHash.verify_and_update

    def counting(*args: Any) -> tuple[bool, str | None]:
        nonlocal worked
        worked += 1
        return verify(*args)

    monkeypatch.setattr(PasswordHash, "verify_and_update", counting)
    known = await passwords.hash("right")
    assert await passwords.verify("right", known) == (True, None)
    assert await passwords.verify("right", None) == (False, None)
    assert worked == 2


async def test_an_old_hash_is_renewed_at_login() -> None:
    old = await Passwords(IdentityConfig(argon2_memory_kib=8192)).hash("right")
    right, newer = await Passwords(IdentityConfig()).verify("right", old)
    assert right
    assert newer is not None
    assert "m=47104" in newer


async def test_another_sites_page_cannot_use_the_cookie_or_log_somebody_in(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        client = app.anonymous()
        await log_in(client, ADMIN_PASSWORD)
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            assert code(await client.delete("/api/session", headers=headers)) == (403, "origin.refused")
            body = {"username": "admin", "password": ADMIN_PASSWORD}
            assert code(await client.post("/api/session", json=body, headers=headers)) == (403, "origin.refused")
        assert (await client.delete("/api/session", headers={"Origin": "http://testserver"})).status_code == 204


async def test_unknown_name_wrong_password_and_disabled_account_answer_alike(
    tmp_path: Path, store_url: str | None
) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        account = await add(app, "lisi")
        await (await app.admin()).patch(f"/api/accounts/{account['id']}", json={"disabled": True})
        answers = [
            await log_in(app.anonymous(), GOOD, "nobody"),
            await log_in(app.anonymous(), "wrong", "admin"),
            await log_in(app.anonymous(), GOOD, "lisi"),
        ]
        bodies = [{k: v for k, v in answer.json().items() if k != "trace_id"} for answer in answers]
        assert bodies[0] == bodies[1] == bodies[2]
        assert code(answers[0]) == (401, "session.bad_credentials")


async def test_five_wrong_passwords_lock_the_account_for_15_minutes_and_no_longer(
    tmp_path: Path, store_url: str | None
) -> None:
    clock = HandClock()
    async with hosted(tmp_path, services=ONLY, database_url=store_url, clock=clock) as app:
        await add(app, "lisi")
        for _ in range(5):
            assert code(await log_in(app.anonymous(), "wrong", "lisi")) == (401, "session.bad_credentials")
        locked = await log_in(app.anonymous(), GOOD, "LISI")
        assert code(locked) == (429, "session.locked")
        assert locked.headers["retry-after"] == "900"
        clock.advance(minutes=14, seconds=59)
        assert (await log_in(app.anonymous(), GOOD, "lisi")).status_code == 429
        clock.advance(seconds=1)
        assert (await log_in(app.anonymous(), GOOD, "lisi")).status_code == 200


async def test_an_unknown_name_locks_like_a_known_one(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        for _ in range(5):
            await log_in(app.anonymous(), "wrong", "nobody")
        assert code(await log_in(app.anonymous(), "wrong", "nobody")) == (429, "session.locked")


async def test_a_lock_survives_a_restart_and_a_reset_lifts_it(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        account = await add(app, "lisi")
        for _ in range(5):
            await log_in(app.anonymous(), "wrong", "lisi")
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        assert (await log_in(app.anonymous(), GOOD, "lisi")).status_code == 429
        reset = await (await app.admin()).post(f"/api/accounts/{account['id']}/reset-password")
        answer = await log_in(app.anonymous(), reset.json()["password"], "lisi")
        assert answer.json()["account"]["must_change_password"] is True


async def test_parallel_guesses_gain_nothing(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        await add(app, "lisi")
        client = app.anonymous()
        guesses = await asyncio.gather(*(log_in(client, f"wrong {n}", "lisi") for n in range(30)))
        seen = [code(answer) for answer in guesses]
        assert seen.count((401, "session.bad_credentials")) <= 5
        assert set(seen) <= {
            (401, "session.bad_credentials"),
            (429, "session.locked"),
            (429, "rate.limited"),
        }
        assert seen.count((429, "rate.limited")) >= 20


@pytest.mark.parametrize(
    ("meanwhile", "expected"),
    [
        ("lock", (429, "session.locked")),
        ("disable", (401, "session.bad_credentials")),
        ("change", (401, "session.bad_credentials")),
    ],
)
async def test_a_right_password_opens_nothing_if_the_account_changed_while_it_was_checked(
    tmp_path: Path, meanwhile: str, expected: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        account = await add(app, "lisi")
        database, now = app.node.databases["identity"], app.node.clock.now()
        changes: dict[str, Callable[[Connection], None]] = {
            "lock": lambda c: store.keep_failures(c, "lisi", Failures(5, now, now + timedelta(minutes=15))),
            "disable": lambda c: store.update_account(c, str(account["id"]), {"disabled": True}),
            "change": lambda c: store.update_account(c, str(account["id"]), {"password_hash": "other"}),
        }
        verify = Passwords.verify

        async def slow(self: Passwords, password: str, known_hash: str | None) -> tuple[bool, str | None]:
            checked = await verify(self, password, known_hash)
            await database.write(changes[meanwhile])
            return checked

        monkeypatch.setattr(Passwords, "verify", slow)
        assert code(await log_in(app.anonymous(), GOOD, "lisi")) == expected


async def test_an_address_may_fail_ten_times_a_minute_but_succeed_as_often_as_it_likes(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        client = app.anonymous()
        for _ in range(12):
            assert (await log_in(client, ADMIN_PASSWORD)).status_code == 200
        for n in range(10):
            assert code(await log_in(client, "wrong", f"nobody{n}")) == (401, "session.bad_credentials")
        limited = await log_in(client, ADMIN_PASSWORD)
        assert code(limited) == (429, "rate.limited")
        assert 1 <= int(limited.headers["retry-after"]) <= 60


async def test_a_new_login_in_the_same_browser_replaces_the_token(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        browser = app.anonymous()
        first = (await log_in(browser, ADMIN_PASSWORD)).json()["token"]
        second = (await log_in(browser, ADMIN_PASSWORD)).json()["token"]
        assert first != second
        old = app.anonymous()
        old.headers["Authorization"] = f"Bearer {first}"
        assert code(await old.get("/api/session")) == (401, "session.expired")
        assert (await browser.get("/api/session")).status_code == 200


async def test_changing_the_password_ends_all_other_sessions_and_renews_the_cookie(
    tmp_path: Path, store_url: str | None
) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        browser, elsewhere = app.anonymous(), await app.login("admin", ADMIN_PASSWORD)
        token = (await log_in(browser, ADMIN_PASSWORD)).json()["token"]
        assert (await elsewhere.get("/api/session")).status_code == 200
        changed = await browser.post("/api/session/password", json={"current": ADMIN_PASSWORD, "new": GOOD})
        assert changed.status_code == 204
        assert token not in changed.headers["set-cookie"]
        assert (await browser.get("/api/session")).status_code == 200
        assert code(await elsewhere.get("/api/session")) == (401, "session.expired")
        stolen = app.anonymous()
        stolen.headers["Authorization"] = f"Bearer {token}"
        assert (await stolen.get("/api/session")).status_code == 401
        assert (await log_in(app.anonymous(), ADMIN_PASSWORD)).status_code == 401


async def test_a_weak_same_or_wrong_password_is_pointed_at(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        client = await app.admin()

        async def change(current: str, new: str) -> tuple[str, set[tuple[str, str]]]:
            answer = await client.post("/api/session/password", json={"current": current, "new": new})
            assert answer.status_code == 422
            return answer.json()["code"], {(e["pointer"], e["code"]) for e in answer.json()["errors"]}

        assert await change(ADMIN_PASSWORD, "short") == (
            "password.too_weak",
            {("/new", "password.too_short"), ("/new", "password.guessable")},
        )
        assert await change(ADMIN_PASSWORD, ADMIN_PASSWORD) == (
            "password.too_weak",
            {("/new", "password.unchanged")},
        )
        assert await change("wrong", GOOD) == ("request.invalid", {("/current", "password.current_wrong")})
        for _ in range(4):
            await change("wrong", GOOD)
        locked = await client.post("/api/session/password", json={"current": ADMIN_PASSWORD, "new": GOOD})
        assert code(locked) == (429, "session.locked")


async def test_spaces_around_a_password_belong_to_it(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        client = await app.admin()
        await client.post("/api/session/password", json={"current": ADMIN_PASSWORD, "new": f" {GOOD} "})
        assert (await log_in(app.anonymous(), GOOD)).status_code == 401
        assert (await log_in(app.anonymous(), f" {GOOD} ")).status_code == 200


async def test_only_the_hash_of_a_token_is_stored(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        token = (await app.admin()).headers["Authorization"].removeprefix("Bearer ")
    kept = await asyncio.to_thread(bytes_below, tmp_path)
    assert token.encode() not in kept
    assert ADMIN_PASSWORD.encode() not in kept
    assert b"argon2id" in kept


async def test_attempts_are_counted_by_outcome(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        await app.admin()
        await log_in(app.anonymous(), "wrong")
        metrics: CollectorRegistry = app.node.metrics
        assert metrics.get_sample_value("yzt_identity_logins_total", {"outcome": "ok"}) == 1
        assert metrics.get_sample_value("yzt_identity_logins_total", {"outcome": "bad_credentials"}) == 1
