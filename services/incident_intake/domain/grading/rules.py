"""The rules of grading as data: rows of thresholds, what they do not speak of, windows, and two further limits."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from shared.contracts.events.grading import GradingWay
from shared.contracts.levels import IncidentGrade

GRADES = (IncidentGrade.I, IncidentGrade.II, IncidentGrade.III, IncidentGrade.IV)
"""The gravest first."""
_LONGEST = 16
"""No code is longer."""


class Metric(StrEnum):
    """What a rule counts."""

    DEATHS = "deaths"
    SERIOUS = "serious"
    LOSS_YUAN = "loss_yuan"
    BURNT_HECTARES = "burnt_hectares"


@dataclass(frozen=True, slots=True)
class Sourced:
    """Where a rule is written, and whether it was read there."""

    basis: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Threshold:
    """From `at_least` on (inclusive, 国务院令 493 号 §3) the grade is at least this one; any metric is enough."""

    id: str
    group: str
    scope: tuple[str, ...]
    metric: Metric
    grade: IncidentGrade
    at_least: float
    said: Sourced


@dataclass(frozen=True, slots=True)
class Exemption:
    """Kinds of incidents that no threshold grades."""

    scope: tuple[str, ...]
    way: GradingWay
    said: Sourced


@dataclass(frozen=True, slots=True)
class WindowRule:
    """For so many days after the day of the incident, changes of the figures are counted (国务院令 493 号 §13)."""

    scope: tuple[str, ...]
    days: int
    said: Sourced


@dataclass(frozen=True, slots=True)
class GradeLimit:
    """A grade from which on, or as which at least, something holds."""

    grade: IncidentGrade
    said: Sourced


@dataclass(frozen=True)
class RuleSet:
    """All rules in force; `version` 0 are those that the product came with."""

    thresholds: tuple[Threshold, ...]
    exemptions: tuple[Exemption, ...]
    windows: tuple[WindowRule, ...]
    sensitive: GradeLimit
    command: GradeLimit
    version: int = 0
    _rows: Mapping[str, tuple[Threshold, ...]] = field(init=False, repr=False, compare=False)
    _exempt: Mapping[str, tuple[Exemption, ...]] = field(init=False, repr=False, compare=False)
    _windows: Mapping[str, tuple[WindowRule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # By start of the code, so that a first report is graded in a few look-ups.
        object.__setattr__(self, "_rows", _by_start(self.thresholds))
        object.__setattr__(self, "_exempt", _by_start(self.exemptions))
        object.__setattr__(self, "_windows", _by_start(self.windows))

    def thresholds_of(self, type_code: str) -> tuple[Threshold, ...]:
        """The rows that speak of a type: those with the longest start of its code; none if an exemption is as near."""
        start, exempt = _nearest(type_code, self._rows), _nearest(type_code, self._exempt)
        if start is None or (exempt is not None and len(exempt) >= len(start)):
            return ()
        return self._rows[start]

    def exemption_of(self, type_code: str) -> Exemption | None:
        """What says that no threshold grades this type."""
        start = _nearest(type_code, self._exempt)
        return None if start is None else self._exempt[start][0]

    def window_of(self, type_code: str | None) -> WindowRule:
        """The window for changes of figures; there is always one for everything (scope `""`)."""
        return self._windows[_nearest(type_code or "", self._windows) or ""][0]


_Row = TypeVar("_Row", Threshold, Exemption, WindowRule)


def _by_start(rows: tuple[_Row, ...]) -> dict[str, tuple[_Row, ...]]:
    starts = dict.fromkeys(start for row in rows for start in row.scope)
    return {start: tuple(row for row in rows if start in row.scope) for start in starts}


def _nearest(type_code: str, known: Mapping[str, object]) -> str | None:
    for end in range(min(len(type_code), _LONGEST), -1, -1):
        if type_code[:end] in known:
            return type_code[:end]
    return None


def said_in(raw: Any) -> Sourced:
    """The source of a raw row."""
    return Sourced(raw["basis"], raw["source"], raw["verified"])


@cache
def standard_rules() -> RuleSet:
    """The rules that the product comes with (`standard.toml`)."""
    raw = tomllib.loads((files(__package__) / "standard.toml").read_text("utf-8"))
    return RuleSet(
        thresholds=tuple(row for group in raw["group"] for row in _rows(group)),
        exemptions=tuple(
            Exemption(tuple(one["scope"]), GradingWay(one["way"]), said_in(one)) for one in raw["exception"]
        ),
        windows=tuple(WindowRule(tuple(one["scope"]), one["days"], said_in(one)) for one in raw["window"]),
        sensitive=GradeLimit(IncidentGrade(raw["sensitive"]["grade"]), said_in(raw["sensitive"])),
        command=GradeLimit(IncidentGrade(raw["command"]["grade"]), said_in(raw["command"])),
    )


def _rows(group: Any) -> Iterable[Threshold]:
    for metric, numbers in group["thresholds"].items():
        for grade, at_least in zip(GRADES, numbers, strict=True):
            if at_least >= 0:
                yield Threshold(
                    id=f"{group['id']}.{metric}.{grade}",
                    group=group["name"],
                    scope=tuple(group["scope"]),
                    metric=Metric(metric),
                    grade=grade,
                    at_least=at_least,
                    said=said_in(group),
                )
