"""Answers and steps of incidents in the store."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from services.incident_intake.tables.desk import GuidanceAnswerRow, GuidanceDueRow, GuidanceStepRow
from shared.contracts.events.intake import StepState
from shared.storage.prepared import Prepared

_ANSWERS = GuidanceAnswerRow.__table__  # type: ignore[attr-defined]
_DUE = GuidanceDueRow.__table__  # type: ignore[attr-defined]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """A step that became due by itself."""

    incident_id: str
    step_id: str
    id: str
    version: int
    text: str
    state: StepState
    applied_at: datetime
    due_at: datetime
    why: str


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


def due_steps(connection: Connection, incident_id: str) -> Mapping[str, DueStep]:
    """The steps of an incident that became due by themselves, by step."""
    rows = connection.execute(select(_DUE).where(_DUE.c.incident_id == incident_id))
    found = [DueStep(**{**row._mapping, "state": StepState(row.state)}) for row in rows]  # noqa: SLF001
    return {one.step_id: one for one in found}


def keep_due(connection: Connection, step: DueStep) -> None:
    """Keep how it stands now."""
    connection.execute(delete(_DUE).where(_DUE.c.incident_id == step.incident_id, _DUE.c.step_id == step.step_id))
    connection.execute(insert(_DUE), {**asdict(step), "state": step.state.value})


def settled_steps(connection: Connection, incident_id: str) -> Mapping[str, StoredStep]:
    """The steps that are no longer open, by step."""
    wanted = select(_STEPS).where(_STEPS.c.incident_id == incident_id)
    return {row.step_id: StoredStep(**row._mapping) for row in connection.execute(wanted)}  # noqa: SLF001
