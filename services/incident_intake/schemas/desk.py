"""Request and response bodies of what the bureau decides for its desk."""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.incident_intake.domain.guidance import Guidance, Question, Step
from services.incident_intake.schemas import NeededText, Short
from shared.http.schemas import Command, SaidTime

Basis = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Known = Annotated[int, Field(strict=True, ge=0)]


class ChangeWindow(Command):
    """How near and how soon two reports must be for a person to be asked whether they are one."""

    metres: Annotated[float, Field(ge=10, le=10_000)]
    minutes: Annotated[float, Field(ge=1, le=1440)]
    basis: Basis
    verified: bool = False
    version: Known | None = None


class ChangeGuidance(Command):
    """The lists for one part of the classification, whole."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    questions: Annotated[list[Question], Field(max_length=40)]
    checklist: Annotated[list[Step], Field(max_length=60)]
    version: Known | None = None

    def guidance(self) -> Guidance:
        """Without the version that was seen."""
        return Guidance(title=self.title, questions=self.questions, checklist=self.checklist)


class ResetGuidance(Command):
    """Let the product's own lists hold again."""

    version: Known | None = None


class AnswerInput(Command):
    """One answer; an empty one takes the last back."""

    question_id: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    answer: Annotated[str, StringConstraints(max_length=1000)]


class GiveAnswers(Command):
    """Answers to questions of the list."""

    answers: Annotated[list[AnswerInput], Field(min_length=1, max_length=60)]


class RecordObservation(Command):
    """The temperature of the air at the scene, in °C."""

    temperature_c: Annotated[float, Field(ge=-60, le=60, allow_inf_nan=False)]
    at: SaidTime | None = None
    source: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class StepDone(Command):
    """The step has been done."""

    note: Short | None = None


class StepUndone(Command):
    """It has not, after all."""

    reason: Short | None = None


class StepNotApplicable(Command):
    """It does not apply to this incident, and why."""

    reason: NeededText
