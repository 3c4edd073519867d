"""Clocks of reporting: across midnight and New Year, whatever the clock does, and whatever the grade becomes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.information_reporting.domain.clock import LATE, About, Clock, begin, begin_day, cancel, met, run_out
from services.information_reporting.domain.incident import Incident
from services.information_reporting.domain.reckoning import (
    Told,
    cancelled,
    final_clocks,
    first_clocks,
    follow_up_clocks,
    raised_clocks,
    settled,
    unit_clocks,
)
from services.information_reporting.domain.rules import DEFAULTS, Party, Rule, RuleBook, check_rules, worse
from services.information_reporting.domain.rules import Heading as _Heading
from services.information_reporting.domain.summary import is_special
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.events.report import ClockChannel, ClockFrom, ReportClockState, ReportKind, SendChannel
from shared.contracts.events.roster import PeriodKind
from shared.contracts.levels import IncidentGrade
from shared.kernel.clock import SHANGHAI, civil_date
from shared.kernel.errors import Invalid

NEW_YEAR = datetime(2026, 12, 31, 15, 55, tzinfo=UTC)
"""23:55 of the last day of the year in the district."""
CITY = RuleBook(DEFAULTS, _Heading()).kept_by(Party.DISTRICT)
GRADES = st.sampled_from([None, *IncidentGrade])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
PHONE = next(rule for rule in CITY if rule.id == "city_phone")


def incident(at: datetime = NEW_YEAR, **more: Any) -> Incident:
    values: dict[str, Any] = {
        "id": "i1", "number": "DX-20261231-0001", "title": "某火灾", "status": IncidentStatus.REPORTED,
        "home_site": "hub", "occurred_at": at, "received_at": at, "known_at": at, "type_code": "12G03",
        "source": "fire_119",
    }  # fmt: skip
    return Incident(**{**values, **more})


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def sent(at: datetime, kind: ReportKind = ReportKind.INITIAL, **more: Any) -> Told:
    return Told(**{"at": at, "report_id": "r1", "kind": kind, "channel": SendChannel.FAX, **more})


@given(MOMENTS, st.integers(1, 3000))
def test_a_deadline_is_that_long_after_the_start_whatever_day_or_year_begins_between(
    start: datetime, span: int
) -> None:
    clock = begin(replace(PHONE, minutes=span, remind_minutes=0), About("i1"), "first", start)
    assert clock.due_at - clock.starts_at == minutes(span)
    assert met(clock, clock.due_at).state is ReportClockState.MET
    assert met(clock, clock.due_at + timedelta(milliseconds=1)).state is ReportClockState.MET_LATE


def test_a_call_of_the_old_year_is_due_in_the_new_one() -> None:
    (phone,) = [clock for clock in first_clocks(CITY, incident(sensitive=True), "hub") if clock.rule_id == "city_phone"]
    assert phone.due_at.astimezone(SHANGHAI).isoformat() == "2027-01-01T00:10:00+08:00"
    assert run_out(phone, phone.due_at).state is ReportClockState.RUNNING
    assert run_out(phone, phone.due_at + minutes(1)).state is ReportClockState.OVERDUE


@given(st.lists(st.integers(-3000, 3000), max_size=12), st.integers(-100, 3000))
def test_no_step_of_the_clock_brings_a_delay_back(looks: list[int], told_after: int) -> None:
    clock = begin(PHONE, About("i1"), "first", NEW_YEAR)
    was_late = False
    for look in looks:
        clock = run_out(clock, NEW_YEAR + minutes(look))
        was_late = was_late or clock.state is ReportClockState.OVERDUE
        assert clock.state is (ReportClockState.OVERDUE if was_late else ReportClockState.RUNNING)
    at = NEW_YEAR + minutes(told_after)
    after = met(clock, at)
    assert (after.state is ReportClockState.MET_LATE) == (at > clock.due_at), "the times decide, not when one looked"
    assert cancel(after, at) == after


STATUS = st.sampled_from(IncidentStatus)
NEWS = st.lists(st.tuples(st.integers(1, 200), GRADES, GRADES, st.booleans(), STATUS), max_size=10)


def grown(clocks: list[Clock], new: list[Clock]) -> list[Clock]:
    known = {clock.id: clock for clock in clocks} | {clock.id: clock for clock in new}
    keys: set[tuple[str, str, str]] = set()
    return [clock for clock in known.values() if not (clock.key in keys or keys.add(clock.key))]  # type: ignore[func-returns-value]


@given(NEWS)
def test_no_news_of_an_incident_ever_clears_a_delay(news: list[Any]) -> None:
    now, one = NEW_YEAR, incident()
    clocks = first_clocks(CITY, one, "hub")
    for passed, grade, possible, sensitive, status in news:
        now += minutes(passed)
        clocks = [run_out(clock, now) for clock in clocks]
        late = {clock.id for clock in clocks if clock.state in LATE}
        before, one = one, replace(
            one, grade=grade, possible_grade=possible, sensitive=sensitive, status=status,
            closed_at=now if status is IncidentStatus.CLOSED else None,
        )  # fmt: skip
        clocks = grown(clocks, raised_clocks(CITY, one, before, now))
        clocks = grown(clocks, final_clocks(CITY, one, was_told=False))
        clocks = grown(clocks, cancelled(one, clocks, CITY, now))
        assert late <= {clock.id for clock in clocks if clock.state in LATE}


@given(GRADES, GRADES, st.booleans(), st.integers(1, 300))
def test_a_raise_only_adds_clocks_which_start_then(
    before: IncidentGrade | None, after: IncidentGrade | None, sensitive: bool, passed: int
) -> None:
    one = incident(grade=before, sensitive=sensitive)
    clocks, now = first_clocks(CITY, one, "hub"), NEW_YEAR + minutes(passed)
    higher = replace(one, grade=worse(before, after))
    new = raised_clocks(CITY, higher, one, now)
    rank = [None, *reversed(IncidentGrade)].index
    steps_up = rank(higher.grade) > rank(one.grade) and rank(higher.grade) >= rank(IncidentGrade.III)
    assert bool(new) == steps_up
    assert all(clock.starts_at == now for clock in new)
    assert cancelled(higher, clocks, CITY, now) == [], "what was due stays due"


def test_a_possible_grade_that_is_confirmed_is_told_once_more() -> None:
    """S3 +30 and +70: 较大(可能重大) becomes 重大."""
    maybe = incident(grade=IncidentGrade.III, possible_grade=IncidentGrade.II)
    (phone,) = [clock for clock in raised_clocks(CITY, maybe, incident(grade=IncidentGrade.IV), NEW_YEAR)
                if clock.rule_id == "city_phone"]  # fmt: skip
    certain = incident(grade=IncidentGrade.II)
    (again,) = [one for one in raised_clocks(CITY, certain, maybe, NEW_YEAR + minutes(40)) if one.rule_id == PHONE.id]
    assert (phone.occasion, again.occasion) == ("grade:II", "confirmed:II")
    assert again.key != phone.key
    assert raised_clocks(CITY, certain, certain, NEW_YEAR + minutes(50)) == []


def test_what_turned_out_to_be_less_is_not_waited_for_but_a_delay_stays() -> None:
    clocks = first_clocks(CITY, incident(grade=IncidentGrade.III), "hub")
    assert {clock.rule_id for clock in clocks} == {"city_phone", "city_written", "city_detail"}
    gone = cancelled(incident(grade=IncidentGrade.IV), clocks, CITY, NEW_YEAR + minutes(30))
    states = {clock.rule_id: clock.state.value for clock in gone}
    assert states == {"city_phone": "overdue", "city_written": "cancelled", "city_detail": "cancelled"}


def test_the_missing_and_the_sensitive_count_for_the_clocks() -> None:
    assert incident(grade=IncidentGrade.III, possible_grade=IncidentGrade.II).severity is IncidentGrade.II
    assert incident(sensitive=True).severity is IncidentGrade.III
    assert incident(sensitive=True, grade=IncidentGrade.I).severity is IncidentGrade.I
    assert incident().severity is None


def test_a_call_meets_the_call_and_a_paper_the_papers() -> None:
    clocks = first_clocks(CITY, incident(sensitive=True), "hub")
    called = settled(clocks, sent(NEW_YEAR + minutes(10), channel=SendChannel.PHONE))
    assert [clock.rule_id for clock in called] == ["city_phone"]
    papers = settled(clocks, sent(NEW_YEAR + minutes(59), has_gaps=True))
    assert {clock.rule_id: clock.state.value for clock in papers} == {"city_phone": "met_late", "city_written": "met"}
    detailed = settled(clocks, sent(NEW_YEAR + minutes(119), ReportKind.FOLLOW_UP))
    assert "city_detail" in {clock.rule_id for clock in detailed if clock.state is ReportClockState.MET}


def test_the_next_follow_up_is_due_after_the_last_and_none_after_the_end() -> None:
    one = incident(sensitive=True)
    (first,) = follow_up_clocks(CITY, one, [], NEW_YEAR, "after:r1:fax")
    assert first.minutes == 60
    assert follow_up_clocks(CITY, one, [first], NEW_YEAR, "after:r1:phone") == [], "one is waited for already"
    assert settled([first], sent(NEW_YEAR + minutes(30))) == [], "the initial report is no follow-up"
    (done,) = settled([first], sent(NEW_YEAR + minutes(61), ReportKind.FOLLOW_UP))
    assert done.state is ReportClockState.MET_LATE
    over = replace(one, status=IncidentStatus.CLOSED, closed_at=NEW_YEAR + minutes(20))
    assert [clock.state.value for clock in cancelled(over, [first], CITY, NEW_YEAR + minutes(20))] == ["cancelled"]
    assert follow_up_clocks(CITY, over, [], NEW_YEAR, "x") == []
    (final,) = final_clocks(CITY, over, was_told=True)
    assert final.due_at == NEW_YEAR + minutes(20 + 1440)


def test_a_trifle_that_is_over_owes_nothing_but_what_has_a_grade_does() -> None:
    trifle = incident()
    clocks = first_clocks(CITY, trifle, "hub")
    over = replace(trifle, status=IncidentStatus.CLOSED, closed_at=NEW_YEAR)
    assert [one.state.value for one in cancelled(over, clocks, CITY, NEW_YEAR + minutes(5))] == ["cancelled"]
    assert final_clocks(CITY, over, was_told=False) == []
    graded = replace(over, grade=IncidentGrade.IV)
    assert cancelled(graded, clocks, CITY, NEW_YEAR + minutes(5)) == []
    assert len(final_clocks(CITY, graded, was_told=False)) == 1


def test_how_long_a_township_took_is_known_at_once() -> None:
    late = incident(source="territory", received_at=NEW_YEAR + minutes(16), known_at=NEW_YEAR + minutes(16))
    (arrival,) = [clock for clock in first_clocks(CITY, late, "hub") if clock.rule_id == "township_arrival"]
    assert (arrival.state, arrival.met_at) == (ReportClockState.MET_LATE, NEW_YEAR + minutes(16))
    assert not [
        clock for clock in first_clocks(CITY, replace(late, home_site="yufa"), "hub") if "arrival" in clock.rule_id
    ]


def test_the_hour_of_the_unit_runs_from_the_event_and_only_its_own_report_ends_it() -> None:
    """S4 +30: 单位 1 小时规则另计 (493 §9)."""
    fall = incident(type_code="12C01", source="hotline_12350", received_at=NEW_YEAR + minutes(5))
    assert "unit_arrival" not in {clock.rule_id for clock in first_clocks(CITY, fall, "hub")}
    (hour,) = unit_clocks(CITY, fall, [])
    assert (hour.starts_at, hour.due_at, hour.state) == (NEW_YEAR, NEW_YEAR + minutes(60), ReportClockState.RUNNING)
    assert hour.remind_at is None
    assert settled([hour], sent(NEW_YEAR + minutes(10))) == [], "our report is not the unit's"
    assert unit_clocks(CITY, fall, [hour]) == [], "one hour, however much is told of it"
    (done,) = unit_clocks(CITY, replace(fall, unit_told_at=NEW_YEAR + minutes(61)), [hour])
    assert done.state is ReportClockState.MET_LATE
    assert unit_clocks(CITY, replace(fall, unit_told_at=NEW_YEAR + minutes(61)), [done]) == []
    (first,) = unit_clocks(CITY, replace(fall, unit_told_at=NEW_YEAR + minutes(5)), [])
    assert first.state is ReportClockState.MET, "the unit itself told of it first"
    assert unit_clocks(CITY, replace(fall, type_code="12H02"), []) == [], "no unit need be there"


def test_the_hour_of_the_unit_begins_again_when_the_incident_stands_again() -> None:
    fall = incident(type_code="12C01")
    (hour,) = unit_clocks(CITY, fall, [])
    (gone,) = cancelled(replace(fall, status=IncidentStatus.MERGED), [hour], CITY, NEW_YEAR + minutes(3))
    assert unit_clocks(CITY, replace(fall, status=IncidentStatus.MERGED), [gone]) == []
    (again,) = unit_clocks(CITY, fall, [gone])
    assert (again.due_at, again.key != hour.key) == (hour.due_at, True)


def test_every_site_keeps_the_clocks_of_its_own_part() -> None:
    township = RuleBook(DEFAULTS, _Heading()).kept_by(Party.TOWNSHIP)
    assert {rule.id for rule in township} == {"township_phone", "township_written"}
    assert not {rule.id for rule in CITY} & {rule.id for rule in township}
    assert not [rule for rule in DEFAULTS if rule.verified], "nothing unverified is shown as the law's"
    assert all(rule.basis for rule in DEFAULTS)


def test_a_daily_report_is_due_at_its_hour_of_the_civil_day() -> None:
    rule = next(rule for rule in DEFAULTS if rule.channel is ClockChannel.DAILY)
    clock = begin_day(rule, About(township="110115006", day="2027-02-06"))
    assert clock.due_at.astimezone(SHANGHAI).isoformat() == "2027-02-06T17:00:00+08:00"
    assert clock.remind_at is not None
    assert clock.due_at - clock.remind_at == minutes(30)


@pytest.mark.parametrize(
    ("day", "said", "special"),
    [
        ("2027-02-06", None, True),
        ("2027-01-01", None, True),
        ("2027-01-05", None, False),
        ("2027-01-05", PeriodKind.SENSITIVE, True),
        ("2027-02-06", PeriodKind.WORKDAY, False),
        ("2027-02-14", PeriodKind.SHIFTED_WORKDAY, False),
    ],
)
def test_townships_report_daily_on_holidays_and_in_sensitive_periods(
    day: str, said: PeriodKind | None, special: bool
) -> None:
    assert is_special(datetime.fromisoformat(day).date(), said) is special
    assert civil_date(NEW_YEAR).isoformat() == "2026-12-31"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"remind_minutes": 15}, "report_rule.remind_too_early"),
        ({"clock_from": ClockFrom.DAILY}, "report_rule.from_unfit"),
        ({"channel": ClockChannel.FINAL}, "report_rule.from_unfit"),
    ],
)
def test_rules_that_could_not_be_kept_are_refused(change: dict[str, Any], code: str) -> None:
    rules: tuple[Rule, ...] = (replace(PHONE, **change),)
    with pytest.raises(Invalid) as refused:
        check_rules(rules)
    assert code in {fault.code for fault in refused.value.faults}
    with pytest.raises(Invalid):
        check_rules((PHONE, PHONE))
    check_rules(DEFAULTS)
