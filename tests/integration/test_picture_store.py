"""The copy on disk, on both stores: what is loaded is what was saved, and its schema is what the code declares."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, func, select

from services.operational_picture import store
from services.operational_picture.domain.changes import everything
from services.operational_picture.domain.digest import picture_hash
from services.operational_picture.domain.limits import PictureLimits
from services.operational_picture.domain.picture import Picture
from services.operational_picture.handlers.live import LivePicture
from services.operational_picture.metrics import PictureMetrics
from services.operational_picture.service import MIGRATIONS
from services.operational_picture.tables import Base
from shared.contracts.envelope import encode
from shared.kernel.limits import Limit
from shared.storage.database import Database
from shared.storage.system import SYSTEM
from tests.unit.picture_world import KINDS, ManualClock, Step, history, position


@pytest.fixture
async def database(tmp_path: Path, store_url: str | None) -> AsyncIterator[Database]:
    url = store_url or f"sqlite:///{tmp_path / 'picture.db'}"
    opened = await Database.open(url, service="operational_picture", migrations=MIGRATIONS)
    yield opened
    await opened.close()


def fresh() -> Picture:
    return Picture("hub", "区指挥中心", limits=PictureLimits(tombstones=Limit(2, "few")))


def live_picture(clock: ManualClock, picture: Picture, mark: store.Mark | None) -> LivePicture:
    live = LivePicture(fresh, clock, PictureMetrics(CollectorRegistry()))
    live.begin(picture, mark)
    live.name_stream("stream-1")
    return live


async def save(database: Database, live: LivePicture) -> None:
    saving = live.take_saving()
    assert saving is not None
    await database.write(lambda connection: store.save(connection, saving))


async def load(database: Database) -> tuple[Picture, store.Mark | None]:
    picture = fresh()
    mark = await database.read(lambda connection: store.load(connection, picture))
    return picture, mark


def hash_of(picture: Picture) -> str:
    seen = everything(picture, None)
    return picture_hash(seen.features, [one.public() for one in seen.positions])


FACTS = history([Step(kind, number, choice, 20) for choice in (1, 0, 2, 3) for kind in KINDS for number in (0, 1, 2)])


async def test_what_was_saved_in_parts_is_loaded_whole(database: Database) -> None:
    clock = ManualClock()
    live = live_picture(clock, fresh(), None)
    for seq, fact in enumerate(FACTS, 1):
        clock.set(fact.time)
        live.take([(seq, encode(fact))])
        live.move(position(seq % 3, seq % 5, clock.now()))
        if seq % 10 == 0:
            live.flush()
            await save(database, live)
    live.tick()
    await save(database, live)
    picture, mark = await load(database)
    assert mark == live.mark
    assert (picture.seq, picture.horizon) == (len(FACTS), live.picture.horizon)
    assert picture.sites == live.picture.sites
    again = live_picture(clock, picture, mark)
    assert hash_of(again.picture) == hash_of(live.picture)
    assert {one.id: one.version for one in picture.gone.values()} == {
        one.id: one.version for one in live.picture.gone.values()
    }


async def test_forgotten_tombstones_leave_the_disk_too(database: Database) -> None:
    clock = ManualClock()
    live = live_picture(clock, fresh(), None)
    ended = history([Step("incident", number, 3, 1) for number in range(9)])
    for seq, fact in enumerate(ended, 1):
        live.take([(seq, encode(fact))])
        live.flush()
        await save(database, live)

    def incidents(connection: Connection) -> int:
        counted = select(func.count()).where(store.ITEM.c.id.like("incident:%"))
        return int(connection.execute(counted).scalar_one())

    assert await database.read(incidents) == 2


async def test_another_stream_leaves_nothing_of_the_old_one(database: Database) -> None:
    clock = ManualClock()
    live = live_picture(clock, fresh(), None)
    live.take([(seq, encode(fact)) for seq, fact in enumerate(FACTS, 1)])
    await save(database, live)
    live.begin_anew("stream-2")
    await save(database, live)
    picture, mark = await load(database)
    assert mark == store.Mark("stream-2", "stream-2")
    assert picture.seq == 0
    assert {one.id.split(":")[0] for one in picture.shown.values()} == {"territory"}


async def test_a_stream_that_went_back_gets_a_mark_of_its_own(database: Database) -> None:
    live = live_picture(ManualClock(), fresh(), None)
    live.begin_anew("stream-1")
    assert live.mark.stream_epoch == "stream-1"
    assert live.mark.epoch != "stream-1"


async def test_a_save_that_failed_is_made_up_for(database: Database) -> None:
    clock = ManualClock()
    live = live_picture(clock, fresh(), None)
    live.take([(seq, encode(fact)) for seq, fact in enumerate(FACTS, 1)])
    live.move(position(0, 1, clock.now() + timedelta(seconds=1)))
    live.flush()
    failed = live.take_saving()
    assert failed is not None
    assert live.take_saving() is None
    live.give_back(failed)
    await save(database, live)
    picture, mark = await load(database)
    assert hash_of(live_picture(clock, picture, mark).picture) == hash_of(live.picture)


async def test_the_migrated_schema_is_the_declared_one(database: Database) -> None:
    declared = Base.metadata
    for table in SYSTEM.tables.values():
        table.to_metadata(declared) if table.name not in declared.tables else None

    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_schemas": False})
        return [one for one in compare_metadata(context, declared) if "alembic_version" not in str(one)]

    assert await database.read(difference) == []
