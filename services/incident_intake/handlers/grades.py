"""How grave an incident is after a change: graded anew, kept, told, and said in its timeline."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.checks import Hint
from services.incident_intake.domain.grading.assess import is_graver
from services.incident_intake.domain.incident import Incident, changes
from services.incident_intake.domain.regrading import is_by_hand, regraded
from services.incident_intake.handlers.context import Intake, home_incident, require_version, tell, write_line
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas.grading import GradeByHand, TransferCommand
from services.incident_intake.store.callers import find_caller
from services.incident_intake.store.incidents import update_incident
from shared.contracts.envelope import Envelope
from shared.contracts.events.grading import Grading, GradingWay
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.levels import IncidentGrade
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict


def grade_now(connection: Connection, intake: Intake, incident: Incident, now: datetime) -> Incident:
    """The incident with the grade by the rules in force here."""
    return regraded(incident, intake.rules.of(connection), now)


def by_hand(incident: Incident, grade: IncidentGrade | None, reason: str | None) -> Incident:
    """A person grades it, or with None leaves it to the rules again."""
    known = incident.grading or Grading(manual_grade=incident.grade, said=incident.possible_grade)
    reason = reason if grade is not None else None
    return replace(incident, grading=known.model_copy(update={"manual_grade": grade, "reason": reason}))


def thought_possible(incident: Incident, grade: IncidentGrade | None) -> Incident:
    """Somebody says what it may become."""
    known = incident.grading or Grading(manual_grade=incident.grade, said=incident.possible_grade)
    return replace(incident, grading=known.model_copy(update={"said": grade}))


def grade_lines(
    connection: Connection, before: Incident | None, after: Incident, now: datetime, *, actor_name: str | None
) -> None:
    """Lines for a grade that changed, and for the step that a grade of 重大 asks for (京办 §46)."""
    old = (before.grade, before.possible_grade) if before else (None, None)
    grading = after.grading or Grading()
    if old != (after.grade, after.possible_grade):
        is_manual, new = grading.manual, (after.grade, after.possible_grade)
        write_line(
            connection, after.id, "graded", code="timeline.graded_by_hand" if is_manual else "timeline.graded",
            now=now, actor_name=actor_name, before=grade_text(*old), after=grade_text(*new),
            basis=(grading.reason or "") if is_manual else basis_text(grading), rule_id=grading.rule_id,
            verified=grading.verified,
        )  # fmt: skip
    if after.command_transfer is not None and (before is None or before.command_transfer is None):
        write_line(
            connection, after.id, "command", code="timeline.command_due", now=now, actor_name=actor_name,
            grade=grade_text(after.grade, None),
        )  # fmt: skip


def grade_text(grade: IncidentGrade | None, possible: IncidentGrade | None) -> str:
    """「较大（可能重大）」."""
    word = label(f"grade_word.{grade or 'none'}")
    return label("grade_word.possible", grade=word, possible=label(f"grade_word.{possible}")) if possible else word


def basis_text(grading: Grading) -> str:
    """The basis of the rule, with the mark that nobody has checked it."""
    if grading.basis is None:
        return label("grading.no_rule")
    return grading.basis if grading.verified else label("grading.unverified", basis=grading.basis)


def grade_hints(before: Incident | None, after: Incident) -> list[Hint]:
    """What a person should look at about the grade."""
    grading = after.grading or Grading()
    hints = []
    is_new = before is None or (before.grading or Grading()).manual_grade != grading.manual_grade
    if grading.manual and is_new and grading.reason is None and (before is not None or is_by_hand(after)):
        hints.append(Hint("/grade_reason", "grade.reason_missing"))
    if grading.manual and is_graver(grading.confirmed, after.grade):
        hints.append(Hint("/grade", "grade.rules_are_graver", {"grade": label(f"grade_word.{grading.confirmed}")}))
    has_people = any(count for count in (after.dead, after.missing, after.serious, after.acute_poisoned))
    if grading.way is GradingWay.UNTYPED and has_people and not grading.manual:
        hints.append(Hint("/type_code", "grade.type_missing"))
    if is_by_hand(after) and has_people and not grading.manual:
        hints.append(Hint("/grade", "grade.by_hand"))
    if after.command_transfer is not None and after.command_transfer.done_at is None:
        hints.append(Hint("/command_transfer", "command.due"))
    return hints


def keep_change(
    connection: Connection,
    intake: Intake,
    before: Incident,
    after: Incident,
    now: datetime,
    *,
    actor: Actor | None,
    actor_name: str | None = None,
    cause: Envelope | None = None,
    remark: str | None = None,
) -> Incident:
    """Grade the changed incident, keep it, write what differs and tell it; nothing of that if nothing differs."""
    after = grade_now(connection, intake, after, now)
    differences = changes(before, after)
    if not differences:
        return before
    after = replace(after, version=before.version + 1, updated_at=now)
    name = actor.name if actor else actor_name
    update_incident(connection, after)
    lines = [{"field": one.field, "before": _plain(one.before), "after": _plain(one.after)} for one in differences]
    grade_lines(connection, before, after, now, actor_name=name)
    write_line(connection, after.id, "updated", now=now, actor_name=name, changes=lines)
    tell(
        connection, intake, "updated", after, now=now, actor=actor, actor_name=name,
        changed=[one.field for one in differences], remark=remark, cause=cause,
    )  # fmt: skip
    return after


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return wire_time(value)
    return list(value) if isinstance(value, tuple) else value


def to_change(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, version: int | None = None
) -> Incident:
    """The incident that a person changes here, open or ended.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.changed`, `incident.merged`, `home.elsewhere`.
    """
    before = home_incident(connection, intake, actor, incident_id)
    if version is not None:
        current = incident_view(before, find_caller(connection, incident_id), exercise=intake.deps.exercise)
        require_version(connection, before, version, current)
    if before.status is IncidentStatus.MERGED:
        raise Conflict("incident.merged", merged_into=before.merged_into)
    return before


def answer_with(
    connection: Connection, intake: Intake, incident: Incident, hints: list[Hint], *, status: int = 200
) -> Answer:
    """The incident as answered to a command."""
    caller = find_caller(connection, incident.id)
    return Answer(status, incident_view(incident, caller, exercise=intake.deps.exercise, hints=hints))


def grade_by_hand(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: GradeByHand, now: datetime
) -> Answer:
    """A person grades an incident and says why, or leaves it to the rules again.

    Raises:
        NotFound, Conflict: as of `to_change`.
    """
    before = to_change(connection, intake, actor, incident_id, cmd.version)
    after = keep_change(
        connection, intake, before, by_hand(before, cmd.grade, cmd.reason), now, actor=actor, remark=cmd.reason
    )
    return answer_with(connection, intake, after, grade_hints(before, after))


def transfer_command(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: TransferCommand, now: datetime
) -> Answer:
    """Put on record that the city commands now (京办 §46); the district goes on with what is under way.

    Raises:
        NotFound, Conflict: as of `to_change`; `command.not_due`, `command.done_already`.
    """
    before = to_change(connection, intake, actor, incident_id)
    step = before.command_transfer
    if step is None:
        raise Conflict("command.not_due", number=before.number)
    if step.done_at is not None:
        raise Conflict("command.done_already", name=step.done_by)
    done = step.model_copy(
        update={"done_at": cmd.at or now, "done_by": actor.name, "to_whom": cmd.to_whom, "note": cmd.note}
    )
    after = replace(before, command_transfer=done, version=before.version + 1, updated_at=now)
    update_incident(connection, after)
    write_line(
        connection, after.id, "command", code="timeline.command_transferred", now=now, at=done.done_at,
        actor_name=actor.name, to_whom=cmd.to_whom, note=cmd.note,
    )  # fmt: skip
    tell(connection, intake, "updated", after, now=now, actor=actor, changed=["command_transfer"], remark=cmd.note)
    return answer_with(connection, intake, after, [])
