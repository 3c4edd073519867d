"""Answers and steps of incidents in the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from services.incident_intake.store.incidents import OPEN
from services.incident_intake.tables import IncidentRow
from services.incident_intake.tables.desk import GuidanceAnswerRow, GuidanceDueRow, GuidanceStepRow
from shared.contracts.events.intake import Observation, StepState
from shared.storage.prepared import Prepared

_INCIDENTS = IncidentRow.__table__  # type: ignore[attr-defined]
_ANSWERS = GuidanceAnswerRow.__table__  # type: ignore[attr-defined]
_DUE = GuidanceDueRow.__table__  # type: ignore[attr-defined]
_STEPS = GuidanceStepRow.__table__  # type: ignore[attr-defined]


StepKey = tuple[str, str]
"""Ids of incident and step."""


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
_DUE_COLUMNS = tuple(field.name for field in fields(DueStep))
_STEP_COLUMNS = tuple(field.name for field in fields(StoredStep))
_ADD = Prepared(insert(_ANSWERS), _ANSWER_COLUMNS)


def _upsert_due(kind: Any) -> Prepared:
    row = kind.insert(_DUE)
    told = {name: row.excluded[name] for name in _DUE_COLUMNS}
    return Prepared(row.on_conflict_do_update(index_elements=["incident_id", "step_id"], set_=told), _DUE_COLUMNS)


_KEEP_DUE = {"sqlite": _upsert_due(sqlite), "postgresql": _upsert_due(postgresql)}


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
    return {step_id: one for (_, step_id), one in due_steps_of(connection, [incident_id]).items()}


def due_steps_of(connection: Connection, incident_ids: Sequence[str]) -> Mapping[StepKey, DueStep]:
    """The same of many."""
    rows = connection.execute(select(_DUE).where(_DUE.c.incident_id.in_(incident_ids))) if incident_ids else ()
    found = [DueStep(**{**row._mapping, "state": StepState(row.state)}) for row in rows]  # noqa: SLF001
    return {(one.incident_id, one.step_id): one for one in found}


def keep_due(connection: Connection, step: DueStep) -> None:
    """Keep how it stands now."""
    _KEEP_DUE[connection.dialect.name].execute(connection, {**asdict(step), "state": step.state.value})


def settled_steps(connection: Connection, incident_id: str) -> Mapping[str, StoredStep]:
    """The steps that are no longer open, by step."""
    wanted = select(_STEPS).where(_STEPS.c.incident_id == incident_id)
    return {row.step_id: StoredStep(**row._mapping) for row in connection.execute(wanted)}  # noqa: SLF001


def settled_of(connection: Connection, incident_ids: Sequence[str]) -> set[StepKey]:
    """Which steps of these incidents are no longer open."""
    wanted = select(_STEPS.c.incident_id, _STEPS.c.step_id).where(_STEPS.c.incident_id.in_(incident_ids))
    return {(row.incident_id, row.step_id) for row in connection.execute(wanted)} if incident_ids else set()


@dataclass(frozen=True, slots=True)
class Watched:
    """What of an open incident decides whether a step of it becomes due, and by what name it is told."""

    id: str
    number: str
    title: str
    type_code: str | None
    lon: float | None
    lat: float | None
    received_at: datetime
    observation: Observation | None


_WATCHED = select(*(_INCIDENTS.c[field.name] for field in fields(Watched))).where(
    _INCIDENTS.c.status.in_([status.value for status in OPEN])
)


def watched_incidents(connection: Connection, site: str, starts: Sequence[str], *, limit: int) -> list[Watched]:
    """Open incidents of the site whose type begins with one of these, all of them with an empty one; newest first."""
    wanted = _WATCHED.where(_INCIDENTS.c.home_site == site)
    if "" not in starts:
        code = _INCIDENTS.c.type_code
        wanted = wanted.where(or_(*(code.startswith(start, autoescape=True) for start in starts)))
    # Put in order here: the store would go through everything that was ever closed, from the newest on.
    newest = sorted(connection.execute(wanted), key=lambda row: (row.received_at, row.id), reverse=True)[:limit]
    return [_watched(row) for row in newest]


def _watched(row: Row[Any]) -> Watched:
    read = row.observation and Observation.model_validate(row.observation)
    return Watched(**{**row._mapping, "observation": read})  # noqa: SLF001
