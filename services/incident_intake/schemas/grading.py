"""Request bodies of grading: figures from sources, a grade by hand, the step of command, the rules."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.incident_intake.domain.grading.rules import Metric
from services.incident_intake.schemas import (
    Count,
    Hectares,
    LossYuan,
    NeededText,
    Reason,
    Short,
    Version,
)
from shared.contracts.events.grading import GradingWay
from shared.contracts.events.intake import IncidentSource
from shared.contracts.levels import IncidentGrade
from shared.http.schemas import Command, SaidTime

FigureField = Literal[
    "dead", "missing", "serious", "injured", "trapped", "acute_poisoned", "loss_yuan", "burnt_hectares"
]

Start = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}([A-Z]([0-9]{2})?)?)?$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class StateCasualties(Command):
    """What the figures are now, or became at `occurred_at`; also of an incident that has ended (493 号令 §13)."""

    dead: Count | None = None
    missing: Count | None = None
    serious: Count | None = None
    injured: Count | None = None
    trapped: Count | None = None
    acute_poisoned: Count | None = None
    loss_yuan: LossYuan | None = None
    burnt_hectares: Hectares | None = None
    occurred_at: SaidTime | None = None
    source: IncidentSource | None = None
    source_name: Short | None = None
    note: Short | None = None
    version: Version | None = None


class TellFigure(Command):
    """One number as one source gives it; it stands beside others until a person chooses."""

    field: FigureField
    value: Annotated[float, Field(strict=True, ge=0, le=10**15)]
    source: IncidentSource
    source_name: Short | None = None
    reported_at: SaidTime | None = None
    occurred_at: SaidTime | None = None
    note: Short | None = None


class GradeByHand(Command):
    """A grade and why; without a grade the rules decide again."""

    grade: IncidentGrade | None
    reason: NeededText
    version: Version | None = None


class TransferCommand(Command):
    """To whom at the city command went."""

    to_whom: Reason
    at: SaidTime | None = None
    note: Short | None = None


class SourcedInput(Command):
    """Where a rule is written, and whether the bureau has checked it there."""

    basis: Words
    source: Words
    verified: bool


class ThresholdInput(SourcedInput):
    """One row of the table."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    group: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    scope: Annotated[list[Start], Field(min_length=1, max_length=200)]
    metric: Metric
    grade: IncidentGrade
    at_least: Annotated[float, Field(ge=0, le=10**15)]


class ExceptionInput(SourcedInput):
    """Kinds that no threshold grades."""

    scope: Annotated[list[Start], Field(min_length=1, max_length=200)]
    way: Literal[GradingWay.BY_HAND, GradingWay.NOT_GRADED]


class WindowInput(SourcedInput):
    """For how many days changes of figures are counted."""

    scope: Annotated[list[Start], Field(min_length=1, max_length=200)]
    days: Annotated[int, Field(strict=True, ge=1, le=3650)]


class GradeLimitInput(SourcedInput):
    """A grade from which on something holds."""

    grade: IncidentGrade


class ChangeGradingRules(Command):
    """All rules anew; with `version` refused when another was faster."""

    rows: Annotated[list[ThresholdInput], Field(max_length=1000)]
    exceptions: Annotated[list[ExceptionInput], Field(max_length=200)]
    windows: Annotated[list[WindowInput], Field(min_length=1, max_length=200)]
    sensitive: GradeLimitInput
    command: GradeLimitInput
    version: Annotated[int, Field(strict=True, ge=0)] | None = None
