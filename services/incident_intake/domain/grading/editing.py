"""Rules as a bureau reads and changes them: JSON there and back, and what no set of rules may be."""

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Any

from services.incident_intake.domain.grading.rules import (
    GRADES,
    Exemption,
    GradeLimit,
    Metric,
    RuleSet,
    Sourced,
    Threshold,
    WindowRule,
    said_in,
)
from shared.contracts.events.grading import GradingWay
from shared.contracts.levels import IncidentGrade
from shared.kernel.errors import FieldFault, Invalid


def rules_json(rules: RuleSet) -> dict[str, Any]:
    """The rules as they are answered and kept."""
    return {
        "rows": [
            {
                "id": row.id,
                "group": row.group,
                "scope": list(row.scope),
                "metric": row.metric.value,
                "grade": row.grade.value,
                "at_least": row.at_least,
                **_sourced(row.said),
            }
            for row in rules.thresholds
        ],
        "exceptions": [
            {"scope": list(one.scope), "way": one.way.value, **_sourced(one.said)} for one in rules.exemptions
        ],
        "windows": [{"scope": list(one.scope), "days": one.days, **_sourced(one.said)} for one in rules.windows],
        "sensitive": {"grade": rules.sensitive.grade.value, **_sourced(rules.sensitive.said)},
        "command": {"grade": rules.command.grade.value, **_sourced(rules.command.said)},
    }


def _sourced(said: Sourced) -> dict[str, Any]:
    return {"basis": said.basis, "source": said.source, "verified": said.verified}


def rules_from(raw: Any, version: int) -> RuleSet:
    """The rules in what `rules_json` made."""
    return RuleSet(
        thresholds=tuple(
            Threshold(
                one["id"],
                one["group"],
                tuple(one["scope"]),
                Metric(one["metric"]),
                IncidentGrade(one["grade"]),
                one["at_least"],
                said_in(one),
            )
            for one in raw["rows"]
        ),
        exemptions=tuple(
            Exemption(tuple(one["scope"]), GradingWay(one["way"]), said_in(one)) for one in raw["exceptions"]
        ),
        windows=tuple(WindowRule(tuple(one["scope"]), one["days"], said_in(one)) for one in raw["windows"]),
        sensitive=GradeLimit(IncidentGrade(raw["sensitive"]["grade"]), said_in(raw["sensitive"])),
        command=GradeLimit(IncidentGrade(raw["command"]["grade"]), said_in(raw["command"])),
        version=version,
    )


def check_rules(rules: RuleSet) -> None:
    """Refuse rules that could not be applied, or by which worse figures would give a lower grade.

    Raises:
        Invalid: `grading_rules.id_twice`, `grading_rules.disordered`, `grading_rules.scope_twice`,
            `grading_rules.no_window`.
    """
    faults = [*_doubled(rules), *_disordered(rules), *_scopes(rules)]
    if not any("" in one.scope for one in rules.windows):
        faults.append(FieldFault("/windows", "grading_rules.no_window"))
    if faults:
        raise Invalid("request.invalid" if len(faults) > 1 else faults[0].code, faults=tuple(faults))


def _doubled(rules: RuleSet) -> Iterable[FieldFault]:
    seen: set[str] = set()
    for index, row in enumerate(rules.thresholds):
        if row.id in seen:
            yield FieldFault(f"/rows/{index}/id", "grading_rules.id_twice", id=row.id)
        seen.add(row.id)


def _disordered(rules: RuleSet) -> Iterable[FieldFault]:
    """Of one metric in one scope the graver grade must need more."""
    places = {row.id: index for index, row in enumerate(rules.thresholds)}
    ordered = sorted(rules.thresholds, key=lambda row: (row.scope, row.metric, GRADES.index(row.grade)))
    for _, rows in groupby(ordered, key=lambda row: (row.scope, row.metric)):
        for graver, milder in pairwise(rows):
            if graver.at_least <= milder.at_least:
                yield FieldFault(
                    f"/rows/{places[graver.id]}/at_least",
                    "grading_rules.disordered",
                    graver=graver.id,
                    milder=milder.id,
                )


def _scopes(rules: RuleSet) -> Iterable[FieldFault]:
    """A start of codes belongs to one group, or is exempt, and has one window."""
    for name, owners in (
        ("rows", [(start, row.scope) for row in rules.thresholds for start in row.scope]
         + [(start, ("exempt", *one.scope)) for one in rules.exemptions for start in one.scope]),
        ("windows", [(start, (str(index),)) for index, one in enumerate(rules.windows) for start in one.scope]),
    ):  # fmt: skip
        known: dict[str, tuple[str, ...]] = {}
        for start, owner in owners:
            if known.setdefault(start, owner) != owner:
                yield FieldFault(f"/{name}", "grading_rules.scope_twice", scope=start)
