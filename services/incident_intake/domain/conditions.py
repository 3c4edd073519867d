"""When a step becomes due by itself: at night, in the cold; what is cold comes from warnings and readings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from services.incident_intake.domain.guidance import Step, When
from shared.contracts.events.intake import Observation
from shared.kernel.clock import SHANGHAI

COLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "11B05": "寒潮",
        "11B08": "低温冻害",
        "11B21": "道路结冰",
        "11B27": "冰冻",
        "11B30": "低温雨雪冰冻",
        "11B34": "寒冷",
        "11B39": "强降温",
        "11B50": "严寒",
        "11B56": "低温",
        "11B57": "道路冰雪",
        "11B59": "持续低温",
    }
)
"""Warnings that say by themselves that it is cold, by the national code."""


@dataclass(frozen=True, slots=True)
class Night:
    """From which hour of the evening to which of the morning, in the district's time."""

    starts: int
    ends: int

    def holds(self, now: datetime) -> bool:
        """Whether it is night."""
        hour = now.astimezone(SHANGHAI).hour
        return hour >= self.starts or hour < self.ends


@dataclass(frozen=True, slots=True)
class Weather:
    """What is known of the cold at a place.

    Args:
        warnings: names of the warnings of cold that hold there.
        reading: the last reading at the scene, if it is not too old.
    """

    warnings: tuple[str, ...] = ()
    reading: Observation | None = None


def fresh(reading: Observation | None, now: datetime, lasts: timedelta) -> Observation | None:
    """The reading, unless it says nothing of now any more."""
    return reading if reading is not None and now - reading.at <= lasts else None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a step is due, as a key of the catalogue with its values."""

    key: str
    params: Mapping[str, str] = field(default_factory=dict)


def why_due(when: When, now: datetime, night: Night, weather: Weather) -> tuple[Reason, ...]:
    """Why such a step is due now; nothing if it is not."""
    said: list[Reason] = []
    if when.night:
        if not night.holds(now):
            return ()
        said.append(Reason("guidance.why_night"))
    if when.below_c is not None:
        cold = _why_cold(when.below_c, weather)
        if cold is None:
            return ()
        said.append(cold)
    return tuple(said)


def _why_cold(below_c: float, weather: Weather) -> Reason | None:
    reading = weather.reading
    if reading is not None:  # what was read at the scene is nearer the truth than a warning
        is_cold = reading.temperature_c < below_c
        return Reason("guidance.why_read", {"temperature": f"{reading.temperature_c:g}"}) if is_cold else None
    return Reason("guidance.why_warned", {"names": "、".join(weather.warnings)}) if weather.warnings else None


def conditional(steps: Iterable[Step]) -> list[Step]:
    """The steps that wait for something."""
    return [step for step in steps if step.when is not None]
