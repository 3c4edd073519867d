"""The picture is the same however it was reached: the test that matters."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from services.operational_picture import store
from services.operational_picture.domain.ageing import begin, listen, prune, tick
from services.operational_picture.domain.changes import everything
from services.operational_picture.domain.digest import picture_hash
from services.operational_picture.domain.fold import apply, apply_raw
from services.operational_picture.domain.items import Position
from services.operational_picture.domain.limits import PictureLimits
from services.operational_picture.domain.picture import Picture
from services.operational_picture.handlers.encoding import parse_cursor, public_epoch, sse
from services.operational_picture.handlers.live import LivePicture
from services.operational_picture.handlers.screens import Screen
from services.operational_picture.metrics import PictureMetrics
from services.operational_picture.tables import Base
from shared.contracts.envelope import Envelope, encode
from shared.kernel.limits import Limit
from tests.unit.picture_world import START, STEPS, TOWNSHIPS, ClientFold, ManualClock, Step, history, position, raw

Numbered = tuple[int, Envelope]
KEYS = (None, *TOWNSHIPS[:2])
LATER = timedelta(minutes=30)
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How long an example takes is a matter of the machine."""


def empty(limits: PictureLimits | None = None) -> Picture:
    picture = Picture("hub", "区指挥中心", limits=limits or PictureLimits())
    begin(picture, START)
    return picture


def numbered(facts: Iterable[Envelope]) -> list[Numbered]:
    return list(enumerate(facts, 1))


def end_of(facts: list[Envelope]) -> datetime:
    return (facts[-1].time if facts else START) + LATER


def folded(facts: Iterable[Numbered], now: datetime, picture: Picture | None = None) -> Picture:
    picture = picture or empty()
    for seq, fact in facts:
        apply_raw(picture, seq, raw(fact))
    listen(picture, now, live=True)
    tick(picture, now)
    return picture


def hash_of(picture: Picture, key: str | None = None, *, with_seq: bool = True) -> str:
    seen = everything(picture, key)
    return picture_hash(seen.features, [one.public() for one in seen.positions], with_seq=with_seq)


def of_facts(picture: Picture) -> str:
    """Hash of what facts say; since when a link is up, and when that was noticed, is a matter of the clock."""
    features = [one for one in everything(picture, None).features if one["properties"]["kind"] != "territory"]
    states = [{"kind": "", "id": site.token, "state": site.state} for site in picture.sites.values()]
    return picture_hash(features, states)


@given(STEPS)
@UNHURRIED
def test_the_latest_fact_of_each_aggregate_makes_the_same_picture_as_all_facts(steps: Any) -> None:
    facts = history(steps)
    latest = {(fact.context, fact.aggregate, fact.subject): (seq, fact) for seq, fact in numbered(facts)}
    alone = sorted(latest.values(), key=lambda one: one[0])
    now = end_of(facts)
    assert hash_of(folded(numbered(facts), now)) == hash_of(folded(alone, now))


@given(STEPS, st.randoms(use_true_random=False))
@UNHURRIED
def test_duplicates_and_late_arrivals_change_nothing(steps: Any, chance: random.Random) -> None:
    facts = numbered(history(steps))
    again = [(seq + offset, fact) for seq, fact in facts for offset in range(chance.choice([1, 1, 1, 3]))]
    late = sorted(facts + again, key=lambda one: one[0])
    for seq, fact in facts:
        late.insert(chance.randrange(seq, len(late) + 1), (len(late) + 1, fact))
    now = end_of([fact for _, fact in facts])
    expected = hash_of(folded(facts, now), with_seq=False)
    assert hash_of(folded(late, now), with_seq=False) == expected


@given(STEPS, st.randoms(use_true_random=False))
@UNHURRIED
def test_the_order_of_aggregates_among_each_other_does_not_matter(steps: Any, chance: random.Random) -> None:
    facts = history(steps)
    lines: dict[str, list[Envelope]] = {}
    for fact in facts:
        lines.setdefault(f"{fact.aggregate}:{fact.subject}", []).append(fact)
    shuffled = []
    while lines:
        name = chance.choice(sorted(lines))
        shuffled.append(lines[name].pop(0))
        if not lines[name]:
            del lines[name]
    now = end_of(facts)
    for key in KEYS:
        straight, mixed = folded(numbered(facts), now), folded(numbered(shuffled), now)
        assert hash_of(straight, key, with_seq=False) == hash_of(mixed, key, with_seq=False)


