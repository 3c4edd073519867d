"""The picture across sites: homes that move, links that are cut, requests, conflicts and checks as features."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.operational_picture.domain.ageing import begin, listen, sites_view, tick
from services.operational_picture.domain.changes import everything
from services.operational_picture.domain.digest import picture_hash
from services.operational_picture.domain.fold import apply
from services.operational_picture.domain.picture import Picture
from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope
from shared.contracts.events.base import Fact
from shared.contracts.events.dispatch import RequestFact, RequestState
from shared.contracts.events.intake import Handover, HandoverState, IncidentFact
from shared.contracts.events.ops import CheckFact, CheckState, SiteFact
from tests.unit.picture_world import START, incident

CHAIN = ("hub", "yufa", "lixian", "hub")


def told(site: str, kind: str, ident: str, version: int, payload: Fact, *, now: datetime = START) -> Envelope:
    return draft(
        site=site, service="test", kind=kind, aggregate_id=ident, version=version, payload=payload, now=now,
        exercise=False,
    )  # fmt: skip


def an_incident(site: str, version: int, **fields: Any) -> Envelope:
    _, fact = incident("i", site, 0, START)
    payload = IncidentFact.model_validate({**fact.model_dump(), "title": f"v{version}", **fields})
    kind = fields.pop("kind", "updated")
    return told(site, f"intake.incident.{kind}.v1", "i", version, payload)


def moving_home() -> list[Envelope]:
    """An incident that goes from home to home, with a change at each."""
    facts, version = [an_incident("hub", 1)], 1
    for at in range(1, len(CHAIN)):
        former, home, succession = CHAIN[at - 1], CHAIN[at], list(CHAIN[:at])
        version += 3
        facts += [
            an_incident(former, version - 2, kind="handed_over", home_site=home, succession=succession),
            an_incident(home, version - 1, kind="taken_over", home_site=home, succession=succession),
            an_incident(home, version, home_site=home, succession=succession),
        ]
    return facts


def folded(facts: list[Envelope]) -> Picture:
    picture = Picture("hub", "区指挥中心")
    begin(picture, START)
    for seq, fact in enumerate(facts, 1):
        apply(picture, seq, fact)
    return picture


def hash_of(picture: Picture) -> str:
    seen = [one for one in everything(picture, None).features if one["properties"]["kind"] != "territory"]
    return picture_hash(seen, with_seq=False)


@given(st.randoms(use_true_random=False))
@settings(deadline=None)
def test_an_incident_that_moved_looks_the_same_in_whatever_order_its_homes_are_heard(chance: Random) -> None:
    facts = moving_home()
    mixed = facts + chance.choices(facts, k=4)
    chance.shuffle(mixed)
    here = folded(mixed)
    assert hash_of(here) == hash_of(folded(facts))
    feature = here.shown["incident:i"].feature
    assert feature is not None
    assert (feature["properties"]["home_site"], feature["properties"]["title"]) == ("hub", "v10")


def test_a_site_that_was_never_a_home_cannot_move_it() -> None:
    picture = folded([an_incident("hub", 1), an_incident("yufa", 2)])
    assert picture.odd["foreign"] == 1
    feature = picture.shown["incident:i"].feature
    assert feature is not None
    assert feature["properties"]["title"] == "v1"


def test_a_former_home_cannot_write_on() -> None:
    facts = moving_home()[:3]
    picture = folded([*facts, an_incident("hub", 9)])
    assert picture.odd["foreign"] == 1


def test_the_timeline_that_travels_is_not_drawn() -> None:
    line = {"id": "x", "at": START, "recorded_at": START, "kind": "note", "code": "timeline.note"}
    fact = an_incident("hub", 2, kind="handed_over", home_site="yufa", succession=["hub"], log=[line])
    feature = folded([fact]).shown["incident:i"].feature
    assert feature is not None
    assert not {"log", "succession"} & feature["properties"].keys()


def a_request(site: str, version: int, state: RequestState, now: datetime = START) -> Envelope:
    payload = RequestFact(
        id="r", state=state, from_site="hub", to_site="yufa", unit_id="u", unit_name="一队", incident_id="i",
        requested_at=START, valid_until=START + timedelta(minutes=10), home_site="yufa", succession=["hub"],
        answered_at=now if version > 1 else None,
    )  # fmt: skip
    fact = "made" if version == 1 else state.value
    return told(site, f"dispatch.request.{fact}.v1", "r", version, payload, now=now)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_request_is_answered_by_the_asked_site_in_either_order(order: tuple[int, int]) -> None:
    facts = [a_request("hub", 1, RequestState.REQUESTED), a_request("yufa", 2, RequestState.ACCEPTED)]
    picture = folded([facts[at] for at in order])
    feature = picture.shown["request:r"].feature
    assert feature is not None
    assert (feature["properties"]["state"], feature["properties"]["home_site"]) == ("accepted", "yufa")
    tick(picture, START + timedelta(minutes=61))
    assert "request:r" not in picture.shown


def test_the_asking_site_cannot_answer_itself() -> None:
    picture = folded([a_request("hub", 1, RequestState.REQUESTED), a_request("hub", 2, RequestState.ACCEPTED)])
    assert (picture.shown["request:r"].version, picture.odd["foreign"]) == (1, 1)


def test_an_open_check_stays_and_a_closed_one_leaves_after_a_while() -> None:
    def check(version: int, state: CheckState) -> Envelope:
        payload = CheckFact(
            id="c", site="yufa", site_name="榆垡镇", state=state, silent_since=START, opened_at=START, home_site="hub"
        )
        return told("hub", f"ops.check.{'opened' if version == 1 else 'closed'}.v1", "c", version, payload)

    picture = folded([check(1, CheckState.OPEN)])
    tick(picture, START + timedelta(days=3))
    assert "check:c" in picture.shown
    apply(picture, 9, check(2, CheckState.CLOSED))
    tick(picture, START + timedelta(hours=2))
    assert "check:c" not in picture.shown


def a_beat(version: int, now: datetime) -> Envelope:
    payload = SiteFact(site="yufa", name="榆垡镇", product_version="0", beat_at=now)
    return told("yufa", "ops.site.heartbeat.v1", "yufa", version, payload, now=now)


def test_a_cut_shows_within_its_limits_marks_what_the_site_told_and_ends_with_the_first_word() -> None:
    picture = folded([an_incident("yufa", 1), a_beat(1, START)])
    listen(picture, START, live=True)
    states = []
    for seconds in (20, 46, 91):
        tick(picture, START + timedelta(seconds=seconds))
        states.append(next(site for site in sites_view(picture) if site["site"] == "yufa"))
    assert [site["state"] for site in states] == ["connected", "degraded", "disconnected"]
    assert states[2]["since"] == states[2]["last_fact_at"], "cut since its last word, not since we noticed"
    feature = picture.shown["incident:i"].feature
    assert feature is not None
    assert (feature["properties"]["stale"], feature["properties"]["as_of"]) == (True, "2026-11-22T06:00:00.000Z")
    later = START + timedelta(minutes=5)
    apply(picture, 3, a_beat(2, later))
    listen(picture, later, live=True)
    assert feature["properties"]["stale"] is False


def test_an_incident_asks_to_be_taken_over_in_its_own_feature() -> None:
    handover = Handover(
        id="h", state=HandoverState.REQUESTED, from_site="hub", to_site="yufa", requested_at=START,
        valid_until=START + timedelta(minutes=15),
    )  # fmt: skip
    picture = folded([an_incident("hub", 2, kind="handover_requested", handover=handover)])
    feature = picture.shown["incident:i"].feature
    assert feature is not None
    assert feature["properties"]["handover"]["to_site"] == "yufa"
