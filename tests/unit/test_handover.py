"""Moving an incident's home: whatever happens to the messages, at most one site writes, and no version exists twice."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incident_intake.domain.handover import Reply, Standing, ask, follow, lapse, rule, take_over, withdraw
from shared.contracts.events.intake import Handover, HandoverState
from shared.kernel.errors import Conflict

START = datetime(2026, 7, 31, 10, 0, tzinfo=UTC)
SITES = ("hub", "yufa", "lixian")
VALID = timedelta(minutes=15)


def a_handover(ident: str, from_site: str, to_site: str, now: datetime = START) -> Handover:
    return Handover(
        id=ident, state=HandoverState.REQUESTED, from_site=from_site, to_site=to_site, requested_at=now,
        valid_until=now + VALID,
    )  # fmt: skip


@dataclass(frozen=True)
class Message:
    """A fact about the incident, or an answer."""

    site: str
    fact: str
    standing: Standing | None = None
    reply: Reply | None = None
    to_site: str = ""


@dataclass
class World:
    """Three sites with one incident, and all that was ever said; any of it may be heard at any time, again too."""

    now: datetime = START
    known: dict[str, Standing | None] = field(default_factory=lambda: dict.fromkeys(SITES))
    said: list[Message] = field(default_factory=list)
    answered: set[tuple[str, str]] = field(default_factory=set)
    requests: int = 0

    def __post_init__(self) -> None:
        self.say("hub", "reported", Standing("hub", 1))

    def say(self, site: str, fact: str, standing: Standing) -> None:
        self.known[site] = standing
        self.said.append(Message(site, fact, standing))
        self.check()

    def writers(self) -> list[str]:
        return [site for site, known in self.known.items() if known is not None and known.home_site == site]

    def check(self) -> None:
        assert len(self.writers()) <= 1
        versions = [one.standing.version for one in self.said if one.standing]
        assert len(versions) == len(set(versions)), "two sites wrote the same version"

    def write(self, site: str) -> None:
        known = self.known[site]
        if known is not None and known.home_site == site:
            self.say(site, "updated", Standing(site, known.version + 1, known.succession, known.handover))

    def request(self, site: str, other: str) -> None:
        known = self.known[site]
        if known is None or known.home_site != site or known.pending is not None or other == site:
            return
        self.requests += 1
        handover = a_handover(f"h{self.requests}", site, other, self.now)
        self.say(site, "handover_requested", ask(known, handover))

    def answer(self, number: int, *, is_yes: bool) -> None:
        """Whoever was asked answers, once."""
        asked = [one.standing.handover for one in self.said if one.fact == "handover_requested" and one.standing]
        if not asked:
            return
        handover = asked[number % len(asked)]
        assert handover is not None
        if (handover.id, handover.to_site) in self.answered or self.now > handover.valid_until:
            return
        self.answered.add((handover.id, handover.to_site))
        reply = Reply(handover.id, is_yes, self.now)
        self.said.append(Message(handover.to_site, "answer", reply=reply, to_site=handover.from_site))

    def lapse(self, site: str) -> None:
        known = self.known[site]
        after = lapse(known, self.now) if known is not None and known.home_site == site else None
        if after is not None:
            self.say(site, "handover_expired", after)

    def withdraw(self, site: str) -> None:
        known = self.known[site]
        if known is not None and known.home_site == site and known.pending is not None:
            self.say(site, "handover_withdrawn", withdraw(known, "值班员"))

    def hear(self, site: str, message: Message) -> None:
        known = self.known[site]
        if message.reply is not None:
            ruled = rule(known, message.reply, self.now) if known is not None and known.home_site == site else None
            if ruled is not None:
                self.say(site, *ruled)
            return
        assert message.standing is not None
        taken = take_over(site, known, message.standing, message.fact)
        followed = follow(site, known, message.standing, message.fact)
        if taken is not None:
            self.say(site, "taken_over", taken)
        elif followed is not None:
            self.known[site] = followed
            self.check()

    def settle(self, chance: Random) -> None:
        """Everything is heard by everybody, in any order, until nothing more is said."""
        before = -1
        while before != len(self.said):
            before = len(self.said)
            waiting = [(site, message) for site in SITES for message in self.said]
            chance.shuffle(waiting)
            for site, message in waiting:
                self.hear(site, message)


STEP = st.tuples(
    st.sampled_from(["write", "request", "answer", "refuse", "lapse", "withdraw", "hear", "time"]), st.integers(0, 400)
)


def take(world: World, step: tuple[str, int]) -> None:
    what, number = step
    site, other = SITES[number % 3], SITES[number // 3 % 3]
    match what:
        case "write":
            world.write(site)
        case "request":
            world.request(site, other)
        case "answer" | "refuse":
            world.answer(number, is_yes=what == "answer")
        case "lapse":
            world.lapse(site)
        case "withdraw":
            world.withdraw(site)
        case "hear":
            world.hear(site, world.said[number // 3 % len(world.said)])
        case _:
            world.now += timedelta(minutes=number % 20)


@given(st.lists(STEP, max_size=120), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=400)
def test_whatever_is_lost_late_doubled_or_mixed_one_site_writes(steps: Any, chance: Random) -> None:
    world = World()
    for step in steps:
        take(world, step)
        world.check()
    world.settle(chance)
    assert len(world.writers()) == 1, "once everything is heard, somebody writes"
    newest = max(one.standing.version for one in world.said if one.standing)
    here = world.known[world.writers()[0]]
    assert here is not None
    assert here.version == newest, "nothing that was written is lost"


def test_the_walk_really_hands_over_there_and_back() -> None:
    world = World()
    for site, other in (("hub", "yufa"), ("yufa", "lixian"), ("lixian", "hub")):
        world.request(site, other)
        world.answer(world.requests - 1, is_yes=True)
        world.settle(Random(1))
        assert world.writers() == [other]
    known = world.known["hub"]
    assert known is not None
    assert known.succession == ("hub", "yufa", "lixian")


def test_an_acceptance_heard_too_late_hands_nothing_over() -> None:
    asked = ask(Standing("hub", 4), a_handover("h", "hub", "yufa"))
    in_time = START + timedelta(minutes=1)
    name, after = rule(asked, Reply("h", is_yes=True, at=in_time), START + VALID + timedelta(seconds=1)) or ("", asked)
    assert (name, after.home_site, after.version) == ("handover_expired", "hub", 6)
    assert rule(after, Reply("h", is_yes=True, at=in_time), in_time) is None


def test_a_second_request_waits_for_the_first() -> None:
    asked = ask(Standing("hub", 1), a_handover("h", "hub", "yufa"))
    with pytest.raises(Conflict) as refused:
        ask(asked, a_handover("i", "hub", "lixian"))
    assert refused.value.code == "handover.open_already"


def test_a_site_that_lost_its_last_hours_stops_writing_when_it_hears_its_own_last_word() -> None:
    gone = Standing("yufa", 7, ("hub",), a_handover("h", "hub", "yufa"))
    assert follow("hub", Standing("hub", 5), gone, "handed_over") == gone
    assert follow("hub", Standing("hub", 5), gone, "updated") is None
