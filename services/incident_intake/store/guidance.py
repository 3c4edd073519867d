"""Answers and steps of incidents in the store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from services.incident_intake.tables.desk import GuidanceAnswerRow, GuidanceStepRow
from shared.storage.prepared import Prepared

_ANSWERS = GuidanceAnswerRow.__table__  # type: ignore[attr-defined]
_STEPS = GuidanceStepRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered, with the question as it stood then."""

    id: str
    incident_id: str
    question_id: str
    question: str
    answer: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class StoredStep:
    """How a step stands: `done` or `not_applicable`; `step` is the list's line as it stood then."""

    incident_id: str
    step_id: str
    state: str
    step: dict[str, Any]
    at: datetime
    by: str
    reason: str | None


_ANSWER_COLUMNS = tuple(field.name for field in fields(StoredAnswer))
_STEP_COLUMNS = tuple(field.name for field in fields(StoredStep))
_ADD = Prepared(insert(_ANSWERS), _ANSWER_COLUMNS)


def add_answers(connection: Connection, answers: Iterable[StoredAnswer]) -> None:
    """Append them."""
    _ADD.execute_all(connection, [{name: getattr(one, name) for name in _ANSWER_COLUMNS} for one in answers])


def last_answers(connection: Connection, incident_id: str) -> Mapping[str, StoredAnswer]:
    """The last answer to each question, by question; those taken back are empty."""
    wanted = select(_ANSWERS).where(_ANSWERS.c.incident_id == incident_id).order_by(_ANSWERS.c.id)
    return {row.question_id: StoredAnswer(**row._mapping) for row in connection.execute(wanted)}  # noqa: SLF001


def save_step(connection: Connection, step: StoredStep) -> None:
    """Keep how the step stands now."""
    drop_step(connection, step.incident_id, step.step_id)
    connection.execute(insert(_STEPS), {name: getattr(step, name) for name in _STEP_COLUMNS})


def drop_step(connection: Connection, incident_id: str, step_id: str) -> None:
    """It is open again."""
    connection.execute(delete(_STEPS).where(_STEPS.c.incident_id == incident_id, _STEPS.c.step_id == step_id))


def settled_steps(connection: Connection, incident_id: str) -> Mapping[str, StoredStep]:
    """The steps that are no longer open, by step."""
    wanted = select(_STEPS).where(_STEPS.c.incident_id == incident_id)
    return {row.step_id: StoredStep(**row._mapping) for row in connection.execute(wanted)}  # noqa: SLF001
