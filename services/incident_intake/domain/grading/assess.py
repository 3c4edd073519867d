"""What follows from figures by the rules: a grade that is confirmed, and one that is possible. Pure and quick."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.incident_intake.domain.grading.rules import Metric, RuleSet, Threshold
from shared.contracts.events.grading import GradingWay
from shared.contracts.levels import IncidentGrade

Counts = Mapping[Metric, float | None]
_RANK = {None: 0, IncidentGrade.IV: 1, IncidentGrade.III: 2, IncidentGrade.II: 3, IncidentGrade.I: 4}
_AS_ACCIDENT = "12"
"""By which rules an incident of unknown type may be grave: better a 可能 too many than none."""


def gravest(*grades: IncidentGrade | None) -> IncidentGrade | None:
    """The highest of them; None is below all."""
    return max(grades, key=_RANK.__getitem__)


def is_graver(one: IncidentGrade | None, than: IncidentGrade | None) -> bool:
    """Whether one grade is above another."""
    return _RANK[one] > _RANK[than]


@dataclass(frozen=True, slots=True)
class People:
    """Figures of one moment; None is not known. The poisoned are not among the seriously hurt."""

    dead: float | None = None
    missing: float | None = None
    serious: float | None = None
    acute_poisoned: float | None = None
    loss_yuan: float | None = None
    burnt_hectares: float | None = None

    def certain(self) -> Counts:
        """What counts for the confirmed grade: the missing do not."""
        return self._counts(self.dead)

    def reported(self) -> Counts:
        """What counts for the possible one: the missing are reported with the dead (国务院令 493 号 §12)."""
        return self._counts(_sum(self.dead, self.missing))

    def _counts(self, deaths: float | None) -> Counts:
        return {
            Metric.DEATHS: deaths,
            Metric.SERIOUS: _sum(self.serious, self.acute_poisoned),  # 国务院令 493 号 §3
            Metric.LOSS_YUAN: self.loss_yuan,
            Metric.BURNT_HECTARES: self.burnt_hectares,
        }


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the rules say; `rule` is the row behind the confirmed grade, else behind the possible one."""

    way: GradingWay
    confirmed: IncidentGrade | None = None
    possible: IncidentGrade | None = None
    rule: Threshold | None = None


def assess(rules: RuleSet, type_code: str | None, certain: Counts, reported: Counts) -> Assessment:
    """Grade by the rules: the gravest row that any metric reaches.

    Args:
        certain: for the confirmed grade.
        reported: for the possible one; nothing in it is less than in `certain`.
    """
    rows = rules.thresholds_of(type_code) if type_code else ()
    if rows:
        confirmed, possible = _reached(rows, certain), _reached(rows, reported)
        return Assessment(GradingWay.RULES, _grade(confirmed), _grade(possible), confirmed or possible)
    exemption = rules.exemption_of(type_code) if type_code else None
    if exemption is not None:
        return Assessment(exemption.way)
    possible = _reached(rules.thresholds_of(_AS_ACCIDENT), reported)
    return Assessment(GradingWay.UNTYPED, None, _grade(possible), possible)


def _grade(row: Threshold | None) -> IncidentGrade | None:
    return None if row is None else row.grade


def _reached(rows: tuple[Threshold, ...], counts: Counts) -> Threshold | None:
    found: Threshold | None = None
    for row in rows:
        count = counts[row.metric]
        if count is not None and count >= row.at_least and (found is None or is_graver(row.grade, found.grade)):
            found = row
    return found
