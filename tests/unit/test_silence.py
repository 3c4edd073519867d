"""How long a site may be silent: the product's limits, or all of them decided by the operator, in order."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.operational_picture.domain.limits import PictureLimits
from services.operations.checks.handlers import CheckLimits
from services.operations.silence import silence_of
from services.settings import load_settings


def decided(beat: float, suspected: float, lost: float, check: float) -> dict[str, float]:
    names = ("beat_seconds", "site_suspected_seconds", "site_lost_seconds", "site_check_seconds")
    return dict(zip(names, (beat, suspected, lost, check), strict=True))


def test_without_a_decision_the_products_own_limits_hold_and_keep_their_basis() -> None:
    silence = silence_of(load_settings())
    assert silence.picture_limits == PictureLimits()
    assert silence.check_limits == CheckLimits()
    assert 2 * silence.beat.value < silence.suspected.value < silence.lost.value < silence.checked.value


def test_a_decision_reaches_picture_and_checks_and_says_whose_it_is() -> None:
    silence = silence_of(load_settings(**decided(2, 5, 10, 60)))
    limits = silence.picture_limits
    assert (limits.site_fresh.value, limits.site_lost.value) == (timedelta(seconds=5), timedelta(seconds=10))
    assert silence.check_limits.silence.value == timedelta(minutes=1)
    assert silence.check_limits.listen_first.value == timedelta(seconds=12)
    assert "YZT_SITE_CHECK_SECONDS" in silence.checked.basis
    assert not silence.checked.verified


@pytest.mark.parametrize(
    "wrong",
    [
        decided(3, 5, 10, 60),
        decided(2, 5, 4, 60),
        decided(2, 5, 10, 9),
        {"beat_seconds": 2.0},
        {"site_check_seconds": 600.0},
    ],
)
def test_limits_out_of_order_or_decided_in_part_are_refused_with_an_example(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="例如 20、45、90、1800"):
        load_settings(**wrong)
