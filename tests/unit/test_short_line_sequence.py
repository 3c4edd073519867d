"""Gaps in the numbers of a sender, and which tellings are of one event."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.incident_intake.domain.short_line.matching import Telling, perhaps_same, recognised, same_event, same_fact
from services.incident_intake.domain.short_line.order import Order, render_order
from services.incident_intake.domain.short_line.sequence import MAX_TOLD, missing, serial

AT = datetime(2025, 7, 31, 10, 42, tzinfo=UTC)
TELLING = Telling("107", "11A02", AT, (0, 2, 3, 60))


@pytest.mark.parametrize(
    ("sequence", "last", "expected"),
    [(7, None, 7), (8, 7, 8), (3, 7, 3), (1, 999, 1000), (2, 998, 1001), (999, 1000, 999), (999, 2, 999)],
)
def test_numbers_go_on_after_999(sequence: int, last: int | None, expected: int) -> None:
    assert serial(sequence, last) == expected


@given(st.integers(1, 5000), st.integers(-400, 400))
def test_the_true_serial_is_found_while_lines_are_not_400_apart(last: int, step: int) -> None:
    true = last + step
    if true > 0:
        assert serial((true - 1) % 999 + 1, last) == true


def test_gaps_are_told_in_the_senders_numbers() -> None:
    assert missing([7, 8, 11]) == [9, 10]
    assert missing([998, 1001]) == [999, 1]
    assert missing([]) == []
    assert len(missing([1, 900])) == MAX_TOLD


def test_later_figures_of_the_same_minute_are_the_same_event() -> None:
    later = Telling("107", "11A02", AT + timedelta(seconds=20), (0, 2, 3, 65))
    assert same_event(TELLING, later)
    assert not same_fact(TELLING, later)


@pytest.mark.parametrize(
    "other",
    [
        Telling("109", "11A02", AT, (0, 2, 3, 60)),
        Telling("107", "11A01", AT, (0, 2, 3, 60)),
        Telling("107", "11A02", AT + timedelta(minutes=1), (0, 2, 3, 60)),
        Telling("107", "11A02", AT, (0, 2, 3, 61)),
        Telling("107", "11A02", AT, (None, 2, 3, 60)),
    ],
)
def test_independent_events_are_not_one(other: Telling) -> None:
    assert recognised(other, [("copy", [TELLING])]) is None


def test_any_line_of_a_report_identifies_it() -> None:
    later = Telling("107", "11A02", AT, (0, 2, 3, 65))
    assert recognised(later, [("copy", [TELLING, later])]) == "copy"


def test_two_copies_that_fit_are_left_to_a_person() -> None:
    assert recognised(TELLING, [("one", [TELLING]), ("two", [TELLING])]) is None


def test_nearly_the_same_time_is_only_perhaps_the_same() -> None:
    near = Telling("107", "11A02", AT + timedelta(minutes=8), (0, 2, 3, 65))
    assert perhaps_same(TELLING, near, timedelta(minutes=30))
    assert not same_event(TELLING, near)
    assert not perhaps_same(TELLING, Telling("107", "11A02", AT + timedelta(hours=1), ()), timedelta(minutes=30))


def test_an_order_is_one_line_with_a_check_and_is_said_in_its_order() -> None:
    order = Order(
        number="RW-20250731-0003", ordered_at=AT, unit="榆垡 防汛一队", event="11A02", place="榆垡镇|东街",
        task="冲锋舟转移" * 5, by="李四",
    )  # fmt: skip
    line = render_order(order)
    parts = line.text.split("|")
    assert parts[:7] == [
        "ML1",
        "RW-20250731-0003",
        "07311842",
        "榆垡防汛一队",
        "11A02",
        "榆垡镇/东街",
        "冲锋舟转移" * 4,
    ]
    assert [one.name for one in line.spoken] == [
        "fmt", "number", "ordered", "unit", "event", "place", "task", "by", "chk",
    ]  # fmt: skip
    assert line.spoken[1].spoken == "RW,两洞两五 洞拐三幺,洞洞洞三"
