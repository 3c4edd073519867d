"""What the officer must ask and do, per type of incident: data that the bureau edits, read by the longest prefix."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.incident_intake.domain.incident import CASUALTY_FIELDS, type_prefix
from shared.kernel.errors import FieldFault

GENERAL = "general"
"""The list for types that have none of their own."""

MOST_MINUTES = 60 * 24 * 40

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
FIELDS = frozenset(f"casualties.{name}" for name in CASUALTY_FIELDS)
"""Fields of a report that a question may fill."""


AIRPORT_WORD = "airport_word"
"""The question for the airport's own word."""


class Phase(StrEnum):
    """接、报、传、跟: take it, report it, pass it on, follow it up."""

    TAKE = "接"
    REPORT = "报"
    CONVEY = "传"
    FOLLOW = "跟"


class AirportAlert(StrEnum):
    """The airport's own three words. They are no level of response of ours and are never translated into one."""

    STAND_BY = "原地待命"
    ASSEMBLE = "集结待命"
    TURN_OUT = "紧急出动"


class Question(BaseModel):
    """One thing to ask. `field` is the field of the report that the answer is; `critical` ones are asked first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    text: Line
    options: Annotated[list[Line], Field(max_length=20)] = []
    field: str | None = None
    critical: bool = False


class When(BaseModel):
    """What must be true for a step to become due by itself: all that is said here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    night: bool = False
    below_c: Annotated[float, Field(ge=-60, le=60)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "When":
        if not self.night and self.below_c is None:
            raise ValueError("a condition without a condition")
        return self


class Step(BaseModel):
    """One thing to do, within how many minutes of the report, and on what basis.

    With `when` the minutes count from the moment at which that came true; until then it is not due.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    phase: Phase
    text: Line
    minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)]
    basis: Line
    verified: bool = False
    when: When | None = None


class Guidance(BaseModel):
    """The lists for one part of the classification."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Line
    questions: Annotated[list[Question], Field(max_length=40)]
    checklist: Annotated[list[Step], Field(max_length=60)]


def key_of(code: str) -> str:
    """The key under which lists of a type stand: `12D00` and `12D` are one."""
    return code if code == GENERAL else type_prefix(code) or GENERAL


def applicable(keys: Iterable[str], type_code: str | None) -> str:
    """The key of the lists that hold for a type: the longest that the code begins with, else the general one."""
    fitting = [key for key in keys if key != GENERAL and type_code and type_code.startswith(key)]
    return max(fitting, key=len, default=GENERAL)


def guidance_faults(guidance: Guidance) -> list[FieldFault]:
    """What keeps lists from being used: an id twice, a field that no report has, other words than the airport's own."""
    faults = []
    for name, ids in (
        ("questions", [one.id for one in guidance.questions]),
        ("checklist", [one.id for one in guidance.checklist]),
    ):
        twice = (index for index, one in enumerate(ids) if one in ids[:index])
        faults += [FieldFault(f"/{name}/{index}/id", "guidance.id_twice", id=ids[index]) for index in twice]
    faults += [
        FieldFault(f"/questions/{index}/field", "guidance.field_unknown", field=one.field)
        for index, one in enumerate(guidance.questions)
        if one.field is not None and one.field not in FIELDS
    ]
    words = [word.value for word in AirportAlert]
    faults += [
        FieldFault(f"/questions/{index}/options", "guidance.airport_words", words="、".join(words))
        for index, one in enumerate(guidance.questions)
        if one.id == AIRPORT_WORD and one.options != words
    ]
    return faults


def due_at(step: Step, received_at: datetime) -> datetime:
    """Until when it is to be done; counted from the report, since that is when the duty began."""
    return received_at + timedelta(minutes=step.minutes)


def in_order(steps: Iterable[Step]) -> list[Step]:
    """接, 报, 传, 跟, and within each the soonest first."""
    phases: Mapping[Phase, int] = {phase: place for place, phase in enumerate(Phase)}
    return sorted(steps, key=lambda step: (phases[step.phase], step.minutes))
