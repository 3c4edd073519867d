"""Who is on duty at an instant, what is missing, which shifts collide, and how tables spell it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.duty_roster.domain.change_of_shift import unhanded
from services.duty_roster.domain.duty import Watch, first_overlap, gaps, on_duty, shortest_rest
from services.duty_roster.domain.phones import normal_phone
from services.duty_roster.domain.table_words import read_date, read_post, read_time, shift_period
from shared.contracts.events.duty import HandoverFact, HandoverState
from shared.contracts.events.roster import DutyPost
from shared.kernel.limits import Limit

T0 = datetime(2027, 2, 5, 0, 0, tzinfo=UTC)
LEADER, OFFICER = DutyPost.DUTY_LEADER, DutyPost.DUTY_OFFICER
NEED = {OFFICER: Limit(2, "test")}


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def watch(start: float, end: float, person: str = "a", post: DutyPost = OFFICER, ident: str = "") -> Watch:
    return Watch(ident or f"{person}{start}-{end}", post, person, at(start), at(end))


def test_periods_are_half_open_so_at_the_change_of_shift_only_the_new_ones_are_on() -> None:
    shifts = [watch(0, 12, "a"), watch(12, 24, "b")]
    assert [w.person_id for w in on_duty(shifts, at(0))] == ["a"]
    assert [w.person_id for w in on_duty(shifts, at(12))] == ["b"]
    assert on_duty(shifts, at(24)) == []


def test_a_post_with_too_few_people_is_short_exactly_as_long_as_it_is() -> None:
    shifts = [watch(0, 24, "a"), watch(6, 12, "b"), watch(0, 24, "c", LEADER)]
    found = [(gap.starts_at, gap.ends_at, gap.present, gap.code) for gap in gaps(shifts, NEED, at(0), at(24))]
    assert found == [(at(0), at(6), 1, "roster.post_short"), (at(12), at(24), 1, "roster.post_short")]


def test_an_empty_post_is_told_as_empty_and_neighbouring_gaps_are_one() -> None:
    found = gaps([watch(30, 40)], NEED, at(0), at(24))
    assert [(gap.starts_at, gap.ends_at, gap.code) for gap in found] == [(at(0), at(24), "roster.post_empty")]


def test_one_person_twice_at_a_post_counts_once() -> None:
    twice = [watch(0, 24, "a", ident="1"), watch(0, 24, "a", ident="2")]
    assert [gap.present for gap in gaps(twice, NEED, at(0), at(24))] == [1]


_WATCHES = st.lists(
    st.builds(
        lambda start, length, person: watch(start, start + length, person),
        st.integers(-10, 30),
        st.integers(1, 20),
        st.sampled_from("abc"),
    ),
    max_size=8,
)


@given(_WATCHES, st.integers(0, 23))
def test_a_gap_is_exactly_where_too_few_are_on_duty(shifts: list[Watch], hour: int) -> None:
    moment = at(hour)
    present = {w.person_id for w in on_duty(shifts, moment)}
    inside = [gap for gap in gaps(shifts, NEED, at(0), at(24)) if gap.starts_at <= moment < gap.ends_at]
    assert len(inside) == (1 if len(present) < 2 else 0)
    assert all(gap.present == len(present) for gap in inside)


@given(_WATCHES)
def test_an_overlap_is_found_whichever_of_the_two_comes_first(shifts: list[Watch]) -> None:
    for one in shifts:
        for other in shifts:
            assert (first_overlap(one, [other]) is None) == (first_overlap(other, [one]) is None)


def test_a_person_overlaps_at_any_post_but_touching_shifts_do_not() -> None:
    mine = watch(8, 16)
    assert first_overlap(mine, [watch(15, 20, "a", LEADER)]) is not None
    assert first_overlap(mine, [watch(16, 20), watch(0, 8), watch(9, 10, "b"), mine]) is None


def test_rest_is_the_shorter_pause_before_or_after() -> None:
    mine = watch(24, 32)
    assert shortest_rest(mine, [watch(0, 8), watch(42, 50), watch(33, 40, "b")]) == timedelta(hours=10)
    assert shortest_rest(mine, [mine]) is None


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800000001", "13800000001"),
        ("１３８００００００01", "13800000001"),
        (" 010—6929 0001 ", "010-6929 0001"),
        ("010-69290001转123", "010-69290001转123"),
        ("+86 138 0000 0001", "+86 138 0000 0001"),
        ("110", "110"),
        ("张三", None),
        ("12", None),
        ("138000x0001", None),
        ("1" * 40, None),
    ],
)
def test_phones_are_taken_as_people_write_them(text: str, phone: str | None) -> None:
    assert normal_phone(text) == phone


@pytest.mark.parametrize("text", ["2027-02-05", "2027/2/5", "2027.2.5", "2027年2月5日", "20270205", "２０２７-02-05"])
def test_dates_are_read_as_people_write_them(text: str) -> None:
    assert read_date(text) == date(2027, 2, 5)


@pytest.mark.parametrize("text", ["2027-02-30", "2月5日", "明天", "", "05/02/2027"])
def test_what_is_no_full_date_is_not_guessed(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("8:30", (time(8, 30), 0)),
        ("08：30", (time(8, 30), 0)),
        ("8时", (time(8), 0)),
        ("8点30分", (time(8, 30), 0)),
        ("08:30:00", (time(8, 30), 0)),
        ("24:00", (time(0), 1)),
        ("次日8:00", (time(8), 1)),
        ("25:00", None),
        ("8:60", None),
        ("早上", None),
    ],
)
def test_times_are_read_as_people_write_them(text: str, found: tuple[time, int] | None) -> None:
    assert read_time(text) == found


@pytest.mark.parametrize(
    ("text", "post"),
    [("值班员", OFFICER), ("值班员A", OFFICER), ("duty_leader", LEADER), ("带 班 领 导", LEADER), ("厨师", None)],
)
def test_posts_are_found_by_label_code_and_habit(text: str, post: DutyPost | None) -> None:
    assert read_post(text, {"值班员": OFFICER, "带班领导": LEADER}) is post


def test_a_shift_of_a_civil_day_is_in_beijing_time_and_runs_over_midnight() -> None:
    day = date(2027, 2, 5)
    assert shift_period(day, (time(8), 0), None) == (at(0), at(24))
    assert shift_period(day, (time(20), 0), (time(8), 0)) == (at(12), at(24))
    assert shift_period(day, (time(8), 0), (time(0), 1)) == (at(0), at(16))
    assert shift_period(day, (time(0), 0), (time(8), 0)) == (at(-8), at(0))


def _paper(who: str, hours: float, state: HandoverState = HandoverState.OPEN, post: DutyPost = OFFICER) -> HandoverFact:
    at = T0 + timedelta(hours=hours)
    return HandoverFact(
        id="h", post=post, from_person_id=who, from_name=who, to_person_id="乙", to_name="乙", at=at,
        state=state, opened_at=at, home_site="hub",
    )  # fmt: skip


def test_a_change_of_shift_that_nobody_signs_is_noticed_until_somebody_begins() -> None:
    night = [watch(0, 12, "甲"), watch(12, 24, "乙"), watch(0, 12, "丁", LEADER), watch(12, 24, "戊", LEADER)]

    def names(*papers: HandoverFact, at: float = 13, relieved: frozenset[str] = frozenset()) -> list[str]:
        found = unhanded(night, papers, T0 + timedelta(hours=at), relieved=relieved)
        return [watch.person_id for one in found for watch in one.outgoing]

    assert names(at=11) == [], "not before the change"
    assert names(at=12) == ["甲"], "leaders hand nothing over at the desk"
    assert names(_paper("甲", 11.5)) == []
    assert names(_paper("甲", 11.5, post=DutyPost.CHIEF_OFFICER)) == ["甲"], "a paper of another post"
    assert names(_paper("甲", 13, HandoverState.SIGNED_IN)) == []
    assert names(_paper("甲", 11.5, HandoverState.CANCELLED)) == ["甲"]
    assert names(_paper("丙", 11.5)) == ["甲"], "another person's paper"
    assert names(_paper("甲", -20)) == ["甲"], "that was of an earlier shift"
    assert names(relieved=frozenset({"乙12-24"})) == [], "a relief is a paper of its own"


@pytest.mark.parametrize(
    "night",
    [
        [watch(0, 12, "甲"), watch(12, 24, "甲")],
        [watch(0, 9, "甲"), watch(12, 24, "乙")],
        [watch(0, 12, "甲")],
        [watch(0, 24, "甲"), watch(12, 24, "乙")],
    ],
    ids=["the same person goes on", "the post was empty between", "nobody came", "one more joins"],
)
def test_where_nobody_goes_nothing_is_to_be_handed_over(night: list[Watch]) -> None:
    assert unhanded(night, [], T0 + timedelta(hours=13), relieved=frozenset()) == []
