"""The bus as a whole: state, a broker that comes late, rights of each participant."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from shared.contracts.envelope import Envelope
from shared.messaging.bus import Bus, BusSettings, Participant
from shared.messaging.ending import Ending
from shared.messaging.follow import Followed
from shared.messaging.js_api import call
from shared.messaging.nats_server import NatsServer
from shared.messaging.subscriptions import Subscription
from tests.integration.messaging_bed import (
    HASTY,
    INTAKE,
    NOTIFY,
    PICTURE,
    ListOutbox,
    facts,
    running_bus,
    settings,
    until,
)

pytestmark = pytest.mark.nats

CONSUMER = "notification__on_incident"


async def test_a_broker_that_comes_late_finds_everybody_waiting(tmp_path: Path) -> None:
    heard: list[str] = []

    async def hear(envelope: Envelope) -> None:
        heard.append(envelope.id)

    outbox = ListOutbox(facts(30))
    participants = [
        Participant(INTAKE, outbox),
        Participant(NOTIFY, subscriptions=(Subscription(CONSUMER, ("intake.>",), hear),)),
    ]
    server = NatsServer(settings(tmp_path, *(each.full_access for each in participants)))
    await server.start()
    await server.stop()
    bus = Bus(BusSettings("hub", tmp_path / "nats", url=server.url, patience=HASTY), participants)
    await bus.start()
    await asyncio.sleep(0.5)
    assert not bus.state().ready
    late = NatsServer(server._settings)
    await late.start()
    try:
        await until(lambda: len(heard) >= 30)
        await until(lambda: bus.state().ready)
    finally:
        await bus.stop()
        await late.stop()
    assert heard == [row.event_id for row in outbox.rows]


def searching() -> list[object]:
    """What looks for a broker now, and would for ever: one cancellation of it may be swallowed."""
    running = (task.get_coro() for task in asyncio.all_tasks())
    return [each for each in running if getattr(each, "__qualname__", "") == "Client._attempt_reconnect"]


async def test_a_bus_that_ends_while_its_broker_is_away_leaves_nobody_searching_for_it(tmp_path: Path) -> None:
    async def hear(envelope: Envelope) -> None:
        del envelope

    participants = [
        Participant(INTAKE, ListOutbox(facts(3))),
        Participant(NOTIFY, subscriptions=(Subscription(CONSUMER, ("intake.>",), hear),)),
    ]
    broker = NatsServer(settings(tmp_path, *(each.full_access for each in participants)))
    await broker.start()
    bus = Bus(BusSettings("hub", tmp_path / "nats", url=broker.url, patience=HASTY), participants)
    await bus.start()
    await until(lambda: bus.state().ready)
    await broker.stop()
    await until(lambda: len(searching()) == 1 + len(bus.state().connections))
    ending = Ending()
    await bus.stop(ending)
    assert searching() == []
    assert ending.left == []


async def test_the_state_tells_a_dead_broker_from_a_living_one(tmp_path: Path) -> None:
    async with running_bus(tmp_path, Participant(INTAKE, ListOutbox())) as bus:
        await until(lambda: bus.state().ready)
        assert bus.server is not None
        bus.server.kill()
        await until(lambda: not bus.state().ready)
        await until(lambda: bus.state().ready)
        assert set(bus.state().connections) == {"provision", "ops", INTAKE.name}


async def test_an_exercise_runs_in_an_account_of_its_own(tmp_path: Path) -> None:
    outbox = ListOutbox(facts(5))
    async with running_bus(tmp_path, Participant(INTAKE, outbox), exercise=True):
        await until(lambda: outbox.published == 5)
    store = tmp_path / "nats" / "js" / "jetstream"
    assert (store / "DRILL" / "streams" / "SITE_hub").is_dir()
    assert not list(store.glob("REAL/streams/*"))


async def test_after_a_stop_nothing_is_left_running(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with running_bus(tmp_path, Participant(INTAKE, ListOutbox(facts(3)))) as bus:
        await until(lambda: bus.state().ready)
        server = bus.server
    assert server is not None
    assert server.pid is None
    await asyncio.sleep(0.1)
    assert {task.get_name() for task in asyncio.all_tasks() - before} == set()


async def test_a_first_start_complains_of_nothing_but_a_stream_that_vanishes_is_told(tmp_path: Path) -> None:
    seen: list[str] = []

    async def hear(envelope: Envelope) -> None:
        seen.append(envelope.id)

    async def follow(batch: list[Followed]) -> None:
        seen.extend(envelope.id for _, envelope, _ in batch if envelope)

    participants = [
        Participant(INTAKE, ListOutbox(facts(3))),
        Participant(NOTIFY, subscriptions=(Subscription(CONSUMER, ("intake.>",), hear),)),
        Participant(PICTURE),
    ]
    with capture_logs() as logs:
        async with running_bus(tmp_path, *participants) as bus:
            following = asyncio.create_task(bus.follower(PICTURE.name, follow).run())
            await until(lambda: bus.state().ready and len(seen) == 6)
            assert [each for each in logs if each["log_level"] not in {"info", "debug"}] == []
            await call(bus.connection("provision").client, "STREAM.DELETE.ALL")
            await until(lambda: any(each["event"] == "follow_interrupted" for each in logs))
            await until(lambda: any(each["event"] == "consumer_not_bound" for each in logs))
            following.cancel()
