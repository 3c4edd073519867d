"""How the lists stand for one incident: what was answered, what is done, what is overdue."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.guidance import FIELDS, Question, Step, due_at, in_order
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.context import Intake, home_incident, own_incident, write_line
from services.incident_intake.handlers.guidance.conditions import settle_condition
from services.incident_intake.handlers.guidance.lists import lists_for
from services.incident_intake.schemas.desk import GiveAnswers, StepDone, StepNotApplicable, StepUndone
from services.incident_intake.store.guidance import (
    DueStep,
    StoredAnswer,
    StoredStep,
    add_answers,
    drop_step,
    due_steps,
    last_answers,
    save_step,
    settled_steps,
)
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.ids import new_id

DONE, NOT_APPLICABLE, OPEN = "done", "not_applicable", "open"


def show_guidance(connection: Connection, actor: Actor, incident_id: str, now: datetime) -> dict[str, Any]:
    """Questions with their answers and steps with their times.

    Raises:
        NotFound: `incident.not_found`.
    """
    return _view(connection, own_incident(connection, actor, incident_id), now)


def keep_answers(
    connection: Connection, incident: Incident, answers: Mapping[str, str], actor_name: str, now: datetime
) -> None:
    """Keep what was answered; what the list does not ask is kept under its id all the same, nothing said is lost."""
    asked = {one.id: one.text for one in lists_for(connection, incident.type_code).guidance.questions}
    add_answers(
        connection,
        [
            StoredAnswer(new_id(), incident.id, question, asked.get(question, question), answer, now, actor_name)
            for question, answer in answers.items()
        ],
    )


def give_answers(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: GiveAnswers, now: datetime
) -> Answer:
    """Keep answers; the last one to each question holds, those before stay.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `home.elsewhere`.
        Invalid: `guidance.question_unknown`.
    """
    incident = home_incident(connection, intake, actor, incident_id)
    known = {one.id for one in lists_for(connection, incident.type_code).guidance.questions}
    known |= set(last_answers(connection, incident.id))
    for index, one in enumerate(cmd.answers):
        if one.question_id not in known:
            pointer = f"/answers/{index}/question_id"
            raise Invalid("guidance.question_unknown", faults=(FieldFault(pointer, "guidance.question_unknown"),))
    keep_answers(connection, incident, {one.question_id: one.answer for one in cmd.answers}, actor.name, now)
    return Answer(200, _view(connection, incident, now))


def finish_step(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, step_id: str, cmd: StepDone, now: datetime
) -> Answer:
    """Say that a step is done; whether in time is told, never hidden.

    Raises:
        NotFound: `incident.not_found`, `guidance.step_unknown`.
        Conflict: `home.elsewhere`, `guidance.step_settled`.
    """
    return _settle(connection, intake, actor, incident_id, step_id, now, state=DONE, reason=cmd.note)


def skip_step(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    incident_id: str,
    step_id: str,
    cmd: StepNotApplicable,
    now: datetime,
) -> Answer:
    """Say that a step does not apply here, and why.

    Raises:
        NotFound: `incident.not_found`, `guidance.step_unknown`.
        Conflict: `home.elsewhere`, `guidance.step_settled`.
    """
    return _settle(connection, intake, actor, incident_id, step_id, now, state=NOT_APPLICABLE, reason=cmd.reason)


def undo_step(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, step_id: str, cmd: StepUndone, now: datetime
) -> Answer:
    """Take it back: the step is open, and due when it ever was.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `home.elsewhere`, `guidance.step_open`.
    """
    incident = home_incident(connection, intake, actor, incident_id)
    settled = settled_steps(connection, incident.id).get(step_id)
    if settled is None:
        raise Conflict("guidance.step_open")
    drop_step(connection, incident.id, step_id)
    settle_condition(connection, intake, incident, step_id, now, is_open=True)
    write_line(
        connection, incident.id, "step", code="timeline.step_undone", now=now, actor_name=actor.name,
        step_id=step_id, phase=settled.step["phase"], text=settled.step["text"], reason=cmd.reason,
    )  # fmt: skip
    return Answer(200, _view(connection, incident, now))


def _settle(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    incident_id: str,
    step_id: str,
    now: datetime,
    *,
    state: str,
    reason: str | None,
) -> Answer:
    incident = home_incident(connection, intake, actor, incident_id)
    settled = settled_steps(connection, incident.id)
    if step_id in settled:
        raise Conflict("guidance.step_settled", by=settled[step_id].by)
    steps = {one.id: one for one in lists_for(connection, incident.type_code).guidance.checklist}
    step = steps.get(step_id)
    if step is None:
        raise NotFound("guidance.step_unknown")
    kept = step.model_dump(mode="json")
    save_step(connection, StoredStep(incident.id, step_id, state, kept, now, actor.name, reason))
    applied = due_steps(connection, incident.id).get(step_id)
    due = _due(step, incident, applied)
    is_late = state == DONE and due is not None and now > due
    settle_condition(connection, intake, incident, step_id, now, is_open=False)
    write_line(
        connection, incident.id, "step", code=f"timeline.step_{state}", now=now, actor_name=actor.name,
        step_id=step_id, phase=step.phase, text=step.text, overdue=is_late, reason=reason,
    )  # fmt: skip
    return Answer(200, _view(connection, incident, now))


def _view(connection: Connection, incident: Incident, now: datetime) -> dict[str, Any]:
    held = lists_for(connection, incident.type_code)
    answers, settled = last_answers(connection, incident.id), settled_steps(connection, incident.id)
    applied = due_steps(connection, incident.id)
    asked = {one.id for one in held.guidance.questions}
    steps = {one.id: one for one in held.guidance.checklist}
    # What was answered or done under another type or an older list stays in sight.
    steps |= {step_id: Step.model_validate(one.step) for step_id, one in settled.items() if step_id not in steps}
    others = [one for question, one in answers.items() if question not in asked and one.answer]
    return {
        "incident_id": incident.id,
        "type_code": held.key,
        "title": held.guidance.title,
        "questions": [_question(one, answers.get(one.id), incident) for one in held.guidance.questions]
        + [_question(Question(id=one.question_id, text=one.question), one, incident) for one in others],
        "steps": [
            _step(one, settled.get(one.id), applied.get(one.id), incident, now) for one in in_order(steps.values())
        ],
        "version": held.version,
    }


def _question(question: Question, answer: StoredAnswer | None, incident: Incident) -> dict[str, Any]:
    """A question that is a field of the report is answered by the report."""
    body = question.model_dump(mode="json")
    if question.field in FIELDS:
        value = getattr(incident, question.field.removeprefix("casualties."))
        return {**body, "answer": None if value is None else str(value), "at": None, "by": None}
    given = answer if answer is not None and answer.answer else None
    return {
        **body,
        "answer": given.answer if given else None,
        "at": wire_time(given.at) if given else None,
        "by": given.by if given else None,
    }


def _due(step: Step, incident: Incident, applied: DueStep | None) -> datetime | None:
    """Until when it is to be done; None while what it waits for has not come true."""
    if step.when is None:
        return due_at(step, incident.received_at)
    return applied.due_at if applied else None


def _step(
    step: Step, settled: StoredStep | None, applied: DueStep | None, incident: Incident, now: datetime
) -> dict[str, Any]:
    due = _due(step, incident, applied)
    ended = incident.closed_at if settled is None else settled.at
    is_late = due is not None and (settled is None or settled.state == DONE) and (ended or now) > due
    return {
        **step.model_dump(mode="json"),
        "due_at": None if due is None else wire_time(due),
        "applied_at": wire_time(applied.applied_at) if applied else None,
        "why": applied.why if applied else None,
        "state": settled.state if settled else OPEN,
        "at": wire_time(settled.at) if settled else None,
        "by": settled.by if settled else None,
        "reason": settled.reason if settled else None,
        "overdue": is_late,
    }
