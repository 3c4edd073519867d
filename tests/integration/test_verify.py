"""`verify` and `restore` on stopped data: what is broken is found and named, what is there is not overwritten."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.harness.command import yizhangtu
from tests.harness.hosting import hosted


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """The data of a site that took two incidents and was stopped."""
    async with hosted(tmp_path / "data") as app:
        admin = await app.admin()
        for title in ("第一起", "第二起"):
            assert (await admin.post("/api/incidents", json={"title": title})).status_code == 201
    return tmp_path / "data"


def _alter(file: Path, *statements: str) -> None:
    with sqlite3.connect(file) as connection:
        for statement in statements:
            connection.execute(statement)


def test_whole_data_is_said_to_be_whole(data: Path) -> None:
    done = yizhangtu("verify", "--data", data)
    assert (done.code, "全部完好" in done.said) == (0, True), done.said
    assert "2 条,全部可读、编号一致" in done.said


@pytest.mark.parametrize(
    ("store", "statement", "words"),
    [
        ("incident_intake", "UPDATE outbox SET body = x'7b' WHERE position = 2", "第 2 条读不出"),
        ("incident_intake", "UPDATE outbox SET event_id = 'other' WHERE position = 1", "第 1 条的内容与编号不符"),
        ("incident_intake", "DELETE FROM outbox WHERE position = 1", "少了第 1 到 1 条"),
        ("incident_intake", "INSERT INTO outbox_cursor VALUES (1, 99)", "超过了最后一条"),
        ("incident_intake", "DROP TABLE outbox", "不是本系统的数据库"),
        ("identity", "UPDATE audit SET actor_name = '别人' WHERE seq = 1", "第 1 条被改动"),
        ("identity", "DELETE FROM audit WHERE seq = 1", "少了第 1 条"),
    ],
)
def test_a_broken_store_is_found_and_named(data: Path, store: str, statement: str, words: str) -> None:
    file = data / "db" / f"{store}.db"
    with sqlite3.connect(file) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)
    done = yizhangtu("verify", "--data", data)
    assert (done.code, words in done.said) == (1, True), done.said


def test_a_damaged_file_is_found(data: Path) -> None:
    file = data / "db" / "incident_intake.db"
    _alter(file, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\xa5" * (4096 * 3)
    file.write_bytes(content)
    done = yizhangtu("verify", "--data", data)
    assert (done.code, "有问题" in done.said) == (1, True), done.said


def test_a_store_that_is_gone_is_missed(data: Path) -> None:
    (data / "db" / "duty_roster.db").unlink()
    done = yizhangtu("verify", "--data", data)
    assert (done.code, "缺少 duty_roster.db" in done.said) == (1, True), done.said


def test_restoring_over_data_names_what_would_be_lost(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert yizhangtu("backup", backup, "--data", data).code == 0
    refused = yizhangtu("restore", backup, "--data", data)
    assert (refused.code, "incident_intake(2 条事实)" in refused.said) == (1, True), refused.said
    forced = yizhangtu("restore", backup, "--data", data, "--force")
    assert forced.code == 0, forced.said
    (replaced,) = data.glob("replaced-*")
    assert (replaced / "db" / "incident_intake.db").exists(), "what was there is kept until a person removes it"
    assert yizhangtu("verify", "--data", data).code == 0


def test_a_backup_goes_only_where_it_belongs(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert yizhangtu("backup", backup, "--data", data).code == 0
    other = yizhangtu("restore", backup, "--data", tmp_path / "yufa", "--site", "yufa")
    assert (other.code, "属于站点 hub" in other.said) == (1, True), other.said
    drill = yizhangtu("restore", backup, "--data", tmp_path / "drill", "--exercise")
    assert (drill.code, "演练" in drill.said) == (1, True), drill.said


def test_a_session_of_the_backup_does_not_live_again(data: Path, tmp_path: Path) -> None:
    backup, target = tmp_path / "backup", tmp_path / "target"
    assert yizhangtu("backup", backup, "--data", data).code == 0
    assert yizhangtu("restore", backup, "--data", target).code == 0
    with sqlite3.connect(target / "db" / "identity.db") as connection:
        total, alive = connection.execute("SELECT count(*), sum(ended_at IS NULL) FROM session").fetchone()
    assert (total, alive) == (1, 0)


def test_a_backup_with_a_broken_store_is_not_put_in_place(data: Path, tmp_path: Path) -> None:
    _alter(data / "db" / "incident_intake.db", "UPDATE outbox SET body = x'7b' WHERE position = 2")
    backup, target = tmp_path / "backup", tmp_path / "target"
    assert yizhangtu("backup", backup, "--data", data).code == 0
    done = yizhangtu("restore", backup, "--data", target)
    assert (done.code, "第 2 条读不出" in done.said) == (1, True), done.said
    assert not (target / "db").exists()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_postgresql_is_left_to_its_own_tools(tmp_path: Path, command: str) -> None:
    done = yizhangtu(command, tmp_path / "b", "--data", tmp_path, YZT_DATABASE_URL="postgresql+psycopg://u@127.0.0.1/x")
    assert (done.code, "pg_dump" in done.said) == (1, True), done.said


def test_an_outside_broker_would_keep_what_the_backup_lacks(data: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert yizhangtu("backup", backup, "--data", data).code == 0
    shutil.rmtree(data)
    done = yizhangtu("restore", backup, "--data", data, YZT_NATS_URL="nats://127.0.0.1:4222")
    assert (done.code, "消息流里还有备份之后的事实" in done.said) == (1, True), done.said
