"""Calls without a store: numbers as they are compared, names, masks."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.incident_intake.domain.call import call_number, first_number, phone_digits, series_of


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("13800001234", "13800001234"),
        ("+86 138-0000-1234", "13800001234"),
        ("0086 138 0000 1234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("010-6924 1234", "01069241234"),
        ("86110", "86110"),
        ("110", "110"),
        ("不详", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_is_the_same_however_it_was_written(said: str | None, digits: str | None) -> None:
    assert phone_digits(said) == digits


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40))
def test_what_is_compared_is_never_anything_but_digits(said: str) -> None:
    found = phone_digits(said)
    assert found is None or (found.isascii() and found.isdigit())
    assert found is None or phone_digits(found) == found or found.startswith("86")


def test_a_call_has_a_number_beside_those_of_incidents() -> None:
    day = date(2025, 1, 29)
    assert call_number("DX", "hub", "hub", day, 7) == "DX-J20250129-0007"
    assert call_number("DX", "hub", "yufa", day, 2) == "DX-YUFA-J20250129-0002"
    assert first_number("DX-20250129-0007") == "DX-20250129-0007-J"
    assert len(series_of(day)) <= 10, "the series' column holds no more"
