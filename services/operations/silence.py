"""How long a site may be silent before that is said: the product's own limits, or what an operator decided instead."""

from dataclasses import dataclass
from datetime import timedelta

from services.operational_picture.domain.limits import PictureLimits
from services.operations.checks.handlers import CheckLimits
from services.operations.heartbeat import HEARTBEAT_EVERY
from services.settings import Settings
from shared.kernel.limits import Limit

_BEATS_LISTENED = 6


@dataclass(frozen=True, slots=True)
class Silence:
    """The limits of one site, in the order in which a cut is told.

    Args:
        beat: between two signs of life.
        suspected: not heard for that long, a site is shaky (疑失联).
        lost: not heard for that long, it is cut off (失联).
        checked: not heard for that long, a person must find out why (核查).
        listen_first: so long a centre listens after its own start before it says that others are silent.
    """

    beat: Limit[timedelta]
    suspected: Limit[timedelta]
    lost: Limit[timedelta]
    checked: Limit[timedelta]
    listen_first: Limit[timedelta]

    @property
    def check_limits(self) -> CheckLimits:
        """For the tasks of the centre."""
        return CheckLimits(silence=self.checked, listen_first=self.listen_first)

    @property
    def picture_limits(self) -> PictureLimits:
        """For what every screen shows."""
        return PictureLimits(site_fresh=self.suspected, site_lost=self.lost)


def silence_of(settings: Settings) -> Silence:
    """What holds at this site."""
    picture, checks = PictureLimits(), CheckLimits()
    beat = _decided("YZT_BEAT_SECONDS", settings.beat_seconds, HEARTBEAT_EVERY)
    listened = Limit(_BEATS_LISTENED * beat.value, "chosen: six beats of every site that can be heard")
    return Silence(
        beat=beat,
        suspected=_decided("YZT_SITE_SUSPECTED_SECONDS", settings.site_suspected_seconds, picture.site_fresh),
        lost=_decided("YZT_SITE_LOST_SECONDS", settings.site_lost_seconds, picture.site_lost),
        checked=_decided("YZT_SITE_CHECK_SECONDS", settings.site_check_seconds, checks.silence),
        listen_first=listened,
    )


def _decided(name: str, seconds: float | None, usual: Limit[timedelta]) -> Limit[timedelta]:
    return usual if seconds is None else Limit(timedelta(seconds=seconds), f"decided by the operator: {name}")
