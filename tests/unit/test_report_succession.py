"""What a township owed goes on at the incident's next home, in whatever order its facts are heard."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.information_reporting.domain.clock import LATE, About, Clock, begin, cancel, met, run_out
from services.information_reporting.domain.rules import DEFAULTS, Heading, Party, RuleBook
from services.information_reporting.domain.succession import gone_on, passed_on
from shared.contracts.events.report import ReportClockState
from tests.unit.test_report_clocks import incident

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
RULES = RuleBook(DEFAULTS, Heading()).kept_by(Party.TOWNSHIP)
PHONE, WRITTEN = (rule for rule in RULES if rule.id in {"township_phone", "township_written"})


def owed() -> list[Clock]:
    return [begin(rule, About("i1"), "first", NOW) for rule in (PHONE, WRITTEN)]


def after(count: float) -> datetime:
    return NOW + timedelta(minutes=count)


def test_what_runs_goes_on_due_at_the_same_instant_and_people_are_reminded_by_the_rule_here() -> None:
    phone, written = owed()
    told = [met(phone, after(4), "r1"), replace(written, remind_at=None)]
    here = {one.rule_id: one for one in gone_on([], told, RULES, is_back=False)}
    assert here["township_phone"].state is ReportClockState.MET
    assert here["township_phone"].report_id == "r1"
    assert (here["township_written"].due_at, here["township_written"].starts_at) == (written.due_at, NOW)
    assert here["township_written"].remind_at == written.due_at - timedelta(minutes=10)
    assert here["township_written"].id != written.id


@pytest.mark.parametrize("minutes", [1, 20, 40])
def test_what_the_old_home_passes_on_is_open_nowhere_but_at_the_next(minutes: float) -> None:
    before = [run_out(clock, after(minutes)) for clock in owed()]
    passed = passed_on(before, "lixian", after(minutes))
    assert not any(clock.is_open or clock.remind_at for clock in passed)
    assert [one.state in LATE for one in passed] == [one.state in LATE for one in before]
    here = gone_on([], passed, RULES, is_back=False)
    assert [(one.state, one.due_at) for one in here] == [(one.state, one.due_at) for one in before]
    assert all(clock.is_open for clock in here)


def test_what_was_dropped_because_it_was_nothing_does_not_come_back() -> None:
    assert gone_on([], [cancel(one, after(1)) for one in owed()], RULES, is_back=False) == []


def test_a_home_that_gets_it_back_owes_again_what_it_had_passed_on_and_is_not_reminded_twice() -> None:
    passed = passed_on(owed(), "lixian", after(1))
    here = gone_on(passed, [], RULES, is_back=True)
    assert [(one.id, one.state, one.passed_to) for one in here] == [
        (one.id, ReportClockState.RUNNING, None) for one in passed
    ]
    reminded = [replace(one, remind_at=None) for one in here]
    assert gone_on(reminded, [], RULES, is_back=True) == []


@given(st.integers(0, 60), st.integers(0, 60))
def test_whatever_order_former_homes_are_heard_in_the_same_is_owed(told_at: int, passed_at: int) -> None:
    first = owed()
    second = [replace(one, id=f"2{one.id}") for one in first]
    facts = [
        *first,
        *passed_on(first, "lixian", after(passed_at)),
        met(second[0], after(told_at)),
        run_out(second[1], after(passed_at)),
    ]
    results = set()
    for order in permutations(facts[2:]):
        own: list[Clock] = []
        heard: dict[str, Clock] = {}
        for fact in order:
            heard[fact.id] = fact
            changed = {one.key: one for one in gone_on(own, heard.values(), RULES, is_back=False)}
            own = list(({one.key: one for one in own} | changed).values())
        stands = sorted((one.rule_id, run_out(one, after(90)).state, one.due_at, one.met_at) for one in own)
        results.add(tuple(stands))
    assert len(results) == 1


def test_who_reports_is_the_old_home_until_the_next_has_begun_and_the_centre_always() -> None:
    given_on = incident(home_site="lixian", succession=("yufa",), is_begun=False)
    assert [given_on.is_reported_by(site) for site in ("yufa", "lixian", "hub")] == [True, False, True]
    begun = replace(given_on, is_begun=True)
    assert [begun.is_reported_by(site) for site in ("yufa", "lixian", "hub")] == [False, True, True]
    assert replace(begun, succession=("yufa", "hub", "anding")).townships_before == ("anding",)
