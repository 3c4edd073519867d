"""Rules of a night on duty: whom a day needs, what is handed over, who is drawn, what an answer counts as."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.duty_roster.domain.handover import current_items, open_incidents, unticked
from services.duty_roster.domain.roll_call import Plan, draw, figures, result_of, slot_due, slots
from services.duty_roster.domain.staffing import (
    KIND_OF_DAY,
    USUAL_STAFFING,
    DayKind,
    StaffingRule,
    check_staffing,
    required_on,
)
from services.information_reporting.domain.summary import Night, RollCallFigures, bulletin
from services.notification.domain.roll_call import roll_call_key, roll_call_of
from shared.contracts.events.duty import HandoverFact, HandoverItem, HandoverItemKind, HandoverState
from shared.contracts.events.roll_call import RollCallKind, RollCallResult, RollCallUnit
from shared.contracts.events.roster import DutyPost, PeriodKind
from shared.kernel.clock import SHANGHAI
from shared.kernel.errors import Invalid

NOW = datetime(2027, 2, 5, 12, 0, tzinfo=UTC)
"""20:00 of 除夕."""
EVE = date(2027, 2, 5)
HOURLY = Plan(frozenset({DayKind.HOLIDAY}), time(20), time(1), 60, RollCallKind.VIDEO, 5)
CODES = [f"1101150{index:02}" for index in range(22)]


@pytest.mark.parametrize(
    ("kind", "leaders", "officers"),
    [
        (PeriodKind.WORKDAY, 1, 1),
        (PeriodKind.SHIFTED_WORKDAY, 1, 1),
        (PeriodKind.WEEKEND, 1, 1),
        (PeriodKind.STATUTORY_HOLIDAY, 2, 1),
        (PeriodKind.SHIFTED_REST, 2, 1),
        (PeriodKind.SENSITIVE, 2, 2),
        (PeriodKind.RESPONSE, 2, 2),
    ],
)
def test_holidays_rest_days_made_by_moving_and_special_periods_need_two_leaders(
    kind: PeriodKind, leaders: int, officers: int
) -> None:
    need = required_on(kind, USUAL_STAFFING)
    assert {post: limit.value for post, limit in need.items()} == {
        DutyPost.DUTY_LEADER: leaders,
        DutyPost.DUTY_OFFICER: officers,
    }
    assert not any(limit.verified for limit in need.values()), "nobody has checked this for Beijing"
    assert set(KIND_OF_DAY) == set(PeriodKind)


def test_a_post_with_the_number_nought_needs_nobody_and_nothing_is_said_twice() -> None:
    nobody = StaffingRule(DayKind.WORKDAY, DutyPost.CHIEF_OFFICER, 0, "本局规定")
    assert DutyPost.CHIEF_OFFICER not in required_on(PeriodKind.WORKDAY, [*USUAL_STAFFING, nobody])
    with pytest.raises(Invalid) as refused:
        check_staffing([*USUAL_STAFFING, USUAL_STAFFING[0]])
    assert refused.value.faults[0].pointer == f"/rules/{len(USUAL_STAFFING)}/post"


def line(ident: str, kind: HandoverItemKind = HandoverItemKind.INCIDENT) -> HandoverItem:
    return HandoverItem(id=ident, kind=kind, text=ident)


def handover(state: HandoverState, *items: HandoverItem) -> HandoverFact:
    return HandoverFact(
        id="h", post=DutyPost.DUTY_OFFICER, from_person_id="a", from_name="甲", to_person_id="b", to_name="乙",
        at=NOW, opened_at=NOW, state=state, items=list(items), home_site="hub",
    )  # fmt: skip


def test_what_comes_between_the_two_signatures_is_added_and_nothing_signed_goes_away() -> None:
    signed, fresh = line("closed meanwhile"), line("just reported")
    assert current_items(handover(HandoverState.OPEN, signed), [fresh]) == [fresh]
    between = current_items(handover(HandoverState.SIGNED_OUT, signed), [fresh])
    assert [(item.id, item.is_added) for item in between] == [(signed.id, False), (fresh.id, True)]
    assert current_items(handover(HandoverState.SIGNED_IN, signed), [fresh]) == [signed]


def test_only_incidents_ask_for_an_explanation_and_every_line_must_be_named() -> None:
    items = [line("fire"), line("keys", HandoverItemKind.CHECK), line("clock", HandoverItemKind.REPORT_CLOCK)]
    assert open_incidents(items) == 1
    assert [item.id for item in unticked(items, {"fire", "clock"})] == ["keys"]


@given(st.integers(0, 2**31), st.integers(1, 30), st.permutations(CODES))
def test_a_draw_is_the_same_for_the_same_seed_whatever_the_order(seed: int, count: int, codes: list[str]) -> None:
    drawn = draw(codes, count, seed)
    assert drawn == draw(CODES, count, seed)
    assert len(set(drawn)) == len(drawn) == min(count, len(CODES))
    assert set(drawn) <= set(CODES)


def test_every_unit_is_drawn_about_as_often_as_every_other() -> None:
    drawn = [code for seed in range(2200) for code in draw(CODES, 5, seed)]
    assert all(400 < drawn.count(code) < 600 for code in CODES), "500 each on average"


def test_an_answer_at_the_limit_is_in_time_and_one_after_it_is_late_whoever_gives_it() -> None:
    late = NOW + timedelta(milliseconds=1)
    assert result_of(NOW, NOW, stand_in=False) is RollCallResult.ANSWERED
    assert result_of(NOW, NOW, stand_in=True) is RollCallResult.STAND_IN
    assert result_of(late, NOW, stand_in=True) is RollCallResult.LATE


def test_the_rate_is_of_those_that_are_decided() -> None:
    def unit(result: RollCallResult) -> RollCallUnit:
        return RollCallUnit(code="1", name="x", result=result)

    decided = [RollCallResult.ANSWERED, RollCallResult.STAND_IN, RollCallResult.LATE, RollCallResult.MISSED]
    assert figures([unit(result) for result in [*decided, RollCallResult.WAITING]]).rate == 0.5
    assert figures([unit(RollCallResult.WAITING)]).rate is None


def test_an_evening_of_the_plan_reaches_past_midnight_and_includes_its_last_hour() -> None:
    moments = [moment.astimezone(SHANGHAI).strftime("%d %H:%M") for moment in slots(HOURLY, EVE)]
    assert moments == ["05 20:00", "05 21:00", "05 22:00", "05 23:00", "06 00:00", "06 01:00"]
    morning = Plan(frozenset({DayKind.WORKDAY}), time(9), time(9), 60, RollCallKind.PLANNED, 22)
    assert len(slots(morning, EVE)) == 1


@pytest.mark.parametrize(
    ("minutes", "due"),
    [(-1, None), (0, 0), (9, 0), (10, None), (60, 60), (300, 300), (309, 300), (310, None), (360, None)],
)
def test_a_planned_roll_call_is_due_for_ten_minutes(minutes: int, due: int | None) -> None:
    days = {EVE: DayKind.HOLIDAY, EVE + timedelta(days=1): DayKind.WORKDAY}
    found = slot_due([HOURLY], days, NOW + timedelta(minutes=minutes))
    assert (found and found[1]) == (None if due is None else NOW + timedelta(minutes=due))


def test_the_evening_of_a_working_day_calls_nobody_after_a_holiday() -> None:
    days = {EVE: DayKind.WORKDAY, EVE + timedelta(days=1): DayKind.HOLIDAY}
    assert slot_due([HOURLY], days, NOW) is None
    assert slot_due([HOURLY], days, NOW + timedelta(hours=4)) is None, "0:00 belongs to the evening before"


def test_a_call_out_knows_its_unit_by_its_key() -> None:
    assert roll_call_of(roll_call_key("r", "110115006")) == ("r", "110115006")
    assert roll_call_of("incident:r:1") is None
    assert roll_call_of("roll_call:r") is None


def test_the_bulletin_tells_the_rate_on_a_line_of_its_own() -> None:
    def lines(roll_calls: RollCallFigures) -> str:
        night = Night(NOW, NOW, [], [], calls=0, answered=0, delays=0, roll_calls=roll_calls)
        return str(bulletin(night)["measures"])

    assert "点名 6 次，抽点 30 家次，按时应答 29 家次（其中代答 1），超时 1，未应答 0，点名率 97%。" in lines(
        RollCallFigures(6, 30, 28, 1, 1, 0)
    ).split("\n")
    assert "未点名。" in lines(RollCallFigures()).split("\n")
