"""An account of the centre at a site that is cut off: it opens, changes, ends, and nobody else can read its hash."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import select, update

from services.identity.handlers.sealing import CannotOpen, new_key_pair, seal, unseal
from services.identity.tables import ACCOUNT
from shared.contracts.envelope import encode
from tests.harness.two_sites import Sites, sites

PASSWORD, NEW = "Wuliu-Anquan-2026-Daxing", "Xinmima-Fangxun-2027-Yongding"
ONLY = ("identity",)


@pytest.fixture
async def three(tmp_path: Path, store_url: str | None) -> AsyncIterator[Sites]:
    urls = {"hub": store_url} if store_url else None
    async with sites(tmp_path, "hub", "yufa", "lixian", services=ONLY, database_urls=urls) as running:
        yield running


async def an_officer(three: Sites, username: str = "lisi", *roles: str) -> tuple[str, httpx.AsyncClient]:
    """An account at the centre whose password is set."""
    admin = await three["hub"].admin()
    first = "Diyici-Denglu-2026-Jiugong"
    body = {"username": username, "name": "李四", "roles": list(roles or ("duty_officer",)), "password": first}
    made = (await admin.post("/api/accounts", json=body)).json()
    client = await three["hub"].login(username, first)
    changed = await client.post("/api/session/password", json={"current": first, "new": PASSWORD})
    assert changed.status_code == 204, changed.text
    return made["id"], client


async def granted(three: Sites, *where: str, username: str = "lisi") -> tuple[str, httpx.AsyncClient]:
    await three.carry()  # the sites' keys
    account_id, client = await an_officer(three, username)
    answer = await (await three["hub"].admin()).post(f"/api/accounts/{account_id}/grants", json={"sites": list(where)})
    assert answer.status_code == 200, answer.text
    await three.carry()
    return account_id, client


async def opens(three: Sites, site: str, username: str = "lisi", password: str = PASSWORD) -> bool:
    body = {"username": username, "password": password}
    return (await three[site].anonymous().post("/api/session", json=body)).status_code == 200


async def test_a_granted_account_opens_where_it_was_granted_and_nowhere_else(three: Sites) -> None:
    await granted(three, "yufa")
    three.sever("hub", "yufa")
    assert [await opens(three, site) for site in ("yufa", "lixian")] == [True, False]


async def test_no_fact_carries_a_hash_that_another_site_could_read(three: Sites) -> None:
    account_id, _ = await granted(three, "yufa")
    query = select(ACCOUNT.c.password_hash).where(ACCOUNT.c.id == account_id)
    hashed = await three["hub"].node.databases["identity"].read(lambda c: c.execute(query).scalar_one())
    facts = [fact for site in three.nodes for fact in await three.facts(site)]
    assert any(fact.aggregate == "grant" for fact in facts)
    for fact in facts:
        assert b"argon2" not in encode(fact)
        assert hashed.encode() not in encode(fact)


async def test_a_new_password_at_home_reaches_the_other_site_and_ends_its_sessions(three: Sites) -> None:
    _, client = await granted(three, "yufa")
    there = await three["yufa"].login("lisi", PASSWORD)
    await client.post("/api/session/password", json={"current": PASSWORD, "new": NEW})
    assert (await there.get("/api/session")).status_code == 200, "a cut site goes on with what it has"
    await three.carry()
    assert (await there.get("/api/session")).status_code == 401
    assert [await opens(three, "yufa"), await opens(three, "yufa", password=NEW)] == [False, True]


@pytest.mark.parametrize("how", ["disable", "revoke", "reset"])
async def test_what_ends_at_home_ends_there_with_its_sessions(three: Sites, how: str) -> None:
    account_id, _ = await granted(three, "yufa")
    there, admin = await three["yufa"].login("lisi", PASSWORD), await three["hub"].admin()
    match how:
        case "disable":
            await admin.patch(f"/api/accounts/{account_id}", json={"disabled": True})
        case "revoke":
            await admin.post(f"/api/accounts/{account_id}/grants", json={"sites": []})
        case _:
            await admin.post(f"/api/accounts/{account_id}/reset-password")
    await three.carry()
    assert (await there.get("/api/session")).status_code == 401
    assert not await opens(three, "yufa")


async def test_old_grants_that_come_late_or_again_give_nothing_back(three: Sites) -> None:
    account_id, _ = await granted(three, "yufa")
    await (await three["hub"].admin()).post(f"/api/accounts/{account_id}/grants", json={"sites": []})
    await three.carry()
    for fact in await three.facts("hub"):
        await three.bring("yufa", fact)
    assert not await opens(three, "yufa")


async def test_the_centre_keeps_the_account_and_the_other_site_cannot_change_it(three: Sites) -> None:
    account_id, _ = await granted(three, "yufa")
    there, admin = await three["yufa"].login("lisi", PASSWORD), await three["yufa"].admin()
    answers = [
        await admin.patch(f"/api/accounts/{account_id}", json={"roles": ["admin"]}),
        await admin.post(f"/api/accounts/{account_id}/reset-password"),
        await there.post("/api/session/password", json={"current": PASSWORD, "new": NEW}),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(409, "account.elsewhere")] * 3
    assert "区指挥中心" in answers[0].json()["detail"]


async def test_a_name_that_is_taken_there_is_followed_by_its_home(three: Sites) -> None:
    await three.carry()
    admin = await three["yufa"].admin()
    body = {"username": "lisi", "name": "本镇李四", "roles": ["duty_officer"], "password": "Zhenli-Zhiban-2026-Yufa"}
    await admin.post("/api/accounts", json=body)
    await granted(three, "yufa")
    assert await opens(three, "yufa", "lisi@hub")
    assert await opens(three, "yufa", "lisi", "Zhenli-Zhiban-2026-Yufa")


async def test_only_the_centre_grants_and_only_sound_accounts_to_known_sites(three: Sites) -> None:
    admin = await three["hub"].admin()
    body = {"username": "wangwu", "name": "王五", "roles": ["duty_officer"]}
    fresh = (await admin.post("/api/accounts", json=body)).json()["id"]
    own = (await admin.get("/api/session")).json()["account"]["id"]
    edge = await three["yufa"].admin()
    edge_own = (await edge.get("/api/session")).json()["account"]["id"]

    async def code(client: httpx.AsyncClient, account_id: str, *where: str) -> str:
        answer = await client.post(f"/api/accounts/{account_id}/grants", json={"sites": list(where)})
        return str(answer.json().get("code"))

    assert await code(admin, own, "yufa") == "grant.site_unknown"
    await three.carry()
    assert await code(admin, fresh, "yufa") == "grant.password_not_set"
    assert await code(admin, own, "hub") == "grant.to_self"
    assert await code(edge, edge_own, "hub") == "grant.only_centre"


async def test_a_grant_that_another_site_than_the_centre_tells_is_ignored(three: Sites) -> None:
    await granted(three, "yufa")
    [fact] = [one for one in await three.facts("hub") if one.fact == "given"]
    forged: dict[str, Any] = orjson.loads(encode(fact))
    forged["type"] = forged["type"].replace("evt.hub.", "evt.yufa.")
    forged["data"] |= {"to_site": "lixian", "roles": ["admin"], "home_site": "yufa"}
    await three.bring("lixian", type(fact).model_validate(forged))
    assert not await opens(three, "lixian")


def test_what_is_sealed_opens_only_with_its_key_in_its_place() -> None:
    (private, public), (other, _) = new_key_pair(), new_key_pair()
    sealed = seal("geheim", public, "a|hub|yufa|1")
    assert unseal(sealed, private, "a|hub|yufa|1") == "geheim"
    altered = sealed.model_copy(update={"text": sealed.text[:-4] + "AAA="})
    for box, key, place in (
        (sealed, other, "a|hub|yufa|1"),
        (sealed, private, "b|hub|yufa|1"),
        (altered, private, "a|hub|yufa|1"),
    ):
        with pytest.raises(CannotOpen):
            unseal(box, key, place)


async def listed(three: Sites) -> list[tuple[str, str, str]]:
    answer = await (await three["hub"].admin()).get("/api/grants")
    assert answer.status_code == 200, answer.text
    return [(one["username"], one["site"], one["state"]) for one in answer.json()["items"]]


async def test_the_list_says_of_each_grant_what_the_other_site_has_confirmed(three: Sites) -> None:
    await three.carry()
    account_id, client = await an_officer(three)
    admin, path = await three["hub"].admin(), f"/api/accounts/{account_id}/grants/yufa"
    three.sever("hub", "yufa")
    assert (await admin.put(path)).status_code == 200
    assert await listed(three) == [("lisi", "yufa", "giving")]
    three.mend("hub", "yufa")
    await three.carry()
    assert await listed(three) == [("lisi", "yufa", "open")]
    three.sever("hub", "yufa")
    await client.post("/api/session/password", json={"current": PASSWORD, "new": NEW})
    assert await listed(three) == [("lisi", "yufa", "changing")]
    assert (await admin.delete(path)).status_code == 200
    assert await listed(three) == [("lisi", "yufa", "revoking")], "it still opens there, and the list says so"
    assert await opens(three, "yufa")
    three.mend("hub", "yufa")
    await three.carry()
    assert (await listed(three), await opens(three, "yufa")) == ([("lisi", "yufa", "revoked")], False)
    actions = [entry["action"] for entry in (await admin.get("/api/audit")).json()["items"]]
    assert {"grant_given", "grant_revoked"} <= set(actions)


async def test_one_grant_is_given_or_ended_without_touching_the_others(three: Sites) -> None:
    account_id, _ = await granted(three, "yufa", "lixian")
    admin = await three["hub"].admin()
    await admin.delete(f"/api/accounts/{account_id}/grants/yufa")
    await three.carry()
    assert await listed(three) == [("lisi", "lixian", "open"), ("lisi", "yufa", "revoked")]
    assert [await opens(three, site) for site in ("yufa", "lixian")] == [False, True]
    refused = await admin.put(f"/api/accounts/{account_id}/grants/weishan")
    assert (refused.status_code, refused.json()["code"]) == (422, "grant.site_unknown")
    first = (await admin.get("/api/grants", params={"limit": 1})).json()
    rest = (await admin.get("/api/grants", params={"limit": 1, "after": first["next"]})).json()
    assert [one["site"] for one in first["items"] + rest["items"]] == ["lixian", "yufa"]
    assert [one["site"] for one in first["sites"]] == ["lixian", "yufa"]


async def test_a_disabled_account_is_locked_there_and_only_that_site_can_say_so(three: Sites) -> None:
    account_id, _ = await granted(three, "yufa")
    admin = await three["hub"].admin()
    await admin.patch(f"/api/accounts/{account_id}", json={"disabled": True})
    await three.carry()
    assert await listed(three) == [("lisi", "yufa", "locked")]
    receipts = [one for one in await three.facts("yufa") if one.aggregate == "grant_receipt"]
    forged: dict[str, Any] = orjson.loads(encode(receipts[-1]))
    forged["type"] = forged["type"].replace("evt.yufa.", "evt.lixian.")
    forged["data"] |= {"is_usable": True, "grant_version": 99}
    await three.bring("hub", type(receipts[-1]).model_validate(forged))
    for fact in receipts:
        await three.bring("hub", fact)
    assert await listed(three) == [("lisi", "yufa", "locked")]


async def test_a_site_confirms_at_its_start_what_arrived_before_it_could(tmp_path: Path) -> None:
    async with sites(tmp_path, "hub", "yufa", services=ONLY) as running:
        await granted(running, "yufa")
        forget = update(ACCOUNT).values(receipted=None)
        await running["yufa"].node.databases["identity"].write(lambda c: c.execute(forget))
        before = len([one for one in await running.facts("yufa") if one.aggregate == "grant_receipt"])
    async with sites(tmp_path, "hub", "yufa", services=ONLY) as running:
        told = [one for one in await running.facts("yufa") if one.aggregate == "grant_receipt"]
        assert (before, len(told)) == (1, 2)
        await running.carry()
        assert await listed(running) == [("lisi", "yufa", "open")]
