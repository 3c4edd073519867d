"""Prepared statements and the one writer, on both kinds of store."""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, String, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from shared.contracts.draft import draft
from shared.contracts.events.ops import SiteFact
from shared.kernel.errors import Conflict
from shared.storage.database import Database
from shared.storage.prepared import Prepared
from shared.storage.system import append_facts, mark_published, published_position
from shared.storage.types import Json, UtcTime

MIGRATIONS = Path(__file__).parents[2] / "services" / "operations" / "migrations"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
THING = Table(
    "thing",
    MetaData(),
    Column("id", String(36), primary_key=True),
    Column("at", UtcTime),
    Column("notes", Json),
    Column("real", Boolean),
    Column("count", Integer),
)
ADD = Prepared(insert(THING), tuple(column.name for column in THING.columns))
COUNT = {
    name: Prepared(
        kind.insert(THING)
        .values(id=bindparam("key"), count=1)
        .on_conflict_do_update(index_elements=["id"], set_={"count": THING.c.count + 1})
        .returning(THING.c.count)
    )
    for name, kind in (("sqlite", sqlite), ("postgresql", postgresql))
}
FROM = Prepared(select(THING).where(THING.c.id >= bindparam("first")).order_by(THING.c.id))
SITE = SiteFact(site="hub", name="中心", product_version="1", beat_at=NOW)
STARTING = Prepared(select(THING.c.id).where(THING.c.id.startswith(bindparam("start"))).order_by(THING.c.id).limit(2))


def _add(connection: Connection, row: Mapping[str, object]) -> None:
    ADD.execute(connection, row)


@pytest.fixture
async def database(tmp_path: Path, store_url: str | None) -> AsyncIterator[Database]:
    opened = await Database.open(
        store_url or f"sqlite:///{tmp_path / 'operations.db'}", service="operations", migrations=MIGRATIONS
    )
    await opened.write(THING.create)
    yield opened
    await opened.close()


async def test_what_a_prepared_insert_writes_reads_back_as_the_types_of_its_columns(database: Database) -> None:
    row = {"id": "a", "at": NOW, "notes": {"谁": ["张某"]}, "real": True, "count": None}
    await database.write(lambda connection: ADD.execute(connection, row))
    found = await database.read(lambda connection: connection.execute(select(THING)).one())
    assert found._asdict() == row


async def test_a_value_written_into_the_statement_need_not_be_given(database: Database) -> None:
    def count(connection: Connection) -> int:
        return int(COUNT[connection.dialect.name].execute(connection, {"key": "a"}).scalar_one())

    assert [await database.write(count) for _ in range(3)] == [1, 2, 3]


async def test_a_prepared_search_takes_its_pattern_and_its_limit(database: Database) -> None:
    for name in ("aa", "ab", "ac", "b"):
        row = {"id": name, "at": None, "notes": None, "real": False, "count": 0}
        await database.write(partial(_add, row=row))
    found = await database.read(lambda connection: [row.id for row in STARTING.execute(connection, {"start": "a"})])
    assert found == ["aa", "ab"]


async def test_a_forgotten_value_is_an_error_and_not_a_null(database: Database) -> None:
    with pytest.raises(KeyError):
        await database.write(lambda connection: ADD.execute(connection, {"id": "a"}))


@asynccontextmanager
async def _in_one_group(database: Database) -> AsyncIterator[None]:
    """What is written meanwhile waits and shares a commit: the writer is busy until the block ends."""
    release = threading.Event()
    busy = asyncio.create_task(database.write(lambda _: release.wait(30)))
    await asyncio.sleep(0)
    yield
    release.set()
    await busy


@pytest.mark.parametrize("repeatable", [False, True])
async def test_commands_of_one_group_fail_alone_and_a_caller_that_goes_away_does_not_undo_its_own(
    database: Database,
    repeatable: bool,
) -> None:
    def add(name: str, *, fails: bool = False) -> asyncio.Future[str]:
        def work(connection: Connection) -> str:
            row = {"id": name, "at": None, "notes": None, "real": False, "count": 0}
            ADD.execute(connection, row)
            if fails:
                raise Conflict("unit.busy")
            return name

        return asyncio.ensure_future(database.write(work, repeatable=repeatable))

    async with _in_one_group(database):
        tasks = [add("a"), add("b", fails=True), add("c"), add("d")]
        await asyncio.sleep(0)
        tasks[3].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[0] == "a"
    assert isinstance(outcomes[1], Conflict)
    assert outcomes[2] == "c"
    assert isinstance(outcomes[3], asyncio.CancelledError)
    await database.write(lambda connection: connection.exec_driver_sql("SELECT 1").close())
    kept = await database.read(lambda connection: connection.execute(select(THING.c.id)).scalars().all())
    assert sorted(kept) == ["a", "c", "d"]


async def test_rows_written_together_read_back_by_name_with_the_types_of_their_columns(database: Database) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a", "at": NOW, "notes": {"谁": ["张某"]}, "real": True, "count": None},
        {"id": "b", "at": None, "notes": None, "real": False, "count": 2},
    ]
    await database.write(lambda connection: ADD.execute_all(connection, rows))
    await database.write(lambda connection: ADD.execute_all(connection, []))
    found = await database.read(lambda connection: FROM.rows(connection, {"first": "a"}))
    assert [row._asdict() for row in found] == rows
    assert found[1].real is False
    assert await database.read(lambda connection: FROM.rows(connection, {"first": "c"})) == []


async def test_the_bell_of_the_outbox_rings_for_facts_only(database: Database) -> None:
    every, facts = database.bell(), database.bell(facts_only=True)
    await database.write(lambda connection: connection.exec_driver_sql("SELECT 1").close())
    await asyncio.wait_for(every.wait(), 10)
    assert not facts.is_set()
    fact = draft(site="hub", service="operations", kind="ops.site.heartbeat.v1", aggregate_id="hub", version=1,
                 payload=SITE, now=NOW, exercise=False)  # fmt: skip
    await database.write(lambda connection: append_facts(connection, fact))
    await asyncio.wait_for(facts.wait(), 10)
    facts.clear()
    every.clear()
    await database.write(lambda connection: connection.exec_driver_sql("SELECT 1").close())
    await asyncio.wait_for(every.wait(), 10)
    assert not facts.is_set()


@pytest.mark.parametrize("repeatable", [False, True])
async def test_a_row_that_is_there_already_is_refused_as_ever_and_undoes_its_own_command_only(
    database: Database,
    repeatable: bool,
) -> None:
    rows = [{"id": name, "at": None, "notes": None, "real": None, "count": 1} for name in ("a", "b", "a", "c")]
    async with _in_one_group(database):
        asked = [asyncio.ensure_future(database.write(partial(_add, row=row), repeatable=repeatable)) for row in rows]
        await asyncio.sleep(0)
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in outcomes] == [type(None), type(None), IntegrityError, type(None)]
    found = await database.read(lambda connection: [row.id for row in FROM.execute(connection, {"first": ""})])
    assert found == ["a", "b", "c"]


async def test_the_cursor_of_the_outbox_never_goes_back(database: Database) -> None:
    seen = [await database.read(published_position)]
    for position in (5, 3, 7):
        await database.write(partial(mark_published, position=position))
        seen.append(await database.read(published_position))
    assert seen == [0, 5, 5, 7]
