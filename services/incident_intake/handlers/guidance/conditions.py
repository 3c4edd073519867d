"""Steps that become due by themselves: found by looking, told as facts, written into the timeline."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from services.incident_intake.domain.conditions import COLD, Night, Weather, conditional, fresh, why_due
from services.incident_intake.domain.guidance import Step, applicable
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.context import Intake, write_line
from services.incident_intake.handlers.guidance.lists import lists_in_force
from services.incident_intake.handlers.warning_shapes import covers, preferred_infos
from services.incident_intake.store.guidance import DueStep, due_steps, keep_due, settled_steps
from services.incident_intake.store.incidents import OPEN, IncidentFilter, list_incidents
from services.incident_intake.store.warnings import StoredWarning, list_warnings
from shared.contracts.events.intake import StepFact, StepState
from shared.i18n import label
from shared.kernel.ids import derived_id
from shared.storage.system import append_facts

_MOST = 500
_STATES_LINE = {StepState.DUE: "timeline.step_due", StepState.OVERDUE: "timeline.step_overdue"}


@dataclass(frozen=True, slots=True)
class Turn:
    """How a step of an incident stands from now on."""

    incident: Incident
    step: DueStep


def turns_now(connection: Connection, intake: Intake, now: datetime) -> list[Turn]:
    """Which steps have become due, or late, since the last look."""
    lists = lists_in_force(connection)
    waiting = {key: conditional(held.guidance.checklist) for key, held in lists.items()}
    wanted = IncidentFilter(statuses=OPEN, home_site=intake.deps.site)
    found: list[Turn] = []
    warnings: list[StoredWarning] | None = None
    for incident in list_incidents(connection, wanted, after=None, limit=_MOST):
        steps = waiting[applicable(lists, incident.type_code)]
        if steps:
            warnings = _cold_warnings(connection, now) if warnings is None else warnings
            found += _turns_of(connection, intake, incident, steps, warnings, now)
    return found


def _turns_of(
    connection: Connection,
    intake: Intake,
    incident: Incident,
    steps: Iterable[Step],
    warnings: list[StoredWarning],
    now: datetime,
) -> Iterable[Turn]:
    settled, known = settled_steps(connection, incident.id), due_steps(connection, incident.id)
    config = intake.config
    night = Night(config.night_from.value, config.night_until.value)
    names = tuple(dict.fromkeys(_name(one) for one in warnings if covers(one.geometry, incident.lon, incident.lat)))
    weather = Weather(names, fresh(incident.observation, now, config.reading_lasts.value))
    for step in steps:
        due = known.get(step.id)
        if step.id in settled or step.when is None:
            continue
        why = why_due(step.when, now, night, weather) if due is None else ()
        if why:
            words = "，".join(label(one.key, **one.params) for one in why)
            yield Turn(incident, _begun(incident, step, words, now))
        elif due is not None and due.state is StepState.DUE and due.due_at < now:
            yield Turn(incident, replace(due, state=StepState.OVERDUE, version=due.version + 1))


def _begun(incident: Incident, step: Step, why: str, now: datetime) -> DueStep:
    return DueStep(
        incident_id=incident.id, step_id=step.id, id=derived_id(incident.id, f"step {step.id}"), version=1,
        text=step.text, state=StepState.DUE, applied_at=now, due_at=now + timedelta(minutes=step.minutes), why=why,
    )  # fmt: skip


def _cold_warnings(connection: Connection, now: datetime) -> list[StoredWarning]:
    held = list_warnings(connection, current_at=now, after=None, limit=_MOST)
    return [one for one in held if one.record.alert.is_real and _code(one) in COLD]


def _code(warning: StoredWarning) -> str:
    info = next(iter(preferred_infos(warning.record.alert)), None)
    return (info.kind.code or info.kind.original_code or "") if info and info.kind else ""


def _name(warning: StoredWarning) -> str:
    return COLD[_code(warning)]


def follow_conditions(connection: Connection, intake: Intake, now: datetime) -> int:
    """Tell and write what has become due or late; how many."""
    turns = turns_now(connection, intake, now)
    for turn in turns:
        step = turn.step
        _keep(connection, intake, turn.incident, step, now)
        write_line(
            connection, turn.incident.id, "step", code=_STATES_LINE[step.state], now=now, actor_name=None,
            step_id=step.step_id, text=step.text, why=step.why,
        )  # fmt: skip
    return len(turns)


def settle_condition(
    connection: Connection, intake: Intake, incident: Incident, step_id: str, now: datetime, *, is_open: bool
) -> None:
    """A person has done the step, or taken that back: whoever is called for it hears so."""
    known = due_steps(connection, incident.id).get(step_id)
    if known is None:
        return
    state = StepState.DUE if is_open else StepState.SETTLED
    if known.state is not state:
        _keep(connection, intake, incident, replace(known, state=state, version=known.version + 1), now)


def _keep(connection: Connection, intake: Intake, incident: Incident, step: DueStep, now: datetime) -> None:
    keep_due(connection, step)
    payload = StepFact(
        id=step.id, incident_id=incident.id, incident_number=incident.number, incident_title=incident.title,
        step_id=step.step_id, text=step.text, state=step.state, applied_at=step.applied_at, due_at=step.due_at,
        why=step.why, home_site=intake.deps.site,
    )  # fmt: skip
    kind = f"intake.step.{step.state.value}.v1"
    append_facts(connection, intake.deps.draft(kind, step.id, step.version, payload, now=now, actor=None))
