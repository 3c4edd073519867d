"""How long things stay on the picture and how old news may be: configuration with a source."""

from dataclasses import dataclass
from datetime import timedelta

from shared.kernel.limits import Limit

_NEXT_SHIFT = Limit(timedelta(hours=24), "The next shift must still see what ended in this one.")
_ASKED_LATER = Limit(timedelta(hours=1), "Long enough to be read when somebody asks where the team went.")
_WHO_ANSWERED = Limit(timedelta(hours=1), "Long enough to see that and by whom a call was answered.")
_HANDOVER = Limit(timedelta(hours=1), "A handover may run late.")
_TWO_BEATS = Limit(timedelta(seconds=45), "Sites beat each 20 s: late by two beats and a quarter of one.")
_FOUR_BEATS = Limit(timedelta(seconds=90), "Four beats missed are no hiccup of a link.")
_ANSWERED = Limit(timedelta(hours=1), "Long enough to see what came of a request, a check or a conflict.")
_OLD_WIND = Limit(timedelta(hours=6), "An older wind says nothing of the present one; the incident's list keeps it.")
_TWO_KILOMETRES = Limit(
    timedelta(seconds=120), "A vehicle moves 2 km in that time; its place of then must not look like the present one."
)
_WEEKS = Limit(50_000, "Weeks of work of a district; a screen with an older cursor gets a snapshot instead.")


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """The limits of the picture; none of them is the law's, so none claims to be verified."""

    closed_incident_stays: Limit[timedelta] = _NEXT_SHIFT
    ended_assignment_stays: Limit[timedelta] = _ASKED_LATER
    answered_call_stays: Limit[timedelta] = _WHO_ANSWERED
    linked_call_stays: Limit[timedelta] = _NEXT_SHIFT
    settled_stays: Limit[timedelta] = _ANSWERED
    wind_stays: Limit[timedelta] = _OLD_WIND
    order_stays: Limit[timedelta] = _NEXT_SHIFT
    ended_shift_stays: Limit[timedelta] = _HANDOVER
    site_fresh: Limit[timedelta] = _TWO_BEATS
    site_lost: Limit[timedelta] = _FOUR_BEATS
    position_fresh: Limit[timedelta] = _TWO_KILOMETRES
    tombstones: Limit[int] = _WEEKS
