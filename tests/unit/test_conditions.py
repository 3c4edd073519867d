"""Steps that wait for night and cold: what comes true makes them due, what is not known never does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.incident_intake.domain.conditions import COLD, Night, Weather, fresh, why_due
from services.incident_intake.domain.guidance import When
from services.incident_intake.handlers.warning_shapes import covers
from shared.contracts.events.intake import Observation
from shared.i18n import catalogue
from shared.kernel.clock import SHANGHAI

NIGHT = Night(18, 6)
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=SHANGHAI)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)
BOTH = When(night=True, below_c=5)


def read(temperature: float, at: datetime = EVENING) -> Observation:
    return Observation(temperature_c=temperature, at=at, source="现场")


@pytest.mark.parametrize(
    ("when", "now", "weather", "keys"),
    [
        (BOTH, EVENING, Weather(reading=read(-3)), ["why_night", "why_read"]),
        (BOTH, NOON, Weather(reading=read(-3)), []),
        (BOTH, EVENING, Weather(reading=read(5)), []),
        (BOTH, EVENING, Weather(), []),
        (BOTH, EVENING, Weather(warnings=("寒潮",)), ["why_night", "why_warned"]),
        (BOTH, EVENING, Weather(warnings=("寒潮",), reading=read(9)), []),
        (When(night=True), EVENING, Weather(), ["why_night"]),
        (When(below_c=0), NOON, Weather(reading=read(-0.1)), ["why_read"]),
    ],
)
def test_a_step_is_due_when_all_that_it_waits_for_is_so(
    when: When, now: datetime, weather: Weather, keys: list[str]
) -> None:
    reasons = why_due(when, now, NIGHT, weather)
    assert [one.key for one in reasons] == [f"guidance.{key}" for key in keys]
    assert all(one.key in catalogue() for one in reasons)


@given(st.integers(0, 23))
def test_night_begins_in_the_evening_and_ends_in_the_morning_of_the_district(hour: int) -> None:
    moment = datetime(2026, 11, 20, hour, 30, tzinfo=SHANGHAI).astimezone(UTC)
    assert NIGHT.holds(moment) == (hour >= 18 or hour < 6)


def test_an_old_reading_says_nothing_of_now() -> None:
    lasts = timedelta(hours=6)
    assert fresh(read(-3), EVENING + lasts, lasts) is not None
    assert fresh(read(-3), EVENING + lasts + timedelta(seconds=1), lasts) is None
    assert fresh(None, EVENING, lasts) is None


def test_a_condition_must_say_something() -> None:
    with pytest.raises(ValidationError):
        When()


def test_a_warning_concerns_the_places_in_its_area_and_those_that_are_not_known() -> None:
    square = {"type": "MultiPolygon", "coordinates": [[[[116, 39], [117, 39], [117, 40], [116, 40], [116, 39]]]]}
    assert covers(square, 116.5, 39.5)
    assert not covers(square, 118, 39.5)
    assert covers(square, None, None)
    assert covers(None, 118, 39.5)
    assert {"11B05", "11B21", "11B56"} <= set(COLD)
