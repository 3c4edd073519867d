"""The grade of an incident after any change. INVARIANT: whatever changes an incident ends with `regraded`.

The result depends on the incident's state alone, not on the order in which its figures came.
"""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from services.incident_intake.domain.grading.assess import Assessment, People, assess, gravest, is_graver
from services.incident_intake.domain.grading.figures import counted_now, worst
from services.incident_intake.domain.grading.rules import RuleSet, WindowRule
from services.incident_intake.domain.incident import Incident
from shared.contracts.events.grading import CasualtyWindow, Command, CommandTransfer, Figure, Grading, GradingWay
from shared.contracts.levels import IncidentGrade
from shared.kernel.clock import civil_date, civil_day

PLAIN = Grading()
"""Nobody has said anything about the grade."""
_UNKNOWN = {way: Grading(way=way) for way in GradingWay}


class Gradable(Protocol):
    """What a grade is made of; an incident, or what is known before there is one."""

    @property
    def type_code(self) -> str | None: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def sensitive(self) -> bool: ...
    @property
    def dead(self) -> int | None: ...
    @property
    def missing(self) -> int | None: ...
    @property
    def serious(self) -> int | None: ...
    @property
    def acute_poisoned(self) -> int | None: ...
    @property
    def loss_yuan(self) -> int | None: ...
    @property
    def burnt_hectares(self) -> float | None: ...
    @property
    def figures(self) -> tuple[Figure, ...]: ...
    @property
    def grading(self) -> Grading | None: ...
    @property
    def grade(self) -> IncidentGrade | None: ...
    @property
    def possible_grade(self) -> IncidentGrade | None: ...
    @property
    def command_transfer(self) -> CommandTransfer | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstWord:
    """What a first report says of how grave it is."""

    type_code: str | None
    occurred_at: datetime
    sensitive: bool
    dead: int | None
    missing: int | None
    serious: int | None
    acute_poisoned: int | None
    loss_yuan: int | None
    burnt_hectares: float | None
    grade: IncidentGrade | None
    possible_grade: IncidentGrade | None
    grading: Grading | None
    figures: tuple[Figure, ...] = ()
    command_transfer: CommandTransfer | None = None


@dataclass(frozen=True, slots=True)
class Gravity:
    """What follows: fields of an incident, by the same names."""

    grade: IncidentGrade | None
    possible_grade: IncidentGrade | None
    clock_grade: IncidentGrade | None
    grading: Grading
    command_transfer: CommandTransfer | None


def regraded(incident: Incident, rules: RuleSet, now: datetime) -> Incident:
    """The incident with the grade that its figures, its type and people's decisions give it.

    Args:
        now: when the step 指挥权移交 begins to be due, if it becomes so.
    """
    window, values = _window(incident, rules.window_of(incident.type_code))
    if values:
        incident = replace(incident, **values)  # type: ignore[arg-type]
    found = gravity(incident, rules, now)
    return replace(
        incident,
        grade=found.grade,
        possible_grade=found.possible_grade,
        clock_grade=found.clock_grade,
        grading=found.grading,
        casualty_window=window,
        command_transfer=found.command_transfer,
    )


def gravity(state: Gradable, rules: RuleSet, now: datetime) -> Gravity:
    """What follows from figures, type and decisions."""
    # Before gradings were kept, a person had said every grade that there is.
    said = state.grading or Grading(manual_grade=state.grade, said=state.possible_grade)
    certain = _people(state)
    reported = _worst_people(state) if state.figures else certain
    found = assess(rules, state.type_code, certain.certain(), reported.reported())
    grade = said.manual_grade or found.confirmed
    outlook = gravest(found.confirmed, found.possible, said.said)
    heaviest = gravest(grade, found.confirmed)
    is_citys = heaviest is not None and not is_graver(rules.command.grade, heaviest)
    floor = rules.sensitive.grade if state.sensitive else None
    return Gravity(
        grade,
        outlook if is_graver(outlook, grade) else None,
        gravest(grade, outlook, floor),
        _grading(state, said, found, heaviest, is_citys=is_citys),
        _transfer(state.command_transfer, now, is_citys=is_citys),
    )


def _people(incident: Gradable) -> People:
    return People(
        incident.dead,
        incident.missing,
        incident.serious,
        incident.acute_poisoned,
        incident.loss_yuan,
        incident.burnt_hectares,
    )


def _worst_people(incident: Gradable) -> People:
    """With the worse of the numbers that nobody has decided between."""
    return People(
        **{one.name: worst(incident.figures, one.name, getattr(incident, one.name)) for one in fields(People)}
    )


def _grading(
    incident: Gradable, said: Grading, found: Assessment, heaviest: IncidentGrade | None, *, is_citys: bool
) -> Grading:
    rule = found.rule
    if rule is None and heaviest is None and said is PLAIN and incident.dead is None and incident.missing is None:
        return _UNKNOWN[found.way]
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
    window = first_window(incident.occurred_at, rule)
    return (window.model_copy(update={"late": late}) if late else window), values


def first_window(occurred_at: datetime, rule: WindowRule) -> CasualtyWindow:
    """The window of an incident about which nothing has come late."""
    return _window_from(civil_date(occurred_at), rule)


@lru_cache(maxsize=256)
def _window_from(day: date, rule: WindowRule) -> CasualtyWindow:
    said = rule.said
    return CasualtyWindow(days=rule.days, basis=said.basis, verified=said.verified, ends_at=_end_of(day, rule.days))


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
