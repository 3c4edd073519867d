"""应急响应: start it, adjust it, declare it over."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.command.activation import (
    require_active,
    require_authority,
    require_end_after,
)
from services.resource_dispatch.domain.held import IncidentCopy
from services.resource_dispatch.handlers.command.bodies import AdjustActivation, EndActivation, StartActivation
from services.resource_dispatch.handlers.command.context import (
    commanded_incident,
    keep_and_tell,
    not_in_future,
    note_act,
    open_incident,
    own_command,
)
from services.resource_dispatch.handlers.command.views import view
from services.resource_dispatch.store.command import Held, due_commands
from shared.contracts.events.acts import Act
from shared.contracts.events.command import ActivationFact, ActivationState, ActivationStep
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict
from shared.kernel.homes import HUB
from shared.kernel.ids import new_id


def start_activation(
    connection: Connection, deps: Deps, actor: Actor, cmd: StartActivation, now: datetime
) -> dict[str, Any]:
    """A response to an incident or to what threatens the district; it says what, which level, until when, what is done.

    Raises:
        NotFound: `incident.unknown_here`.
        Conflict: `command.incident_ended`, `home.elsewhere`.
        Invalid: `activation.authority_required`, `activation.until_passed`, `activation.until_too_far`,
            `time.in_future`.
    """
    incident = _answered_for(connection, deps, actor, cmd.incident_id) if cmd.incident_id else None
    require_authority(cmd.level, cmd.authority_reference)
    step = ActivationStep(
        at=not_in_future(cmd.started_at, now, "/started_at"),
        level=cmd.level,
        expected_until=cmd.expected_until,
        by_name=actor.name,
        authority_reference=cmd.authority_reference,
    )
    require_end_after(step, now)
    state = ActivationFact(
        id=new_id(),
        incident_id=incident.id if incident else None,
        incident_number=incident.number if incident else None,
        incident_title=incident.title if incident else None,
        plan_text=cmd.plan_text,
        matter=cmd.matter,
        level=cmd.level,
        state=ActivationState.ACTIVE,
        measures=cmd.measures,
        areas=list(dict.fromkeys(cmd.areas)),
        authority_reference=cmd.authority_reference,
        started_at=step.at,
        started_by=actor.name,
        expected_until=cmd.expected_until,
        steps=[step],
        home_site=deps.site,
    )
    _note(connection, deps, actor, Act.ACTIVATION_STARTED, state, now)
    return view(_keep(connection, deps, Held(state, 0), "started", now, actor))


def _answered_for(connection: Connection, deps: Deps, actor: Actor, incident_id: str) -> IncidentCopy:
    """The incident: a response is the district's, so the centre may start one for whichever township has it."""
    if deps.site == HUB:
        return open_incident(connection, actor, incident_id)
    return commanded_incident(connection, deps, actor, incident_id)


def adjust_activation(
    connection: Connection, deps: Deps, actor: Actor, activation_id: str, cmd: AdjustActivation, now: datetime
) -> dict[str, Any]:
    """Another level or term, with the reason; what was before stays in its steps.

    Raises:
        NotFound: `activation.unknown`.
        Conflict: `activation.ended`, `activation.changed`, `home.elsewhere`.
        Invalid: `activation.authority_required`, `activation.until_passed`, `activation.until_too_far`.
    """
    held = _own(connection, deps, activation_id)
    if cmd.version is not None and cmd.version != held.version:
        raise Conflict("activation.changed", current=view(held))
    given = cmd.model_dump(exclude_unset=True, exclude_none=True, exclude={"version", "reason"})
    before = held.state
    step = ActivationStep(
        at=now,
        level=cmd.level or before.level,
        expected_until=cmd.expected_until or before.expected_until,
        by_name=actor.name,
        reason=cmd.reason,
        authority_reference=cmd.authority_reference,
    )
    if step.level is not before.level:  # another level needs another decision
        require_authority(step.level, cmd.authority_reference)
    if cmd.expected_until is not None:
        require_end_after(step, now)
    is_overdue = before.is_overdue and step.expected_until <= now
    state = before.model_copy(update={**given, "is_overdue": is_overdue, "steps": [*before.steps, step]})
    _note(connection, deps, actor, Act.ACTIVATION_ADJUSTED, state, now, cmd.reason)
    kept = _keep(connection, deps, Held(state, held.version), "adjusted", now, actor, sorted(given), cmd.reason)
    return view(kept)


def end_activation(
    connection: Connection, deps: Deps, actor: Actor, activation_id: str, cmd: EndActivation, now: datetime
) -> dict[str, Any]:
    """Declare it over (突发事件应对法 §86).

    Raises:
        NotFound: `activation.unknown`.
        Conflict: `activation.ended`, `home.elsewhere`.
    """
    held = _own(connection, deps, activation_id)
    update = {
        "state": ActivationState.ENDED,
        "ended_at": now,
        "ended_by": actor.name,
        "end_reason": cmd.reason,
        "authority_reference": cmd.authority_reference or held.state.authority_reference,
    }
    state = held.state.model_copy(update=update)
    _note(connection, deps, actor, Act.ACTIVATION_ENDED, state, now, cmd.reason)
    return view(_keep(connection, deps, Held(state, held.version), "ended", now, actor, ["state"], cmd.reason))


def tell_expired(connection: Connection, deps: Deps, now: datetime) -> int:
    """Tell once that the expected end has passed and nobody has extended or ended the response; how many it was."""
    found = due_commands(connection, ActivationFact, now)
    for held in found:
        state = held.state.model_copy(update={"is_overdue": True})
        _keep(connection, deps, Held(state, held.version), "overdue", now, None, ["is_overdue"])
    return len(found)


def _note(
    connection: Connection,
    deps: Deps,
    actor: Actor,
    act: Act,
    state: ActivationFact,
    now: datetime,
    reason: str | None = None,
) -> None:
    told = {
        "incident": state.incident_number,
        "response_level": state.level.value,
        "expected_until": wire_time(state.expected_until),
        "authority_reference": state.authority_reference,
        "reason": reason,
    }
    note_act(connection, deps, actor, act, state.matter, now, **told)


def _own(connection: Connection, deps: Deps, activation_id: str) -> Held[ActivationFact]:
    held = own_command(connection, deps, ActivationFact, activation_id, "activation.unknown")
    require_active(held.state)
    return held


def _keep(
    connection: Connection,
    deps: Deps,
    held: Held[ActivationFact],
    fact: str,
    now: datetime,
    actor: Actor | None,
    changed: list[str] | None = None,
    remark: str | None = None,
) -> Held[ActivationFact]:
    is_active = held.state.state is ActivationState.ACTIVE
    return keep_and_tell(
        connection,
        deps,
        held,
        f"activation.{fact}",
        now=now,
        actor=actor,
        active=is_active,
        began_at=held.state.started_at,
        due_at=held.state.expected_until if is_active and not held.state.is_overdue else None,
        changed=changed,
        remark=remark,
    )
