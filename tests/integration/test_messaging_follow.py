"""Following: all of history, then live, in order and each once; telemetry: the latest of each thing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from prometheus_client import REGISTRY

from shared.contracts.subjects import TelemetrySubject
from shared.kernel.errors import Malformed
from shared.messaging import follow as follow_module
from shared.messaging.bus import Bus, Participant
from shared.messaging.follow import EpochChanged, Followed, Follower, stream_epoch
from shared.messaging.telemetry import follow_telemetry
from tests.integration.messaging_bed import INTAKE, PICTURE, ListOutbox, fact, facts, running_bus, until

pytestmark = pytest.mark.nats


class Notebook:
    """What a follower was given."""

    def __init__(self) -> None:
        self.items: list[Followed] = []

    async def __call__(self, batch: list[Followed]) -> None:
        self.items += batch

    @property
    def seqs(self) -> list[int]:
        return [seq for seq, _, _ in self.items]

    @property
    def ids(self) -> list[str | None]:
        return [envelope.id if envelope else None for _, envelope, _ in self.items]


@asynccontextmanager
async def following(bus: Bus, notebook: Notebook, after: int = 0, epoch: str | None = None) -> AsyncIterator[Follower]:
    follower = bus.follower(PICTURE.name, notebook, after_seq=after, epoch=epoch)
    task = asyncio.create_task(follower.run())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_history_comes_first_then_what_happens_now(tmp_path: Path) -> None:
    outbox, notebook = ListOutbox(facts(2500)), Notebook()
    async with running_bus(tmp_path, Participant(INTAKE, outbox), Participant(PICTURE)) as bus:
        await until(lambda: outbox.published == 2500)
        async with following(bus, notebook) as follower:
            await until(lambda: len(notebook.items) >= 2500)
            for number in range(20):
                outbox.add(fact(number))
                await asyncio.sleep(0.005)
            await until(lambda: len(notebook.items) >= 2520)
            assert follower.position == follower.last_seq == 2520
            assert follower.lag == 0
    assert notebook.seqs == list(range(1, 2521))
    assert notebook.ids == [row.event_id for row in outbox.rows]
    assert [body for _, _, body in notebook.items] == [row.body for row in outbox.rows]


async def test_a_follower_begins_behind_its_own_position(tmp_path: Path) -> None:
    outbox, before, notebook = ListOutbox(facts(30)), Notebook(), Notebook()
    async with running_bus(tmp_path, Participant(INTAKE, outbox), Participant(PICTURE)) as bus:
        async with following(bus, before):
            await until(lambda: len(before.items) >= 30)
        async with following(bus, notebook, after=20):
            await until(lambda: len(notebook.items) >= 10)
    assert notebook.seqs == list(range(21, 31))


async def test_killing_the_broker_leaves_no_gap_and_no_double(tmp_path: Path) -> None:
    outbox, notebook = ListOutbox(facts(200)), Notebook()
    async with running_bus(tmp_path, Participant(INTAKE, outbox), Participant(PICTURE)) as bus:
        assert bus.server is not None
        async with following(bus, notebook):
            await until(lambda: len(notebook.items) > 10)
            for _ in range(2):
                bus.server.kill()
                outbox.add(*facts(200))
                await until(lambda: len(notebook.items) >= len(outbox.rows))
    assert notebook.seqs == list(range(1, 601))
    assert notebook.ids == [row.event_id for row in outbox.rows]


async def test_what_a_slow_follower_could_not_buffer_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_module, "_LIVE_BUFFER", 5)
    outbox, notebook, released = ListOutbox([fact(1)]), Notebook(), asyncio.Event()

    async def slow(batch: list[Followed]) -> None:
        await notebook(batch)
        await released.wait()

    async with running_bus(tmp_path, Participant(INTAKE, outbox), Participant(PICTURE)) as bus:
        task = asyncio.create_task(bus.follower(PICTURE.name, slow).run())
        await until(lambda: len(notebook.items) == 1)
        outbox.add(*facts(100))
        await until(lambda: outbox.published == 101)
        await asyncio.sleep(0.3)
        released.set()
        await until(lambda: len(notebook.items) >= 101)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert notebook.seqs == list(range(1, 102))


async def test_bytes_that_are_no_envelope_are_handed_over_as_they_are(tmp_path: Path) -> None:
    outbox, notebook = ListOutbox(), Notebook()
    outbox.add_raw("evt.hub.intake.incident.reported.v1", b"not json")
    async with (
        running_bus(tmp_path, Participant(INTAKE, outbox), Participant(PICTURE)) as bus,
        following(bus, notebook),
    ):
        await until(lambda: len(notebook.items) == 1)
    assert notebook.items == [(1, None, b"not json")]


async def test_another_stream_under_the_same_name_is_noticed(tmp_path: Path) -> None:
    outbox = ListOutbox(facts(5))
    async with running_bus(tmp_path, Participant(INTAKE, outbox), Participant(PICTURE)) as bus:
        await until(lambda: bus.state().ready)
        epoch = await stream_epoch(bus.connection(PICTURE.name))
        assert epoch == await stream_epoch(bus.connection(PICTURE.name))
        async with asyncio.timeout(60):
            with pytest.raises(EpochChanged):
                await bus.follower(PICTURE.name, Notebook(), after_seq=3, epoch="another").run()
            with pytest.raises(EpochChanged):
                await bus.follower(PICTURE.name, Notebook(), after_seq=1_000_000, epoch=epoch).run()


async def test_the_latest_reading_of_each_thing_arrives_then_each_new_one(tmp_path: Path) -> None:
    heard: list[tuple[TelemetrySubject, int]] = []

    async def hear(subject: TelemetrySubject, body: bytes) -> None:
        heard.append((subject, orjson.loads(body)["n"]))

    async with running_bus(tmp_path, Participant(INTAKE), Participant(PICTURE)) as bus:
        await until(lambda: bus.state().ready)
        publisher = bus.telemetry(INTAKE.name)
        for number in range(5):
            assert await publisher.publish("unit", "u1", {"n": number})
        await bus.connection(INTAKE.name).client.flush()
        await asyncio.sleep(0.2)
        task = asyncio.create_task(follow_telemetry(bus.connection(PICTURE.name), "hub", hear))
        await until(lambda: len(heard) == 1)
        await publisher.publish("unit", "u2", {"n": 9})
        await until(lambda: len(heard) == 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with pytest.raises(Malformed):
            await publisher.publish("unit", "u.2", {"n": 9})
    assert heard == [(TelemetrySubject("hub", "unit", "u1"), 4), (TelemetrySubject("hub", "unit", "u2"), 9)]


async def test_a_reading_is_dropped_and_counted_while_the_broker_is_away(tmp_path: Path) -> None:
    async with running_bus(tmp_path, Participant(INTAKE), url="nats://127.0.0.1:9") as bus:
        assert not await bus.telemetry(INTAKE.name).publish("unit", "u1", {"n": 1})
    assert REGISTRY.get_sample_value("yzt_telemetry_dropped_total", {"user": INTAKE.name})
