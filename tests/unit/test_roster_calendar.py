"""What sort of day it is, for every year, and wherever the clock stands."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.duty_roster.domain.calendar import period_kind
from shared.contracts.events.roster import PeriodKind
from shared.i18n import label
from shared.kernel.holidays import Holiday, qingming, statutory_days


def days_of(year: int, holiday: Holiday) -> list[str]:
    return [day.isoformat() for day, found in sorted(statutory_days(year).items()) if found is holiday]


@pytest.mark.parametrize(
    ("year", "spring"),
    [
        (2024, ["2024-02-10", "2024-02-11", "2024-02-12"]),  # the eve was no statutory day before 2025
        (2025, ["2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31"]),
        (2026, ["2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19"]),
        (2027, ["2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08"]),
    ],
)
def test_the_spring_festival_begins_with_the_eve_since_2025(year: int, spring: list[str]) -> None:
    assert days_of(year, Holiday.SPRING_FESTIVAL) == spring


@pytest.mark.parametrize(
    ("year", "day"),
    [(1999, 5), (2000, 4), (2023, 5), (2024, 4), (2025, 4), (2026, 5), (2027, 5), (2028, 4), (2031, 5), (2032, 4)],
)
def test_qingming_falls_on_the_fourth_or_fifth(year: int, day: int) -> None:
    assert qingming(year) == date(year, 4, day)


def test_the_other_days_of_2027() -> None:
    assert days_of(2027, Holiday.NEW_YEAR) == ["2027-01-01"]
    assert days_of(2027, Holiday.LABOUR_DAY) == ["2027-05-01", "2027-05-02"]
    assert days_of(2027, Holiday.DRAGON_BOAT) == ["2027-06-09"]
    assert days_of(2027, Holiday.MID_AUTUMN) == ["2027-09-15"]
    assert days_of(2027, Holiday.NATIONAL_DAY) == ["2027-10-01", "2027-10-02", "2027-10-03"]
    assert len(statutory_days(2027)) == 13


def test_a_mid_autumn_inside_the_national_holiday_hides_no_day() -> None:
    assert statutory_days(2020)[date(2020, 10, 1)] is Holiday.NATIONAL_DAY


@given(st.dates())
def test_no_day_of_any_year_raises(day: date) -> None:
    assert period_kind(day, {}) in {PeriodKind.WORKDAY, PeriodKind.WEEKEND, PeriodKind.STATUTORY_HOLIDAY}


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2027-02-04", PeriodKind.WORKDAY),
        ("2027-02-05", PeriodKind.STATUTORY_HOLIDAY),
        ("2027-02-06", PeriodKind.STATUTORY_HOLIDAY),  # a Saturday, but the law comes first
        ("2027-02-13", PeriodKind.WEEKEND),
    ],
)
def test_law_comes_before_the_weekend(day: str, kind: PeriodKind) -> None:
    assert period_kind(date.fromisoformat(day), {}) is kind


@pytest.mark.parametrize("holiday", Holiday)
def test_every_holiday_has_a_label(holiday: Holiday) -> None:
    assert label(f"holiday.{holiday.value}") != f"holiday.{holiday.value}"


def test_what_was_published_wins() -> None:
    eve = date(2027, 2, 5)
    published = {eve: PeriodKind.SENSITIVE, eve + timedelta(days=8): PeriodKind.SHIFTED_WORKDAY}
    assert period_kind(eve, published) is PeriodKind.SENSITIVE
    assert period_kind(eve + timedelta(days=8), published) is PeriodKind.SHIFTED_WORKDAY