@given(STEPS, st.randoms(use_true_random=False))
@UNHURRIED
def test_any_order_at_all_ends_in_the_same_picture(steps: Any, chance: random.Random) -> None:
    facts = history(steps)
    shuffled = list(facts)
    chance.shuffle(shuffled)
    now = end_of(facts)
    straight, mixed = folded(numbered(facts), now), folded(numbered(shuffled), now)
    assert hash_of(straight, with_seq=False) == hash_of(mixed, with_seq=False)


@given(STEPS, st.integers(0, 40))
@UNHURRIED
def test_pruning_on_the_way_ends_in_the_same_picture_as_pruning_at_the_end(steps: Any, at: int) -> None:
    facts = numbered(history(steps))
    now = end_of([fact for _, fact in facts])
    picture = empty()
    for seq, fact in facts:
        apply(picture, seq, fact)
        prune(picture, fact.time)
        if seq == at:
            apply(picture, seq, facts[0][1])
    assert hash_of(folded([], now, picture)) == hash_of(folded(facts, now))


@contextmanager
def memory() -> Iterator[sqlalchemy.Connection]:
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.connect() as connection:
        Base.metadata.create_all(connection)
        yield connection
    engine.dispose()


class Server:
    """A picture with its disk; it may crash and come back."""

    def __init__(self, disk: sqlalchemy.Connection, clock: ManualClock, stored: list[tuple[int, bytes]]) -> None:
        self.disk, self.clock, self.stored = disk, clock, stored
        self.readings: dict[str, Position] = {}
        self.live = self._begin()

    def _begin(self) -> LivePicture:
        limits = PictureLimits(tombstones=Limit(3, "so few that horizons are met"))

        def fresh() -> Picture:
            return Picture("hub", "区指挥中心", limits=limits)

        live = LivePicture(fresh, self.clock, PictureMetrics(CollectorRegistry()))
        picture = fresh()
        live.begin(picture, store.load(self.disk, picture))
        live.name_stream("stream-1")
        return live

    def restart(self) -> None:
        self.live.screens.drop_all()
        self.live = self._begin()
        for reading in self.readings.values():
            self.live.move(replace(reading))
        self.catch_up()

    def move(self, reading: Position) -> None:
        """The broker keeps the latest reading of each thing and gives it again after a restart."""
        self.readings[reading.id] = replace(reading)
        self.live.move(reading)

    def catch_up(self) -> None:
        self.live.take(one for one in self.stored if one[0] > self.live.picture.seq)
        self.live.at_the_end()

    def save(self) -> None:
        saving = self.live.take_saving()
        if saving is not None:
            store.save(self.disk, saving)


@given(STEPS, st.integers(0, 40), st.integers(0, 40))
@UNHURRIED
def test_a_restart_from_disk_at_any_point_makes_the_same_picture(steps: Any, saved: int, crashed: int) -> None:
    facts, clock, stored = history(steps), ManualClock(), list[tuple[int, bytes]]()
    with memory() as disk, memory() as other_disk:
        server, steady = Server(disk, clock, stored), Server(other_disk, clock, stored)
        for seq, fact in numbered(facts):
            clock.set(fact.time)
            stored.append((seq, encode(fact)))
            for one in (server, steady):
                one.catch_up()
                one.live.tick()
            if seq == saved:
                server.save()
            if seq == crashed:
                server.restart()
        clock.pass_(1800)
        server.live.tick()
        steady.live.tick()
        assert of_facts(server.live.picture) == of_facts(steady.live.picture)


