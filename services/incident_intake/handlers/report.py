"""Taking an incident: the hot path. Six statements, one fact; gaps are named, never refused."""

from dataclasses import replace
from datetime import datetime
from math import cos, radians

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call
from services.incident_intake.domain.caller import Caller
from services.incident_intake.domain.casualties import absurd, doubtful
from services.incident_intake.domain.checks import Hint, refuse, time_fault
from services.incident_intake.domain.grading.rules import RuleSet
from services.incident_intake.domain.incident import (
    CASUALTY_FIELDS,
    Incident,
    default_title,
    incident_number,
    type_name,
)
from services.incident_intake.domain.regrading import PLAIN, FirstWord, Gravity, first_window, gravity
from services.incident_intake.handlers.calls.first import keep_first_call, take_up, waiting_call
from services.incident_intake.handlers.context import Intake, tell, write_line
from services.incident_intake.handlers.duplicates import window_in_force
from services.incident_intake.handlers.grades import grade_hints, grade_lines
from services.incident_intake.handlers.guidance.incidents import keep_answers
from services.incident_intake.handlers.placing import Placed, settle
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas import CallerInput, CasualtiesInput, LocationInput, ReportIncident
from services.incident_intake.store.callers import insert_caller
from services.incident_intake.store.incidents import insert_incident, next_serial, open_near
from shared.contracts.events.grading import Grading
from shared.contracts.events.intake import IncidentSource, IncidentStatus, RelayChannel
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.clock import civil_date
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.geo import distance_m
from shared.kernel.ids import new_id

_METRES_PER_DEGREE = 111_195.0
_NO_PLACE = LocationInput()
_NO_COUNTS = CasualtiesInput()


def report_incident(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    cmd: ReportIncident,
    now: datetime,
    *,
    on_behalf: tuple[str, RelayChannel] | None = None,
) -> Answer:
    """Take a first report.

    Args:
        on_behalf: the site that is cut off and the channel by which its report came.

    Raises:
        Invalid: nothing was said (`incident.empty`), or a time or place cannot be true.
        Forbidden: `access.other_territory`.
        NotFound, Conflict: `call.not_found`, `call.settled`, of the waiting call that is taken up.
    """
    _check(intake, cmd, now)
    placed = settle(actor, cmd.location)
    hints = [*placed.hints, *_type_hints(intake, cmd.type_code), *_look_alikes(connection, intake, cmd, placed, now)]
    waiting = waiting_call(connection, actor, cmd.call_id)
    incident = _new_incident(connection, intake, actor, cmd, placed, now, waiting)
    if on_behalf is not None:
        incident = replace(incident, on_behalf_of_site=on_behalf[0], relay_channel=on_behalf[1])
    insert_incident(connection, incident)
    caller = as_caller(cmd.caller, now)
    if waiting is None:
        keep_first_call(connection, incident, cmd, now)
    else:
        known = take_up(connection, intake, actor, waiting, incident, now)
        caller = caller or known
    if cmd.answers:
        keep_answers(connection, incident, cmd.answers, actor.name, now)
    if caller is not None:
        insert_caller(connection, incident.id, caller)
    write_line(
        connection, incident.id, "reported", now=now, at=incident.received_at, actor_name=actor.name,
        source=incident.source, title=incident.title,
    )  # fmt: skip
    grade_lines(connection, None, incident, now, actor_name=actor.name)
    hints += [*doubtful(_figures(cmd), intake.config), *grade_hints(None, incident)]
    tell(connection, intake, "reported", incident, now=now, actor=actor)
    intake.metrics.reported.labels(incident.source).inc()
    return Answer(201, incident_view(incident, caller, exercise=intake.deps.exercise, hints=hints))


def _check(intake: Intake, cmd: ReportIncident, now: datetime) -> None:
    place = cmd.location or _NO_PLACE
    if not (cmd.type_code or cmd.title or cmd.description or place.text):
        raise Invalid("incident.empty", faults=(FieldFault("/title", "incident.empty"),))
    times = {
        "/occurred_at": cmd.occurred_at,
        "/received_at": cmd.received_at,
        "/first_public_at": cmd.first_public_at,
    }
    faults = [time_fault(pointer, value, now, intake.config) for pointer, value in times.items() if value is not None]
    refuse([*(fault for fault in faults if fault is not None), *absurd(_figures(cmd), intake.config)])


def _figures(cmd: ReportIncident) -> dict[str, int | float | None]:
    counts = cmd.casualties or _NO_COUNTS
    found = {name: getattr(counts, name) for name in CASUALTY_FIELDS}
    return {
        **found,
        "loss_yuan": cmd.loss_yuan,
        "burnt_hectares": cmd.burnt_hectares,
        "acute_poisoned": cmd.acute_poisoned,
    }


