"""A backup taken from a running site is one moment of it, and becomes the same site somewhere else."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from services.commands.archive import read_archive, write_archive
from services.commands.beyond import VERSIONS_BEYOND
from services.operational_picture.domain.digest import picture_hash
from shared.kernel.clock import SystemClock
from shared.kernel.errors import Malformed
from tests.harness.command import Done, yizhangtu
from tests.harness.ports import Ports
from tests.harness.site import Site, all_items

_PATIENCE_SECONDS = 60.0


async def _run(*arguments: str | Path) -> Done:
    return await asyncio.to_thread(yizhangtu, *arguments)


async def _write_for_ever(client: httpx.AsyncClient, accepted: list[str]) -> None:
    number = 0
    while True:
        number += 1
        answer = await client.post("/api/incidents", json={"title": f"第 {number} 起"})
        assert answer.status_code == 201, answer.text
        accepted.append(answer.json()["id"])


async def _incidents(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in await all_items(client, "/api/incidents")}


async def _hash(client: httpx.AsyncClient) -> str:
    picture = (await client.get("/api/picture")).json()
    return picture_hash(picture["features"], picture["positions"], with_seq=False)


async def _settled(client: httpx.AsyncClient, incidents: int) -> None:
    """Until every incident is on the picture and every call-out about it has come to rest."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            features = (await client.get("/api/picture")).json()["features"]
            calls = [each["properties"]["state"] for each in features if each["id"].startswith("notification:")]
            shown = sum(each["id"].startswith("incident:") for each in features)
            if shown == incidents == len(calls) and set(calls) == {"exhausted"}:
                return
            await asyncio.sleep(0.2)


@pytest.mark.nats
async def test_a_restored_site_shows_the_same_incidents_and_the_same_picture(tmp_path: Path, ports: Ports) -> None:
    target = tmp_path / "backup"
    async with Site(tmp_path / "first", ports) as first:
        client = await first.client()
        for number in range(5):
            await client.post(
                "/api/incidents", json={"title": f"火情 {number}", "location": {"lon": 116.4, "lat": 39.7}}
            )
        await _settled(client, 5)
        told, shown = await _incidents(client), await _hash(client)
        done = await _run("backup", target, "--data", first.data)
        assert done.code == 0, done.said
        await client.post("/api/incidents", json={"title": "备份之后"})
        await client.aclose()

    second = Site(tmp_path / "second", ports)
    done = await _run("restore", target, "--data", second.data)
    assert done.code == 0, done.said
    async with second:
        client = await second.client()
        await _settled(client, 5)
        assert await _incidents(client) == {
            key: {**item, "version": item["version"] + VERSIONS_BEYOND} for key, item in told.items()
        }
        assert await _hash(client) == shown
        taken = await client.post("/api/incidents", json={"title": "恢复之后"})
        assert taken.status_code == 201
        await client.aclose()


@pytest.mark.nats
async def test_a_backup_while_writing_is_one_moment_of_all_stores(tmp_path: Path, ports: Ports) -> None:
    accepted: list[str] = []
    async with Site(tmp_path / "site", ports) as site:
        client = await site.client()
        writing = asyncio.create_task(_write_for_ever(client, accepted))
        while len(accepted) < 30:
            await asyncio.sleep(0.05)
        for number in range(3):
            before = set(accepted)
            done = await _run("backup", tmp_path / f"b{number}", "--data", site.data)
            assert done.code == 0, done.said
            assert len(accepted) > len(before), "writing went on meanwhile"
            known = _column(tmp_path / f"b{number}" / "incident_intake.db", "SELECT id FROM incident")
            assert before <= known
            for store, query in (
                ("resource_dispatch", "SELECT id FROM incident_copy"),
                ("notification", "SELECT incident_id FROM notification WHERE incident_id IS NOT NULL"),
            ):
                assert _column(tmp_path / f"b{number}" / f"{store}.db", query) <= known, store
        writing.cancel()
        await client.aclose()
    last = tmp_path / "b2"
    assert (await _run("restore", last, "--data", tmp_path / "again")).code == 0
    verified = await _run("verify", "--data", tmp_path / "again")
    assert verified.code == 0, verified.said


def _column(file: Path, query: str) -> set[str]:
    with sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True) as connection:
        return {row[0] for row in connection.execute(query)}


def _store(folder: Path, facts: int = 3) -> Path:
    file = folder / "identity.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(file) as connection:
        connection.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE outbox (position INTEGER PRIMARY KEY);"
            "CREATE TABLE outbox_cursor (id INTEGER PRIMARY KEY, position INTEGER);"
        )
        connection.executemany("INSERT INTO outbox VALUES (?)", [(n + 1,) for n in range(facts)])
    return file


def _archive(tmp_path: Path) -> Path:
    target = tmp_path / "archive"
    files = {"identity": _store(tmp_path)}
    write_archive(target, files, site="hub", exercise=False, version="1", now=SystemClock().now())
    return target


def test_an_altered_or_torn_backup_is_refused(tmp_path: Path) -> None:
    archive = _archive(tmp_path)
    assert read_archive(archive).stores["identity"].outbox_last == 3
    file = archive / "identity.db"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(Malformed) as altered:
        read_archive(archive)
    assert altered.value.code == "backup.altered"
    (archive / "manifest.json").write_bytes(b"{")
    with pytest.raises(Malformed) as torn:
        read_archive(archive)
    assert torn.value.code == "backup.unreadable"


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    archive = _archive(tmp_path)
    outside = tmp_path / "secret.db"
    (archive / "identity.db").rename(outside)
    manifest = orjson.loads((archive / "manifest.json").read_bytes())
    manifest["stores"]["identity"]["file"] = "../secret.db"
    (archive / "manifest.json").write_bytes(orjson.dumps(manifest))
    with pytest.raises(Malformed):
        read_archive(archive)


def test_a_backup_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    archive = _archive(tmp_path)
    assert archive.stat().st_mode & 0o077 == 0
    assert not [file for file in archive.iterdir() if file.stat().st_mode & 0o077]


def test_a_backup_never_writes_over_another(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "precious").touch()
    data = tmp_path / "data"
    _store(data / "db")
    done = yizhangtu("backup", tmp_path / "b", "--data", data)
    assert (done.code, "已有内容" in done.said) == (1, True), done.said
    assert [file.name for file in (tmp_path / "b").iterdir()] == ["precious"]


def test_without_data_there_is_nothing_to_back_up_or_verify(tmp_path: Path) -> None:
    for arguments in (("backup", tmp_path / "b"), ("verify",)):
        done = yizhangtu(*arguments, "--data", tmp_path / "typo")
        assert (done.code, "没有本系统的数据" in done.said) == (1, True), done.said
    assert not (tmp_path / "typo").exists(), "a mistyped folder is not made"
