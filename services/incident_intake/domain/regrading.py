"""The grade of an incident after any change. INVARIANT: whatever changes an incident ends with `regraded`.

The result depends on the incident's state alone, not on the order in which its figures came.
"""

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from services.incident_intake.domain.grading.assess import Assessment, People, assess, gravest, is_graver
from services.incident_intake.domain.grading.figures import counted_now, worst
from services.incident_intake.domain.grading.rules import RuleSet, WindowRule
from services.incident_intake.domain.incident import Incident
from shared.contracts.events.grading import CasualtyWindow, Command, CommandTransfer, Figure, Grading, GradingWay
from shared.contracts.levels import IncidentGrade
from shared.kernel.clock import civil_date, civil_day


def regraded(incident: Incident, rules: RuleSet, now: datetime) -> Incident:
    """The incident with the grade that its figures, its type and people's decisions give it.

    Args:
        now: when the step 指挥权移交 begins to be due, if it becomes so.
    """
    window, values = _window(incident, rules.window_of(incident.type_code))
    if values:
        incident = replace(incident, **values)  # type: ignore[arg-type]
    # Before gradings were kept, a person had said every grade that there is.
    said = incident.grading or Grading(manual_grade=incident.grade, said=incident.possible_grade)
    certain = _people(incident)
    reported = _worst_people(incident) if incident.figures else certain
    found = assess(rules, incident.type_code, certain.certain(), reported.reported())
    grade = said.manual_grade or found.confirmed
    outlook = gravest(found.confirmed, found.possible, said.said)
    heaviest = gravest(grade, found.confirmed)
    is_citys = is_graver(heaviest, None) and not is_graver(rules.command.grade, heaviest)
    floor = rules.sensitive.grade if incident.sensitive else None
    return replace(
        incident,
        grade=grade,
        possible_grade=outlook if is_graver(outlook, grade) else None,
        clock_grade=gravest(grade, outlook, floor),
        grading=_grading(incident, said, found, heaviest, is_citys=is_citys),
        casualty_window=window,
        command_transfer=_transfer(incident.command_transfer, now, is_citys=is_citys),
    )


def _people(incident: Incident) -> People:
    return People(
        incident.dead,
        incident.missing,
        incident.serious,
        incident.acute_poisoned,
        incident.loss_yuan,
        incident.burnt_hectares,
    )


def _worst_people(incident: Incident) -> People:
    """With the worse of the numbers that nobody has decided between."""
    return People(
        **{one.name: worst(incident.figures, one.name, getattr(incident, one.name)) for one in fields(People)}
    )


def _grading(
    incident: Incident, said: Grading, found: Assessment, heaviest: IncidentGrade | None, *, is_citys: bool
) -> Grading:
    rule = found.rule
    told = [count for count in (incident.dead, incident.missing) if count is not None]
    return Grading(
        way=found.way,
        confirmed=found.confirmed,
        possible=found.possible,
        manual=said.manual_grade is not None,
        manual_grade=said.manual_grade,
        reason=said.reason,
        said=said.said,
        rule_id=rule.id if rule else None,
        metric=rule.metric.value if rule else None,
        at_least=rule.at_least if rule else None,
        basis=rule.said.basis if rule else None,
        source=rule.said.source if rule else None,
        verified=rule is not None and rule.said.verified,
        command=None if heaviest is None else Command.CITY if is_citys else Command.DISTRICT,
        reported_deaths=sum(told) if told else None,
    )


def _window(incident: Incident, rule: WindowRule) -> tuple[CasualtyWindow, dict[str, int | float]]:
    """The window by type and time, and late figures that it counts after all."""
    ends_at = window_end(incident.occurred_at, rule.days)
    late: list[Figure] = incident.casualty_window.late if incident.casualty_window else []
    values: dict[str, int | float] = {}
    if late:
        counted = counted_now(late, ends_at)
        late, values = list(counted.kept), counted.values
    window = CasualtyWindow(
        days=rule.days, basis=rule.said.basis, verified=rule.said.verified, ends_at=ends_at, late=late
    )
    return window, values


def window_end(occurred_at: datetime, days: int) -> datetime:
    """The end of the last day, on the wall in the district; the day of the incident itself is not counted."""
    return _end_of(civil_date(occurred_at), days)


@lru_cache(maxsize=256)
def _end_of(day: date, days: int) -> datetime:
    return civil_day(day + timedelta(days=days))[1]


def _transfer(known: CommandTransfer | None, now: datetime, *, is_citys: bool) -> CommandTransfer | None:
    """Due as soon as the grade asks for it; what was done stays on record whatever the grade becomes."""
    if known is not None and (is_citys or known.done_at is not None):
        return known
    return CommandTransfer(due_since=now) if is_citys else None


def is_by_hand(incident: Incident) -> bool:
    """Whether a person must grade it, since no threshold speaks of its kind."""
    return incident.grading is not None and incident.grading.way is GradingWay.BY_HAND