def _type_hints(intake: Intake, code: str | None) -> list[Hint]:
    if code is None or type_name(code) is not None:
        return []
    intake.metrics.unknown_type.inc()
    return [Hint("/type_code", "incident.type_unknown", {"type_code": code})]


def _new_incident(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    cmd: ReportIncident,
    placed: Placed,
    now: datetime,
    waiting: Call | None,
) -> Incident:
    deps, config = intake.deps, intake.config
    # What was called in before is taken from then on: clocks run from the first word that reached us.
    received_at = waiting.received_at if waiting else cmd.received_at or now
    occurred_at = cmd.occurred_at or received_at
    counts, rules = cmd.casualties or _NO_COUNTS, intake.rules.of(connection)
    grave = _gravity(cmd, counts, occurred_at, rules, now)
    day = civil_date(now)
    serial = next_serial(connection, day.isoformat())
    return Incident(
        id=new_id(),
        number=incident_number(config.prefix, config.hub, deps.site, day, serial),
        version=1,
        type_code=cmd.type_code or None,
        title=cmd.title or default_title(cmd.type_code, placed.text, placed.township, cmd.description),
        status=IncidentStatus.REPORTED,
        grade=grave.grade,
        possible_grade=grave.possible_grade,
        sensitive=bool(cmd.sensitive),
        sensitive_reasons=tuple(cmd.sensitive_reasons or ()),
        occurred_at=occurred_at,
        received_at=received_at,
        closed_at=None,
        updated_at=now,
        source=cmd.source or (waiting.source if waiting else IncidentSource.OTHER),
        home_site=deps.site,
        **placed.columns(),  # type: ignore[arg-type]
        **{name: getattr(counts, name) for name in CASUALTY_FIELDS},
        description=cmd.description or None,
        merged_into=None,
        status_before_merge=None,
        created_by=actor.account_id,
        created_by_name=actor.name,
        loss_yuan=cmd.loss_yuan,
        burnt_hectares=cmd.burnt_hectares,
        acute_poisoned=cmd.acute_poisoned,
        first_public_at=cmd.first_public_at,
        first_public_where=cmd.first_public_where or None,
        grading=grave.grading,
        clock_grade=grave.clock_grade,
        casualty_window=first_window(occurred_at, rules.window_of(cmd.type_code)),
        command_transfer=grave.command_transfer,
    )


def _gravity(
    cmd: ReportIncident, counts: CasualtiesInput, occurred_at: datetime, rules: RuleSet, now: datetime
) -> Gravity:
    is_said = cmd.grade or cmd.possible_grade
    first = FirstWord(
        type_code=cmd.type_code or None,
        occurred_at=occurred_at,
        sensitive=bool(cmd.sensitive),
        dead=counts.dead,
        missing=counts.missing,
        serious=counts.serious,
        acute_poisoned=cmd.acute_poisoned,
        loss_yuan=cmd.loss_yuan,
        burnt_hectares=cmd.burnt_hectares,
        grade=None,
        possible_grade=None,
        grading=Grading(manual_grade=cmd.grade, reason=cmd.grade_reason or None, said=cmd.possible_grade)
        if is_said
        else PLAIN,
    )
    return gravity(first, rules, now)


def as_caller(said: CallerInput | None, now: datetime, *, destroy_after: datetime | None = None) -> Caller | None:
    """The caller to be kept, None when nothing was said about one."""
    if said is None or not (said.name or said.phone or said.organisation or said.note):
        return None
    return Caller(
        name=said.name or None,
        phone=said.phone or None,
        organisation=said.organisation or None,
        note=said.note or None,
        recorded_at=now,
        destroy_after=destroy_after,
    )


def _look_alikes(
    connection: Connection, intake: Intake, cmd: ReportIncident, placed: Placed, now: datetime
) -> list[Hint]:
    """Open incidents of the same class, near and recent: a person decides whether they are one (GB 50313)."""
    point = placed.point
    if point is None or type_name(cmd.type_code) is None:
        return []
    window = window_in_force(connection, intake).window
    metres, minutes = window.metres, round(window.span.total_seconds() / 60)
    north = metres / _METRES_PER_DEGREE
    found = open_near(
        connection,
        (cmd.type_code or "")[:2],
        point.lon,
        point.lat,
        degrees=(north / cos(radians(point.lat)), north),
        since=now - window.span,
    )
    near = [(distance_m(point.lon, point.lat, other.lon, other.lat), other) for other in found]
    return [
        Hint("/location", "incident.look_alike", {"id": other.id, "number": other.number, "title": other.title,
                                                  "metres": round(metres_away), "minutes": minutes})
        for metres_away, other in sorted(near, key=lambda pair: pair[0])[:3]
        if metres_away <= metres
    ]  # fmt: skip
