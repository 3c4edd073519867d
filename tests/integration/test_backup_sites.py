"""A restored hub or edge is the same site for the others: nobody else is touched, and what it says next counts."""

import asyncio
import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import notification
from services.commands.answered import carry_answers, still_open
from services.commands.beyond import VERSIONS_BEYOND, raise_versions
from services.commands.site_files import belongs
from services.sites.registry import add_site, merge_members, read_register
from shared.contracts.envelope import Envelope, encode
from shared.kernel.clock import SystemClock
from shared.kernel.ids import new_id
from shared.storage.database import Database
from tests.harness.command import yizhangtu
from tests.harness.ports import Ports
from tests.harness.site import Site

_PATIENCE = 90.0


async def must(*arguments: str | Path) -> str:
    done = await asyncio.to_thread(yizhangtu, *arguments)
    assert done.code == 0, done.said
    return done.said


async def take(client: httpx.AsyncClient, title: str) -> dict[str, Any]:
    answer = await client.post("/api/incidents", json={"title": title, "location": {"lon": 116.3, "lat": 39.5}})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def drawn(client: httpx.AsyncClient, incident: dict[str, Any], title: str | None = None) -> None:
    """Until the picture has the incident, under its present title."""
    wanted = title or incident["title"]
    async with asyncio.timeout(_PATIENCE):
        while True:
            features = (await client.get("/api/picture")).json()["features"]
            found = [each for each in features if each["id"] == f"incident:{incident['id']}"]
            if found and found[0]["properties"]["title"] == wanted:
                return
            await asyncio.sleep(0.2)


@pytest.mark.nats
@pytest.mark.timeout(900)
async def test_edges_follow_a_restored_hub_and_a_restored_edge_its_hub(tmp_path: Path, ports: Ports) -> None:
    leaf = ("--leaf-port", str(ports.take()), "--leaf-host", "127.0.0.1")
    hub, join = Site(tmp_path / "hub", ports, *leaf), tmp_path / "yufa.join"
    await must("site", "add", "yufa", "-o", join, "--address", f"127.0.0.1:{leaf[1]}", "--data", hub.data)
    yufa = Site(tmp_path / "yufa", ports, "--site", "yufa", "--join", str(join))
    async with contextlib.AsyncExitStack() as stack:
        await hub.start()
        stack.push_async_callback(hub.stop)
        await stack.enter_async_context(yufa)
        ours, theirs = await hub.client(), await yufa.client()
        first = await take(ours, "备份之前")
        await drawn(theirs, first)
        await must("backup", tmp_path / "backup", "--data", hub.data)
        for title in ("改一", "改二", "改三"):  # lost with the disk, but the edge has heard it
            await ours.patch(f"/api/incidents/{first['id']}", json={"title": title})
        lost = await take(ours, "备份之后")
        await drawn(theirs, first, "改三")
        await drawn(theirs, lost)
        await hub.stop()

        again = Site(tmp_path / "hub2", ports, *leaf)
        said = await must("restore", tmp_path / "backup", "--data", again.data)
        assert "对照补录" in said
        assert "接着编" in said
        await stack.enter_async_context(again)
        ours = await again.client()
        edges = await take(theirs, "榆垡在中心恢复以后")
        await drawn(ours, edges)  # it was let in as before
        changed = await ours.patch(f"/api/incidents/{first['id']}", json={"title": "恢复之后"})
        assert changed.is_success, changed.text
        await drawn(theirs, first, "恢复之后")
        new = await take(ours, "恢复之后的新事件")
        await drawn(theirs, new)
        assert new["number"] not in {first["number"], lost["number"]}

        await must("backup", tmp_path / "edge-backup", "--data", yufa.data)
        await yufa.stop()
        reborn = Site(tmp_path / "yufa2", ports)
        await must("restore", tmp_path / "edge-backup", "--data", reborn.data)
        await stack.enter_async_context(reborn)
        theirs = await reborn.client()
        later = await take(theirs, "下级恢复以后")
        await drawn(ours, later)
        await drawn(theirs, new)
        assert later["number"].startswith("DX-YUFA-")


async def _notification_store(file: Path) -> None:
    """An empty store of call-outs, made by its own migrations."""
    migrations = Path(notification.__file__).parent / "migrations"
    await (await Database.open(f"sqlite:///{file}", service="notification", migrations=migrations)).close()


