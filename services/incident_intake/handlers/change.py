"""Follow-ups (续报): what was said anew, what it changes, and the difference for the timeline."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.caller import CALLER_FIELDS, MASK, Caller
from services.incident_intake.domain.casualties import Statement
from services.incident_intake.domain.checks import Hint, Point, place_township, refuse, time_fault
from services.incident_intake.domain.grading.figures import FIELDS, Value
from services.incident_intake.domain.incident import (
    FieldChange,
    Incident,
    changes,
    default_title,
    refused_step,
    require_step,
    type_name,
)
from services.incident_intake.handlers.context import Intake, home_incident, require_version, tell, write_line
from services.incident_intake.handlers.figures import check_figures, stated_figures
from services.incident_intake.handlers.grades import by_hand, grade_hints, grade_lines, grade_now, thought_possible
from services.incident_intake.handlers.placing import Placed, checked_point, own_township
from services.incident_intake.handlers.report import as_caller
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas import CallerInput, ChangeIncident, LocationInput
from services.incident_intake.store.callers import find_caller, replace_caller
from services.incident_intake.store.incidents import update_incident
from shared.contracts.events.intake import IncidentSource, IncidentStatus
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict, FieldFault
from shared.kernel.ids import new_id

_EXCERPT = 200
_BY_PATCH = {IncidentStatus.ACTIVE}
"""Ending, reopening, merging and splitting are acts of their own, since each must say why."""
_LEFT_BY_REOPENING = frozenset({IncidentStatus.CLOSED, IncidentStatus.RECOVERING})


def change_incident(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: ChangeIncident, now: datetime
) -> Answer:
    """Take a follow-up. Figures may be corrected after the end too (493 号令 §13).

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.changed`, `incident.merged`, `incident.transition_refused`.
        Invalid: a time or place cannot be true.
        Forbidden: `access.other_territory`.
    """
    before = home_incident(connection, intake, actor, incident_id)
    caller = find_caller(connection, incident_id)
    exercise = intake.deps.exercise
    require_version(connection, before, cmd.version, incident_view(before, caller, exercise=exercise))
    if before.status is IncidentStatus.MERGED:
        raise Conflict("incident.merged", merged_into=before.merged_into)
    _check_times(intake, cmd, now)
    after, hints = _applied(actor, before, cmd)
    after, told = _figured(connection, intake, actor, after, cmd, now)
    hints += [*told, *grade_hints(before, after)]
    new_caller = _changed_caller(intake, before, caller, cmd, now)
    differences = changes(before, after)
    if new_caller != caller:
        replace_caller(connection, incident_id, new_caller)
        differences.append(FieldChange("caller", None, None))
    if differences:
        after = replace(after, version=before.version + 1, updated_at=now)
        update_incident(connection, after)
        _record(connection, intake, actor, before, after, differences, now)
    return Answer(200, incident_view(after, new_caller, exercise=exercise, hints=hints))


def _check_times(intake: Intake, cmd: ChangeIncident, now: datetime) -> None:
    times = {
        "/occurred_at": cmd.occurred_at,
        "/received_at": cmd.received_at,
        "/first_public_at": cmd.first_public_at,
    }
    faults = (time_fault(pointer, value, now, intake.config) for pointer, value in times.items())
    refuse(fault for fault in faults if fault is not None)


def _applied(actor: Actor, before: Incident, cmd: ChangeIncident) -> tuple[Incident, list[Hint]]:
    said = cmd.model_fields_set
    values: dict[str, object] = {
        name: getattr(cmd, name) or None for name in ("type_code", "description", "first_public_where") if name in said
    }
    if "first_public_at" in said:
        values["first_public_at"] = cmd.first_public_at
    for name in ("occurred_at", "received_at"):
        if getattr(cmd, name) is not None:
            values[name] = getattr(cmd, name)
    if "source" in said:
        values["source"] = cmd.source or IncidentSource.OTHER
    if cmd.sensitive is not None:
        values["sensitive"] = cmd.sensitive
    if "sensitive_reasons" in said:
        values["sensitive_reasons"] = tuple(cmd.sensitive_reasons or ())
    values |= _step(before, cmd.status)
    place, hints = _moved(actor, before, cmd.location)
    after = replace(before, **{**values, **place})  # type: ignore[arg-type]
    hints += _type_hint(before, after)
    return replace(after, title=_title(before, after, cmd.title)), hints


def _figured(
    connection: Connection, intake: Intake, actor: Actor, after: Incident, cmd: ChangeIncident, now: datetime
) -> tuple[Incident, list[Hint]]:
    """What was said of figures and grades, and the grade that follows."""
    said = cmd.model_fields_set
    values: dict[str, Value] = {name: getattr(cmd, name) for name in FIELDS if name in said}
    if cmd.casualties is not None:
        values |= {name: getattr(cmd.casualties, name) for name in cmd.casualties.model_fields_set}
    hints: list[Hint] = []
    if values:
        check_figures(intake, values, now)
        statement = Statement(by=actor.name, now=now, new_id=new_id)
        after, hints = stated_figures(connection, intake, after, values, statement)
    if "grade" in said:
        after = by_hand(after, cmd.grade, cmd.grade_reason or None)
    elif cmd.grade_reason and after.grading is not None and after.grading.manual:
        after = by_hand(after, after.grading.manual_grade, cmd.grade_reason)
    if "possible_grade" in said:
        after = thought_possible(after, cmd.possible_grade)
    return grade_now(connection, intake, after, now), hints


def _title(before: Incident, after: Incident, said: str | None) -> str:
    """The title: as said; one that was made from type and place follows them."""
    was_made = before.title == default_title(before.type_code, before.place_text, before.township, before.description)
    if said or not was_made:
        return said or before.title
    return default_title(after.type_code, after.place_text, after.township, after.description)


def _type_hint(before: Incident, after: Incident) -> list[Hint]:
    if after.type_code in {None, before.type_code} or type_name(after.type_code) is not None:
        return []
    return [Hint("/type_code", "incident.type_unknown", {"type_code": after.type_code})]


def _step(before: Incident, target: IncidentStatus | None) -> dict[str, object]:
    if target is None or target is before.status:
        return {}
    require_step(before, target)
    if target not in _BY_PATCH or before.status in _LEFT_BY_REOPENING:
        raise refused_step(before.status, target, _BY_PATCH)
    return {"status": target}


def _moved(actor: Actor, before: Incident, said: LocationInput | None) -> tuple[dict[str, object], list[Hint]]:
    """The place after what was said; a new point brings a new township unless one was named."""
    if said is None:
        return {}, []
    given = said.model_fields_set
    point, faults = checked_point(said)
    refuse(faults)
    has_new_point = bool(given & {"lon", "lat"})
    kept = None if before.lon is None or before.lat is None else Point(before.lon, before.lat, before.source_crs)
    township = said.township if "township" in given or has_new_point else before.township
    township = own_township(actor, township)
    hints: list[Hint] = []
    if has_new_point:
        township, hints = place_township(point, township)
    text = said.text or None if "text" in given else before.place_text
    return Placed(point if has_new_point else kept, text, township, hints).columns(), hints


def _changed_caller(
    intake: Intake, before: Incident, present: Caller | None, cmd: ChangeIncident, now: datetime
) -> Caller | None:
    if "caller" not in cmd.model_fields_set:
        return present
    if cmd.caller is None:
        return None
    said = {name: getattr(cmd.caller, name) for name in cmd.caller.model_fields_set}
    refuse(
        FieldFault(f"/caller/{name}", "caller.masked") for name in ("name", "phone") if MASK in (said.get(name) or "")
    )
    kept = {name: getattr(present, name) for name in CALLER_FIELDS} if present else {}
    ends = before.closed_at + intake.config.caller_retention.value if before.closed_at else None
    merged = as_caller(CallerInput(**{**kept, **said}), now, destroy_after=ends)
    if present and merged and all(getattr(present, name) == getattr(merged, name) for name in CALLER_FIELDS):
        return present
    return merged


def _record(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    before: Incident,
    after: Incident,
    differences: list[FieldChange],
    now: datetime,
) -> None:
    lines = [_line(one) for one in differences]
    grade_lines(connection, before, after, now, actor_name=actor.name)
    write_line(connection, after.id, "updated", now=now, actor_name=actor.name, changes=lines)
    tell(connection, intake, "updated", after, now=now, actor=actor, changed=[one.field for one in differences])


def _line(change: FieldChange) -> dict[str, object]:
    """One field for the timeline; what is too large or too private for it is there by its name alone."""
    if change.before is None and change.after is None:
        return {"field": change.field}
    return {"field": change.field, "before": _plain(change.before), "after": _plain(change.after)}


def _plain(value: object) -> object:
    """A value for the timeline: JSON, long texts cut (the whole stands in the journal of facts)."""
    if isinstance(value, datetime):
        return wire_time(value)
    if isinstance(value, tuple):
        return list(value)
    return value[:_EXCERPT] if isinstance(value, str) else value
