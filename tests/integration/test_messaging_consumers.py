"""Consumers: in order, at least once, nothing dropped; what cannot be dealt with waits for a person."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from shared.contracts.envelope import Envelope
from shared.kernel.errors import Invalid, NotFound, Unavailable
from shared.kernel.precedence import Precedence, Turns
from shared.messaging.access import OPS, PROVISION
from shared.messaging.bus import Bus, Participant
from shared.messaging.js_api import call
from shared.messaging.names import ALL, DLQ
from shared.messaging.subscriptions import Recoverable, Subscription
from tests.integration.messaging_bed import INTAKE, NOTIFY, ListOutbox, fact, facts, running_bus, until

pytestmark = pytest.mark.nats

CONSUMER = "notification__on_incident"


class Listener:
    """A handler that remembers what it was given and fails as it is told."""

    def __init__(self) -> None:
        self.attempts: list[int] = []
        self.done: list[Envelope] = []
        self.fault: Callable[[Envelope], Exception | None] = lambda _: None

    async def __call__(self, envelope: Envelope) -> None:
        self.attempts.append(envelope.data["number"])
        if fault := self.fault(envelope):
            raise fault
        self.done.append(envelope)

    @property
    def numbers(self) -> list[int]:
        return [each.data["number"] for each in self.done]


def listening(handler: Callable[[Envelope], Awaitable[None]], *, side_by_side: bool = False) -> Participant:
    subscription = Subscription(CONSUMER, ("intake.incident.*.v1",), handler, side_by_side=side_by_side)
    return Participant(NOTIFY, subscriptions=(subscription,))


async def ready(bus: Bus) -> None:
    await until(lambda: bus.state().ready)


async def letters_of(bus: Bus, count: int = 1) -> list[int]:
    await bus.connection(OPS).wait()
    await ready(bus)
    async with asyncio.timeout(60):
        while len(found := await bus.dead_letters.list(CONSUMER)) < count:
            await asyncio.sleep(0.02)
    return [each.seq for each in found]


async def acknowledged(bus: Bus) -> int:
    """Up to which fact the broker knows that all were taken, once it knows of any; it hears of it a little later."""
    async with asyncio.timeout(60):
        while True:
            info = await call(bus.connection(PROVISION).client, f"CONSUMER.INFO.{ALL}.{CONSUMER}")
            if floor := int(info["ack_floor"]["stream_seq"]):
                return floor
            await asyncio.sleep(0.02)


async def test_facts_arrive_once_and_in_order(tmp_path: Path) -> None:
    outbox, listener = ListOutbox(facts(600)), Listener()
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(listener)):
        await until(lambda: len(listener.done) >= 600)
        await asyncio.sleep(0.2)
    assert [each.id for each in listener.done] == [row.event_id for row in outbox.rows]


async def test_a_restarted_process_goes_on_behind_the_last_acknowledged_fact(tmp_path: Path) -> None:
    outbox, first, second = ListOutbox(facts(20)), Listener(), Listener()
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(first)):
        await until(lambda: len(first.done) == 20)
    outbox.add(*facts(5))
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(second)):
        await until(lambda: len(second.done) >= 5)
    assert [each.id for each in second.done] == [row.event_id for row in outbox.rows[20:]]


async def test_what_a_crashed_process_held_comes_again_before_anything_newer(tmp_path: Path) -> None:
    outbox, stuck, second = ListOutbox(fact(number) for number in range(1, 11)), Listener(), Listener()
    stuck.fault = lambda envelope: Recoverable() if envelope.data["number"] == 4 else None
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(stuck)):
        await until(lambda: stuck.attempts.count(4) >= 2)
    outbox.add(*(fact(number) for number in range(11, 15)))
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(second)):
        await until(lambda: len(second.done) >= 11)
    assert second.numbers == list(range(4, 15))


async def test_a_recoverable_failure_is_waited_out_without_being_overtaken(tmp_path: Path) -> None:
    outbox, listener = ListOutbox(fact(number) for number in range(1, 6)), Listener()
    faults = [Recoverable(), Unavailable("storage.unavailable"), *[Recoverable()] * 6]
    listener.fault = lambda envelope: faults.pop() if envelope.data["number"] == 2 and faults else None
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(listener)) as bus:
        await until(lambda: len(listener.done) == 5)
        assert await bus.dead_letters.list() == []
    assert listener.attempts == [1, *[2] * 9, 3, 4, 5]


async def test_handlers_give_way_to_commands_while_facts_go_on_being_relayed(tmp_path: Path) -> None:
    outbox, listener = ListOutbox(), Listener()
    precedence = Precedence(Turns(patience=600, claim=600))
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(listener), precedence=precedence) as bus:
        await ready(bus)
        with precedence.command():
            outbox.add(fact(1))
            await until(lambda: outbox.published == 1)
            await asyncio.sleep(0.1)
            assert listener.attempts == []
        await until(lambda: listener.numbers == [1])


async def test_handlers_have_their_turn_though_commands_never_end(tmp_path: Path) -> None:
    outbox, listener, precedence = ListOutbox(facts(20)), Listener(), Precedence()
    stopping = asyncio.Event()

    async def hand() -> None:
        while not stopping.is_set():
            with precedence.command():
                await asyncio.sleep(0.01)

    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(listener), precedence=precedence):
        hands = asyncio.create_task(hand())
        await until(lambda: len(listener.done) == 20)
        stopping.set()
        await hands


async def test_a_fact_that_keeps_failing_waits_among_the_dead_letters_and_can_be_sent_back(tmp_path: Path) -> None:
    outbox, listener = ListOutbox(fact(number) for number in range(1, 4)), Listener()
    listener.fault = lambda envelope: Invalid("unit.unknown") if envelope.data["number"] == 2 else None
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(listener)) as bus:
        (seq,) = await letters_of(bus)
        await until(lambda: listener.numbers == [1, 3])
        letter = await bus.dead_letters.get(seq)
        assert (letter.consumer, letter.error, letter.attempts, letter.retries) == (CONSUMER, "unit.unknown", 3, 0)
        assert (letter.body, letter.stream_seq) == (outbox.rows[1].body, 2)
        assert await bus.dead_letters.depth() == {CONSUMER: 1}
        assert REGISTRY.get_sample_value("yzt_dlq_depth", {"consumer": CONSUMER}) == 1

        await bus.dead_letters.retry(seq, "officer-1")
        (again,) = await letters_of(bus)
        assert again != seq
        letter = await bus.dead_letters.get(again)
        assert (letter.attempts, letter.retries, letter.stream_seq) == (6, 1, 2)

        listener.fault = lambda _: None
        await bus.dead_letters.retry(again, "officer-1")
        await until(lambda: listener.numbers == [1, 3, 2])
        assert await bus.dead_letters.depth() == {}
        assert REGISTRY.get_sample_value("yzt_dlq_depth", {"consumer": CONSUMER}) == 0


async def test_bytes_that_are_no_envelope_become_a_dead_letter_at_once_and_can_be_discarded(tmp_path: Path) -> None:
    outbox, listener = ListOutbox(), Listener()
    outbox.add_raw("evt.hub.intake.incident.reported.v1", b"\xff not json")
    outbox.add(fact(1))
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(listener)) as bus:
        await until(lambda: listener.numbers == [1])
        (seq,) = await letters_of(bus)
        letter = await bus.dead_letters.discard(seq, "officer-1", "test")
        assert (letter.error, letter.attempts, letter.body) == ("event.unreadable", 0, b"\xff not json")
        assert await bus.dead_letters.list() == []
        with pytest.raises(NotFound):
            await bus.dead_letters.retry(seq, "officer-1")


async def test_a_durable_that_vanished_is_noticed_and_made_again(tmp_path: Path) -> None:
    outbox, listener = ListOutbox([fact(1)]), Listener()
    before = REGISTRY.get_sample_value("yzt_consumer_rebuilt_total", {"consumer": CONSUMER}) or 0
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(listener)) as bus:
        await until(lambda: listener.numbers == [1])
        await call(bus.connection(PROVISION).client, f"CONSUMER.DELETE.{ALL}.{CONSUMER}")
        outbox.add(fact(2))
        await until(lambda: 2 in listener.numbers)
    after = REGISTRY.get_sample_value("yzt_consumer_rebuilt_total", {"consumer": CONSUMER})
    assert after == before + 1


async def test_everything_flows_again_in_order_after_the_broker_was_killed(tmp_path: Path) -> None:
    outbox, listener = ListOutbox(fact(number) for number in range(1, 301)), Listener()
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(listener)) as bus:
        assert bus.server is not None
        await until(lambda: len(listener.done) > 50)
        bus.server.kill()
        outbox.add(*(fact(number) for number in range(301, 401)))
        await until(lambda: 400 in listener.numbers)
    seen = list(dict.fromkeys(listener.numbers))
    assert seen == list(range(1, 401)), "a later fact overtook an earlier one, or one is missing"


async def test_stopping_finishes_what_is_in_hand_and_leaves_the_rest(tmp_path: Path) -> None:
    outbox, started, finished = ListOutbox(facts(10)), asyncio.Event(), []

    async def slow(envelope: Envelope) -> None:
        started.set()
        await asyncio.sleep(0.5)
        finished.append(envelope.id)

    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(slow)) as bus:
        await started.wait()
        await bus._consumers[0].stop()
        assert finished == [outbox.rows[0].event_id]
        assert await acknowledged(bus) == 1


class Gate:
    """A handler that holds the first fact until the others have come, so that these are taken together."""

    def __init__(self, handler: Callable[[Envelope], Awaitable[None]]) -> None:
        self._handler = handler
        self._first, self._open = asyncio.Event(), asyncio.Event()

    async def __call__(self, envelope: Envelope) -> None:
        if envelope.data["number"] == 0:
            self._first.set()
            await self._open.wait()
        await self._handler(envelope)

    async def fill(self, bus: Bus, outbox: ListOutbox, rest: list[Envelope]) -> None:
        await self._first.wait()
        outbox.add(*rest)
        gathering = bus._consumers[0]._bindings[0]._gathering
        await until(lambda: len(gathering._waiting) == len(rest))
        self._open.set()


async def test_side_by_side_one_that_fails_holds_up_none_of_those_that_came_with_it(tmp_path: Path) -> None:
    outbox, listener, healed = ListOutbox([fact(0)]), Listener(), asyncio.Event()
    listener.fault = lambda each: Recoverable() if each.subject == "a1" and not healed.is_set() else None
    gate = Gate(listener)
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(gate, side_by_side=True)) as bus:
        await gate.fill(bus, outbox, facts(30))
        await until(lambda: len(listener.done) == 25)
        healed.set()
        await until(lambda: len(listener.done) == 31)
    for name in {each.subject for each in listener.done[1:]}:
        assert [each.aggregateversion for each in listener.done[1:] if each.subject == name] == list(range(1, 7))


async def test_side_by_side_one_fact_of_each_aggregate_is_in_hand_at_a_time(tmp_path: Path) -> None:
    outbox, in_hand, most = ListOutbox([fact(0)]), set[str](), [0]

    async def slowly(envelope: Envelope) -> None:
        assert envelope.subject not in in_hand, "two of one aggregate"
        in_hand.add(envelope.subject)
        most[0] = max(most[0], len(in_hand))
        await asyncio.sleep(0.001)
        in_hand.discard(envelope.subject)

    gate = Gate(slowly)
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(gate, side_by_side=True)) as bus:
        await gate.fill(bus, outbox, facts(30))
        await until(lambda: sum(each.handled for each in bus.state().consumers) == 31)
        assert (most, sum(each.dead for each in bus.state().consumers)) == ([5], 0)


async def test_side_by_side_each_aggregate_stays_in_order_when_the_broker_is_killed(tmp_path: Path) -> None:
    outbox, listener = ListOutbox(facts(300)), Listener()
    participant = listening(listener, side_by_side=True)
    async with running_bus(tmp_path, Participant(INTAKE, outbox), participant) as bus:
        assert bus.server is not None
        await until(lambda: len(listener.done) > 50)
        bus.server.kill()
        outbox.add(*(fact(number, aggregate=f"a{place}") for number in range(61, 81) for place in range(5)))
        await until(lambda: len({each.id for each in listener.done}) == 400)
    for name in {each.subject for each in listener.done}:
        seen = dict.fromkeys(each.aggregateversion for each in listener.done if each.subject == name)
        assert list(seen) == list(range(1, 81)), "a later fact overtook an earlier one"


async def test_side_by_side_stopping_finishes_what_is_in_hand_and_leaves_the_rest(tmp_path: Path) -> None:
    outbox, started, finished = ListOutbox([fact(1), fact(2)]), asyncio.Event(), []

    async def slow(envelope: Envelope) -> None:
        started.set()
        await asyncio.sleep(0.5)
        finished.append(envelope.id)

    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(slow, side_by_side=True)) as bus:
        await started.wait()
        await bus._consumers[0].stop()
        assert finished == [outbox.rows[0].event_id]
        assert await acknowledged(bus) == 1


async def test_what_a_handler_does_not_hear_is_done_with_and_never_shown_to_it(tmp_path: Path) -> None:
    outbox, listener = ListOutbox(), Listener()
    outbox.add(*(fact(number, kind=f"intake.incident.{('reported', 'closed')[number % 2]}.v1") for number in range(10)))
    subscription = Subscription(
        CONSUMER, ("intake.incident.*.v1",), listener, hears=lambda subject: subject.endswith(".reported.v1")
    )
    async with running_bus(
        tmp_path, Participant(INTAKE, outbox), Participant(NOTIFY, subscriptions=(subscription,))
    ) as bus:
        await until(lambda: len(listener.done) == 5)
        connection = bus.connection(PROVISION)
        async with asyncio.timeout(30):
            while True:
                info = await call(connection.client, f"CONSUMER.INFO.{ALL}.{CONSUMER}")
                if info["ack_floor"]["stream_seq"] == 10:
                    break
                await asyncio.sleep(0.02)
    assert listener.numbers == [0, 2, 4, 6, 8]


async def test_dead_letters_survive_the_broker(tmp_path: Path) -> None:
    outbox, listener = ListOutbox([fact(1)]), Listener()
    listener.fault = lambda _: ValueError("personal data must not travel")
    async with running_bus(tmp_path, Participant(INTAKE, outbox), listening(listener)) as bus:
        assert bus.server is not None
        (seq,) = await letters_of(bus)
        bus.server.kill()
        await bus.connection(OPS)._down.wait()
        await bus.connection(OPS).wait()
        letter = await bus.dead_letters.get(seq)
        assert letter.error == "handler.ValueError"
        info = await call(bus.connection(OPS).client, f"STREAM.INFO.{DLQ}")
        assert info["state"]["messages"] == 1
