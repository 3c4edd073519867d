"""What one line says, as values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.levels import IncidentGrade
from shared.kernel.clock import SHANGHAI

GRADES = {"0": None, "1": IncidentGrade.I, "2": IncidentGrade.II, "3": IncidentGrade.III, "4": IncidentGrade.IV}
GRADE_DIGITS = {grade: digit for digit, grade in GRADES.items()}
_AHEAD = timedelta(days=1)
"""Clocks of the field may be wrong by hours; a date further ahead belongs to last year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReport:
    """One report of a territory. Numbers are None when not known; texts are tidied; the minute is the smallest time.

    Args:
        unit: last three digits of the territory's code.
        outage: some of `NPR`, in this order: network, power, roads.
        sequence: number of the line at its sender, 1 to 999, then again 1.
    """

    unit: str
    occurred_at: datetime
    type_code: str
    grade: IncidentGrade | None
    dead: int | None
    missing: int | None
    injured: int | None
    trapped: int | None
    moved: int | None
    outage: str
    risk: str
    need: str
    by: str
    sequence: int


def scene_time(digits: str, received_at: datetime) -> datetime | None:
    """The instant that eight digits (month, day, hour, minute in the district) mean: the last before the receipt.

    None when no such date was in the four years before, which a 29 February needs.
    """
    month, day, hour, minute = (int(digits[at : at + 2]) for at in (0, 2, 4, 6))
    latest = received_at + _AHEAD
    year = latest.astimezone(SHANGHAI).year
    for candidate in range(year, max(year - 9, 1), -1):
        try:
            moment = datetime(candidate, month, day, hour, minute, tzinfo=SHANGHAI)
        except ValueError:
            continue
        if moment <= latest:
            return moment
    return None


def scene_digits(moment: datetime) -> str:
    """The eight digits of an instant."""
    return f"{moment.astimezone(SHANGHAI):%m%d%H%M}"
