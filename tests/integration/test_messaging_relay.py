"""The relay: every row exactly once and in order, whatever happens to the broker."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from shared.contracts.envelope import decode, encode
from shared.messaging.bus import Bus, BusSettings, Participant
from shared.messaging.publishing import publish_batch, publish_one
from tests.integration.messaging_bed import (
    HASTY,
    INTAKE,
    PICTURE,
    ListOutbox,
    event_ids,
    fact,
    facts,
    running_bus,
    stored,
    until,
)

pytestmark = pytest.mark.nats


def follower() -> Participant:
    return Participant(PICTURE)


async def all_of(bus: Bus, count: int) -> list[str]:
    """Event ids in the aggregate stream once there are as many; then a little longer, for what should not come."""
    connection = bus.connection(PICTURE.name)
    async with asyncio.timeout(60):
        while len(await stored(connection)) < count:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    return event_ids(await stored(connection))


async def test_rows_arrive_in_order_and_the_cursor_follows(tmp_path: Path) -> None:
    outbox = ListOutbox(facts(1200))
    async with running_bus(tmp_path, Participant(INTAKE, outbox), follower()) as bus:
        await until(lambda: outbox.published == 1200)
        assert await all_of(bus, 1200) == [row.event_id for row in outbox.rows]
        assert outbox.advances == sorted(outbox.advances)
        outbox.add(fact(241))
        await until(lambda: outbox.published == 1201)


async def test_while_facts_keep_coming_the_cursor_is_saved_for_many_together_and_at_the_end(tmp_path: Path) -> None:
    outbox = ListOutbox()
    async with running_bus(tmp_path, Participant(INTAKE, outbox), follower()) as bus:
        for number in range(40):
            outbox.add(fact(number + 1))
            await asyncio.sleep(0.01)
        await until(lambda: outbox.published == 40)
        assert len(outbox.advances) < 20, "each saving is a commit that a report waits for"
        assert await all_of(bus, 40) == [row.event_id for row in outbox.rows]


async def test_killing_the_broker_again_and_again_neither_loses_nor_doubles_nor_reorders(tmp_path: Path) -> None:
    outbox = ListOutbox()
    async with running_bus(tmp_path, Participant(INTAKE, outbox), follower()) as bus:
        assert bus.server is not None
        for _ in range(3):
            outbox.add(*facts(700))
            await asyncio.sleep(0.02)
            bus.server.kill()
            outbox.add(*facts(300))
            await until(lambda: outbox.published == len(outbox.rows))
        assert await all_of(bus, 3000) == [row.event_id for row in outbox.rows]


async def test_a_lost_answer_is_repeated_without_a_double(tmp_path: Path) -> None:
    envelopes = facts(50)
    outbox = ListOutbox(envelopes[:40])
    async with running_bus(tmp_path, Participant(INTAKE, outbox), follower()) as bus:
        await until(lambda: outbox.published == 40)
    # The broker has forty of them; the crash came before the cursor was written.
    outbox.published = 25
    outbox.add(*envelopes[40:])
    async with running_bus(tmp_path, Participant(INTAKE, outbox), follower()) as bus:
        await until(lambda: outbox.published == 50)
        assert await all_of(bus, 50) == [each.id for each in envelopes]
        assert REGISTRY.get_sample_value("yzt_relay_failures_total", {"service": INTAKE.name, "reason": "duplicate"})


@pytest.mark.parametrize(
    ("subject", "size", "code"),
    [
        ("evt.hub.dispatch.unit.moved.v1", 10, "relay.wrong_subject"),
        ("evt.hub.intake.incident.reported.v1", 2_000_000, "relay.too_large"),
    ],
)
async def test_what_the_broker_never_takes_stops_the_line_instead_of_being_skipped(
    tmp_path: Path, subject: str, size: int, code: str
) -> None:
    outbox = ListOutbox(facts(10))
    outbox.add_raw(subject, b"x" * size)
    outbox.add(*facts(10))
    async with running_bus(tmp_path, Participant(INTAKE, outbox), follower()) as bus:
        await until(lambda: bus.state().relays[INTAKE.name].blocked == code)
        assert await all_of(bus, 10) == [row.event_id for row in outbox.rows[:10]]
        assert outbox.published <= 10, "the cursor went past a fact that the broker does not have"
        assert not bus.state().ready
        await asyncio.sleep(0.1)
        assert bus.state().relays[INTAKE.name].last_error == code, "telling of the refusal failed by itself"
        assert REGISTRY.get_sample_value("yzt_relay_blocked", {"service": INTAKE.name}) == 1


async def test_starting_does_not_wait_for_a_broker_that_is_away(tmp_path: Path) -> None:
    outbox = ListOutbox(facts(20))
    away = BusSettings("hub", tmp_path / "nats", url="nats://127.0.0.1:9", patience=HASTY)
    bus = Bus(away, [Participant(INTAKE, outbox)])
    async with asyncio.timeout(60):
        await bus.start()
        assert not bus.state().broker
        assert not bus.state().ready
        await bus.stop()
    assert outbox.published == 0


async def test_stopping_sends_what_waits(tmp_path: Path) -> None:
    outbox = ListOutbox()
    async with running_bus(tmp_path, Participant(INTAKE, outbox)) as bus:
        await until(lambda: bus.state().ready)
        outbox.add(*facts(2000))
    assert outbox.published == 2000


@pytest.mark.parametrize("known", [0, 1, 2])
async def test_a_batch_is_stored_as_a_whole_or_not_at_all(tmp_path: Path, known: int) -> None:
    outbox = ListOutbox(facts(3))
    async with running_bus(tmp_path, Participant(INTAKE), follower()) as bus:
        await until(lambda: bus.state().ready)
        client = bus.connection(INTAKE.name).client
        await publish_one(client, outbox.rows[known])
        with pytest.raises(Exception, match="10201"):
            await publish_batch(client, outbox.rows)
        assert await all_of(bus, 1) == [outbox.rows[known].event_id]


async def test_the_bytes_of_the_outbox_are_the_bytes_in_the_stream(tmp_path: Path) -> None:
    outbox = ListOutbox([fact(1, title="永定河堤防管涌")])
    async with running_bus(tmp_path, Participant(INTAKE, outbox), follower()) as bus:
        await all_of(bus, 1)
        (message,) = await stored(bus.connection(PICTURE.name))
        assert message.body == outbox.rows[0].body == encode(decode(message.body))
        assert message.subject == outbox.rows[0].subject