def _call_out(store: sqlite3.Connection, ident: str, state: str, tries: int) -> None:
    given = {
        "id": ident, "dedupe_key": ident, "correlation_id": ident, "kind": "manual", "title": "请到岗", "state": state,
        "created_at": "2026-07-01T08:30:00.000Z", "steps": "[]", "home_site": "hub", "exercise": 0, "step": 0,
        "phone_answer": 0, "version": 1 + tries,
    }  # fmt: skip
    _insert(store, "notification", given)
    target = {"id": f"{ident}-t", "notification_id": ident, "step": 0, "channel": "in_app", "state": state, "tries": 1}
    _insert(store, "target", target)
    for number in range(tries):
        made = {"id": f"{ident}-{number}", "delivery_id": f"{ident}-t", "at": "2026-07-01T08:30:00.000Z"}
        _insert(store, "attempt", {**made, "channel": "in_app", "outcome": "accepted"})


def _insert(store: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    store.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


def _fact(store: sqlite3.Connection, ident: str, fact: str) -> None:
    kind = f"evt.hub.notify.notification.{fact}.v1"
    envelope = Envelope(
        id=new_id(), source="/sites/hub/notification", type=kind, subject=ident, time=SystemClock().now(), data={},
        aggregateversion=2, correlationid=ident,
    )  # fmt: skip
    row = {
        "event_id": envelope.id,
        "subject": kind,
        "body": encode(envelope),
        "recorded_at": "2026-07-01T08:31:00.000Z",
    }
    _insert(store, "outbox", row)


async def test_an_answered_call_out_does_not_ring_again_after_an_older_backup(tmp_path: Path) -> None:
    backup, former = tmp_path / "backup.db", tmp_path / "former.db"
    for file in (backup, former):
        await _notification_store(file)
    with closing(sqlite3.connect(former)) as later, later:
        for ident, state in (("answered", "acknowledged"), ("ringing", "calling"), ("newer", "calling")):
            _call_out(later, ident, state, tries=2)
        for ident, fact in (("answered", "created"), ("ringing", "created"), ("newer", "created")):
            _fact(later, ident, fact)
        _fact(later, "answered", "acknowledged")
    with closing(sqlite3.connect(backup)) as restored, restored:
        for ident in ("answered", "ringing"):
            _call_out(restored, ident, "calling", tries=1)
            _fact(restored, ident, "created")
        assert carry_answers(restored, former) == 1
        raise_versions(restored, "notification", "hub")
        states = dict(restored.execute("SELECT id, state FROM notification").fetchall())
        assert states == {"answered": "acknowledged", "ringing": "calling"}
        assert still_open(restored) == 1
        versions = dict(restored.execute("SELECT id, version FROM notification").fetchall())
        assert versions == {"answered": 3 + VERSIONS_BEYOND, "ringing": 2 + VERSIONS_BEYOND}
        last = restored.execute("SELECT subject FROM outbox ORDER BY position DESC LIMIT 1").fetchone()[0]
        assert last.endswith("notification.acknowledged.v1"), "everybody hears it"
        tries = restored.execute("SELECT count(*) FROM attempt WHERE delivery_id = 'answered-t'").fetchone()
        assert tries == (2,), "what was tried stays written"


async def test_a_replaced_store_that_is_torn_tells_nothing_and_hinders_nothing(tmp_path: Path) -> None:
    backup, former = tmp_path / "backup.db", tmp_path / "former.db"
    await _notification_store(backup)
    former.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with closing(sqlite3.connect(backup)) as restored, restored:
        _call_out(restored, "ringing", "calling", tries=1)
        assert carry_answers(restored, former) == 0
        assert carry_answers(restored, tmp_path / "nothing.db") == 0
        assert still_open(restored) == 1


def test_a_site_that_joined_after_the_backup_stays_a_member(tmp_path: Path) -> None:
    now = SystemClock().now()
    present, backup = tmp_path / "sites.json", tmp_path / "backup.json"
    add_site(backup, "yufa", "旧名", (), hub="hub", now=now)
    add_site(present, "yufa", "榆垡镇", (), hub="hub", now=now)
    add_site(present, "weishan", "魏善庄镇", (), hub="hub", now=now)
    add_site(backup, "qingyun", "青云店镇", (), hub="hub", now=now)
    merge_members(present, backup)
    known = {site.name: site.display_name for site in read_register(present).sites}
    assert known == {"yufa": "榆垡镇", "weishan": "魏善庄镇", "qingyun": "青云店镇"}


@pytest.mark.parametrize(
    "name",
    ["", "home", "home/../../etc/passwd", "/etc/passwd", "home/nats/nats.conf", "data/tls/../../x", "data/db/x.db",
     "home/ferry/trusted/../signing.key", "data/tls/a/b"],
)  # fmt: skip
def test_a_backup_brings_no_file_to_another_place(name: str) -> None:
    assert not belongs(name)


def test_what_makes_a_site_belongs() -> None:
    for name in ("home/sites.json", "home/join.json", "home/ferry/signing.key", "home/ferry/trusted/a.json"):
        assert belongs(name)
    assert belongs("data/tls/ca.key")
