"""Steps that become due by themselves: found by looking, told as facts, written into the timeline."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection

from services.incident_intake.domain.conditions import COLD, Night, Reason, Weather, conditional, fresh, why_due
from services.incident_intake.domain.guidance import GENERAL, Step, When, applicable
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.context import Intake, write_line
from services.incident_intake.handlers.guidance.lists import lists_in_force
from services.incident_intake.handlers.warning_shapes import covers, preferred_infos
from services.incident_intake.store.guidance import (
    DueStep,
    Watched,
    due_steps,
    due_steps_of,
    keep_due,
    settled_of,
    watched_incidents,
)
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

    incident: Watched
    step: DueStep


def turns_now(connection: Connection, intake: Intake, now: datetime) -> list[Turn]:
    """Which steps have become due, or late, since the last look; what waits for nothing is not read."""
    lists = lists_in_force(connection)
    waiting = {key: steps for key, held in lists.items() if (steps := conditional(held.guidance.checklist))}
    if not waiting:
        return []
    starts = ["" if key == GENERAL else key for key in waiting]
    held = watched_incidents(connection, intake.deps.site, starts, limit=_MOST)
    known = due_steps_of(connection, [incident.id for incident in held])
    look = _Look(intake, now, lambda: _cold_warnings(connection, now))
    found = [
        turn
        for incident in held
        for step in waiting.get(applicable(lists, incident.type_code), ())
        if (turn := look.turn_of(incident, step, known.get((incident.id, step.id)))) is not None
    ]
    settled = settled_of(connection, list({turn.incident.id for turn in found}))
    return [turn for turn in found if (turn.incident.id, turn.step.step_id) not in settled]


class _Look:
    """One look at what waits.

    Args:
        read_cold: the warnings of cold that hold now; asked for once, if anything depends on them.
    """

    def __init__(self, intake: Intake, now: datetime, read_cold: Callable[[], list[StoredWarning]]) -> None:
        config = intake.config
        self._now, self._lasts = now, config.reading_lasts.value
        self._night = Night(config.night_from.value, config.night_until.value)
        self._cold = cache(read_cold)

    def turn_of(self, incident: Watched, step: Step, due: DueStep | None) -> Turn | None:
        """What becomes of the step; nothing if it stays as it is."""
        now = self._now
        if due is not None:
            is_late = due.state is StepState.DUE and due.due_at < now
            return Turn(incident, replace(due, state=StepState.OVERDUE, version=due.version + 1)) if is_late else None
        why = self._why(incident, step.when) if step.when is not None else ()
        words = "，".join(label(one.key, **one.params) for one in why)
        return Turn(incident, _begun(incident, step, words, now)) if why else None

    def _why(self, incident: Watched, when: When) -> tuple[Reason, ...]:
        if when.night and not self._night.holds(self._now):
            return ()
        weather = Weather() if when.below_c is None else self._weather(incident)
        return why_due(when, self._now, self._night, weather)

    def _weather(self, incident: Watched) -> Weather:
        reading = fresh(incident.observation, self._now, self._lasts)
        if reading is not None:  # it goes before the warnings
            return Weather(reading=reading)
        names = (_name(one) for one in self._cold() if covers(one.geometry, incident.lon, incident.lat))
        return Weather(tuple(dict.fromkeys(names)))


def _begun(incident: Watched, step: Step, why: str, now: datetime) -> DueStep:
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


def _keep(connection: Connection, intake: Intake, incident: Incident | Watched, step: DueStep, now: datetime) -> None:
    keep_due(connection, step)
    payload = StepFact(
        id=step.id, incident_id=incident.id, incident_number=incident.number, incident_title=incident.title,
        step_id=step.step_id, text=step.text, state=step.state, applied_at=step.applied_at, due_at=step.due_at,
        why=step.why, home_site=intake.deps.site,
    )  # fmt: skip
    kind = f"intake.step.{step.state.value}.v1"
    append_facts(connection, intake.deps.draft(kind, step.id, step.version, payload, now=now, actor=None))
