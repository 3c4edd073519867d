"""Accounts and the audit log: over HTTP, on both stores."""

from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.identity import store
from services.identity.handlers.audit import verify_audit
from services.identity.tables import Base
from shared.contracts.events.identity import AccountFact
from shared.storage.system import SYSTEM
from tests.harness.hosting import Hosted, hosted

ONLY = ("identity",)
GOOD = "correct horse battery"


def draft(username: str = "lisi", **more: Any) -> dict[str, Any]:
    return {"username": username, "name": "李四", "roles": ["duty_officer"], "password": GOOD, **more}


def problem(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    body = answer.json()
    return answer.status_code, body["code"], [(error["pointer"], error["code"]) for error in body["errors"]]


async def test_an_account_is_created_listed_changed_and_told_to_the_others(
    tmp_path: Path, store_url: str | None
) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin = await app.admin()
        made = (await admin.post("/api/accounts", json=draft("ＬiSi", roles=["dispatcher", "dispatcher"]))).json()
        assert (made["username"], made["roles"], made["version"]) == ("lisi", ["dispatcher"], 1)
        assert "password" not in made
        changed = await admin.patch(
            f"/api/accounts/{made['id']}", json={"name": "李思", "roles": ["ops"], "version": 1}
        )
        assert (changed.json()["name"], changed.json()["roles"], changed.json()["version"]) == ("李思", ["ops"], 2)
        listed = (await admin.get("/api/accounts")).json()["items"]
        assert [account["username"] for account in listed] == ["admin", "lisi"]
        facts = await app.facts("identity")
        assert [(fact.kind, fact.aggregateversion) for fact in facts] == [
            ("identity.account.created.v1", 1),
            ("identity.account.created.v1", 1),
            ("identity.account.changed.v1", 2),
        ]
        told = AccountFact.model_validate(facts[-1].data)
        assert (told.changed, told.actor_name) == (["name", "roles"], "系统管理员")
        assert "argon2" not in str([fact.data for fact in facts])


async def test_changed_roles_count_at_the_next_request(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin = await app.admin()
        made = (await admin.post("/api/accounts", json=draft(roles=["auditor"]))).json()
        client = await app.login("lisi", GOOD)
        assert (await client.get("/api/audit")).status_code == 200
        await admin.patch(f"/api/accounts/{made['id']}", json={"roles": ["dispatcher"]})
        assert (await client.get("/api/audit")).status_code == 403
        await admin.patch(f"/api/accounts/{made['id']}", json={"disabled": True})
        assert (await client.get("/api/session")).status_code == 401
        await admin.patch(f"/api/accounts/{made['id']}", json={"disabled": False})
        assert (await client.get("/api/session")).status_code == 401
        assert (await (await app.login("lisi", GOOD)).get("/api/session")).status_code == 200


async def test_without_a_password_a_one_time_one_is_shown_once(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin, body = await app.admin(), draft()
        del body["password"]
        first = await admin.post("/api/accounts", json=body, headers={"Idempotency-Key": "k1"})
        assert first.status_code == 201
        password = first.json()["password"]
        again = await admin.post("/api/accounts", json=body, headers={"Idempotency-Key": "k1"})
        assert again.status_code == 200
        assert "password" not in again.json()
        assert again.json()["id"] == first.json()["id"]
        client = await app.login("lisi", password)
        assert (await client.get("/api/session")).json()["account"]["must_change_password"] is True

        def remembered(connection: Connection) -> str:
            return str(connection.execute(text("SELECT fingerprint, body FROM idempotency")).all())

        assert password not in await app.node.databases["identity"].read(remembered)


async def test_not_even_a_hash_of_a_password_stays_beside_an_idempotency_key(
    tmp_path: Path, store_url: str | None
) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin, key = await app.admin(), {"Idempotency-Key": "k2"}
        first = await admin.post("/api/accounts", json=draft(), headers=key)
        other = await admin.post("/api/accounts", json=draft(password=f"{GOOD} 2"), headers=key)
        assert (first.status_code, other.status_code) == (201, 200), "the password has no part in what is compared"
        changed = await admin.post("/api/accounts", json=draft(name="王五"), headers=key)
        assert problem(changed)[:2] == (422, "request.idempotency_mismatch")


async def test_a_reset_ends_every_session_and_forces_a_new_password(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin = await app.admin()
        made = (await admin.post("/api/accounts", json=draft())).json()
        client = await app.login("lisi", GOOD)
        reset = await admin.post(f"/api/accounts/{made['id']}/reset-password")
        assert (await client.get("/api/session")).status_code == 401
        renewed = await app.login("lisi", reset.json()["password"])
        assert (await renewed.get("/api/session")).json()["account"]["must_change_password"] is True


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"username": "a b"}, "/username", "account.username_invalid"),
        ({"roles": []}, "/roles", "field.required"),
        ({"roles": ["emperor"]}, "/roles/0", "field.type"),
        ({"roles": ["territory_officer"]}, "/territory", "account.territory_required"),
        ({"roles": ["territory_officer"], "territory": "42"}, "/territory", "account.territory_unknown"),
        ({"roles": ["team_leader"]}, "/unit_id", "account.unit_required"),
        ({"rolez": []}, "/rolez", "field.unknown"),
        ({"name": "张\x00三"}, "", "field.control_character"),
        ({"password": "12345678901"}, "/password", "password.guessable"),
    ],
)
async def test_a_faulty_account_is_refused_at_its_field(
    tmp_path: Path, change: dict[str, Any], pointer: str, code: str
) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        status, _, faults = problem(await (await app.admin()).post("/api/accounts", json=draft(**change)))
        assert status == 422
        assert code in {found for at, found in faults if at.startswith(pointer)}