class Viewer:
    """A screen of one account, that comes and goes."""

    def __init__(self, key: str | None) -> None:
        self.key, self.fold, self.screen = key, ClientFold(), None

    screen: Screen | None

    def connect(self, live: LivePicture) -> None:
        self.leave(live)
        live.flush()
        missed = live.resume(self.key, parse_cursor(self.fold.cursor))
        if missed is None:
            epoch = public_epoch(live.mark.epoch, self.key)
            missed = sse("snapshot", epoch, live.picture.seq, live.snapshot(self.key))
        self.fold.hear(missed)
        self.screen = Screen(self.key, lambda: None)
        live.screens.add(self.screen)

    def read(self) -> None:
        if self.screen is not None:
            self.fold.hear(b"".join(self.screen._waiting))
            self.screen._waiting.clear()

    def leave(self, live: LivePicture) -> None:
        self.read()
        if self.screen is not None:
            live.screens.discard(self.screen)
        self.screen = None


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["fact", "fact", "fact", "flush", "leave", "connect", "time", "move", "save", "restart"]),
        st.integers(0, 2),
        st.sampled_from([1, 30, 100, 200, 3700, 90_000]),
    ),
    max_size=60,
)


def _act(server: Server, viewer: Viewer, action: tuple[str, int, int], feed: Iterator[tuple[int, bytes]]) -> None:
    name, number, seconds = action
    live, clock = server.live, server.clock
    doing: dict[str, Callable[[], object]] = {
        "flush": live.flush,
        "leave": lambda: viewer.leave(live),
        "connect": lambda: viewer.connect(live),
        "save": server.save,
    }
    if name in doing:
        doing[name]()
    elif name == "fact":
        server.stored.append(next(feed))
        server.catch_up()
    elif name == "time":
        clock.pass_(seconds)
        live.tick()
    elif name == "move":
        clock.pass_(1)
        server.move(position(number, seconds % 7, clock.now()))
    elif name == "restart":
        viewer.read()
        viewer.screen = None
        server.restart()


_OVER_BEFORE_THE_RESTART = [(name, 0, 1) for name in ("fact", "fact", "connect", "save", "time", "flush", "restart")]


@given(STEPS, ACTIONS, st.sampled_from(KEYS))
@example([Step("shift", 0, 0, 0), Step("incident", 0, 0, 100_000)], _OVER_BEFORE_THE_RESTART, None)
@settings(UNHURRIED, max_examples=300)
def test_what_a_screen_folds_from_its_stream_is_what_the_server_has(steps: Any, actions: Any, key: str | None) -> None:
    facts = history(steps)
    feed = iter([*((seq, encode(fact)) for seq, fact in numbered(facts))])
    clock = ManualClock(end_of(facts) - 2 * LATER)
    with memory() as disk:
        server, viewer = Server(disk, clock, []), Viewer(key)
        server.live.at_the_end()
        for action in actions:
            try:
                _act(server, viewer, action, feed)
            except StopIteration:
                continue
        viewer.connect(server.live)
        server.live.flush()
        viewer.read()
        seen = everything(server.live.picture, key)
        expected = picture_hash(seen.features, [one.public() for one in seen.positions])
        assert picture_hash(viewer.fold.features.values(), viewer.fold.positions.values()) == expected


@given(STEPS)
@UNHURRIED
def test_the_two_ways_in_make_the_same_picture(steps: Any) -> None:
    facts = numbered(history(steps))
    quick, slow = empty(), empty()
    for seq, fact in facts:
        assert apply(slow, seq, fact) == apply_raw(quick, seq, raw(fact))
    assert hash_of(quick) == hash_of(slow)


@given(STEPS, st.randoms(use_true_random=False))
@UNHURRIED
def test_no_fact_is_odd_enough_to_stop_the_picture(steps: Any, chance: random.Random) -> None:
    junk: list[Any] = [None, 7, "x", [], {}, True, -1, {"a": []}, ["b"], 1e300]
    picture = empty()
    for seq, fact in numbered(history(steps)):
        document = raw(fact)
        target = document if chance.random() < 0.3 else document["data"]
        target[chance.choice(sorted(target))] = chance.choice(junk)
        apply_raw(picture, seq, document)
    listen(picture, START, live=True)
    tick(picture, START + LATER)
    assert picture.seq == len(steps)
    everything(picture, None)


@pytest.mark.parametrize("hash_input", [Position("unit-0", "unit", 116.0, 39.0, "2026-11-22T06:00:00.000Z", "hub")])
def test_the_hash_sees_a_difference(hash_input: Position) -> None:
    one = hash_input.public()
    assert picture_hash([], [one]) != picture_hash([], [{**one, "lon": 116.1}])