async def test_a_username_is_given_once(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin = await app.admin()
        await admin.post("/api/accounts", json=draft())
        assert problem(await admin.post("/api/accounts", json=draft("LISI")))[:2] == (409, "account.username_taken")


async def test_another_persons_change_is_not_overwritten(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin = await app.admin()
        made = (await admin.post("/api/accounts", json=draft())).json()
        await admin.patch(f"/api/accounts/{made['id']}", json={"name": "甲", "version": 1})
        late = await admin.patch(f"/api/accounts/{made['id']}", json={"name": "乙", "version": 1})
        assert problem(late)[:2] == (409, "account.changed")
        assert late.json()["current"]["name"] == "甲"


async def test_the_last_administrator_stays(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin = await app.admin()
        me = (await admin.get("/api/session")).json()["account"]["id"]
        for change in ({"disabled": True}, {"roles": ["ops"]}):
            refused = await admin.patch(f"/api/accounts/{me}", json=change)
            assert problem(refused)[:2] == (409, "account.last_admin")
        await admin.post("/api/accounts", json=draft(roles=["admin"]))
        assert (await admin.patch(f"/api/accounts/{me}", json={"disabled": True})).status_code == 200


async def test_an_unknown_account_is_not_found(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        admin = await app.admin()
        assert problem(await admin.patch("/api/accounts/none", json={"name": "x"}))[:2] == (404, "account.not_found")
        assert (await admin.post("/api/accounts/none/reset-password")).status_code == 404


async def test_accounts_are_listed_in_pages(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin = await app.admin()
        for name in ("b1", "b2", "b3"):
            assert (await admin.post("/api/accounts", json=draft(name))).status_code == 201
        names, after = [], None
        while True:
            page = (await admin.get("/api/accounts", params={"limit": 2, **({"after": after} if after else {})})).json()
            names += [account["username"] for account in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert names == ["admin", "b1", "b2", "b3"]


async def audit(client: httpx.AsyncClient) -> list[tuple[str, str | None, str, str | None]]:
    items, after = [], None
    while True:
        page = (await client.get("/api/audit", params={"limit": 3, **({"after": after} if after else {})})).json()
        items += page["items"]
        after = page["next"]
        if after is None:
            break
    return [(i["action"], i["target"], i["outcome"], i["actor_name"]) for i in reversed(items)]


async def test_the_audit_log_tells_who_did_what_and_what_failed(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        admin = await app.admin()
        made = (await admin.post("/api/accounts", json=draft())).json()
        for username in ["lisi"] * 6 + ["my-secret-password"]:
            await app.anonymous().post("/api/session", json={"username": username, "password": "wrong"})
        await admin.post(f"/api/accounts/{made['id']}/reset-password")
        await admin.patch(f"/api/accounts/{made['id']}", json={"disabled": True})
        await admin.patch(f"/api/accounts/{made['id']}", json={"disabled": False})
        chief = "系统管理员"
        assert await audit(admin) == [
            ("account_created", "admin", "success", None),
            ("session_opened", "admin", "success", chief),
            ("account_created", "lisi", "success", chief),
            *[("session_refused", "lisi", "failure", None)] * 4,
            ("session_locked", "lisi", "failure", None),
            ("session_refused", "lisi", "failure", None),
            ("session_refused", None, "failure", None),
            ("password_reset", "lisi", "success", chief),
            ("account_disabled", "lisi", "success", chief),
            ("account_enabled", "lisi", "success", chief),
        ]


async def head(app: Hosted) -> tuple[int, str]:
    found = await app.node.databases["identity"].read(store.last_audit)
    assert found is not None
    return found


async def test_the_store_itself_refuses_to_change_the_audit_log(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:
        await app.admin()
        database = app.node.databases["identity"]
        for change in ("UPDATE audit SET actor_name = 'x'", "DELETE FROM audit"):
            with pytest.raises(DBAPIError, match="append-only"):
                await database.write(partial(Connection.execute, statement=text(change)))
        assert await verify_audit(database) is None


async def test_a_hand_that_gets_past_the_store_is_noticed(tmp_path: Path) -> None:
    async with hosted(tmp_path, services=ONLY) as app:
        await app.admin()
        database, noted = app.node.databases["identity"], await head(app)

        def tamper(connection: Connection, change: str) -> None:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
            connection.execute(text(change))

        await database.write(lambda c: tamper(c, f"DELETE FROM audit WHERE seq = {noted[0]}"))
        assert await verify_audit(database) is None, "without a noted head a cut-off end looks whole"
        fault = await verify_audit(database, noted)
        assert fault is not None
        assert fault.reason == "truncated"
        await database.write(lambda c: tamper(c, "UPDATE audit SET success = 0 WHERE seq = 1"))
        fault = await verify_audit(database)
        assert fault is not None
        assert (fault.seq, fault.reason) == (1, "altered")


async def test_the_tables_are_what_the_migrations_make(tmp_path: Path, store_url: str | None) -> None:
    async with hosted(tmp_path, services=ONLY, database_url=store_url) as app:

        def differences(connection: Connection) -> list[object]:
            context = MigrationContext.configure(connection)
            return list(compare_metadata(context, [Base.metadata, SYSTEM]))  # type: ignore[arg-type]

        found = await app.node.databases["identity"].read(differences)
        assert [change for change in found if "alembic_version" not in str(change)] == []
