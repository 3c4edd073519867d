"""一键撤离: order everybody out, take the counts, notice who is late, end it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.chain import TRANSITIONS
from services.resource_dispatch.domain.command.evacuation import (
    CONFIRM_WITHIN,
    counted,
    ended,
    moves_to_assembly,
    overran,
    runs_over,
    summed,
    team_of,
)
from services.resource_dispatch.domain.held import Assignment, IncidentCopy
from services.resource_dispatch.handlers.assignments import report_status
from services.resource_dispatch.handlers.command.bodies import Because, ConfirmTeam, OrderEvacuation
from services.resource_dispatch.handlers.command.context import (
    next_number,
    not_in_future,
    note_act,
    open_incident,
    own_command,
)
from services.resource_dispatch.handlers.command.joining import keep_evacuation, teams_at_risk
from services.resource_dispatch.handlers.command.views import view
from services.resource_dispatch.handlers.units import require_field_right, unit_or_refuse
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.schemas import StatusCommand
from services.resource_dispatch.store.assignments import find_assignment
from services.resource_dispatch.store.command import Held, active_of_incident, due_commands
from services.resource_dispatch.store.marks import find_mark
from shared.contracts.events.acts import Act
from shared.contracts.events.command import ConfirmSource, EvacuationFact, EvacuationState, EvacuationTeam, HeadCount
from shared.contracts.events.dispatch import AssignmentStatus, StatusSource
from shared.contracts.events.marks import MarkKind
from shared.http.hosting import Deps
from shared.kernel.access import Action, Actor
from shared.kernel.errors import Conflict, FieldFault, Forbidden, Invalid
from shared.kernel.ids import new_id

_SAID_BY = {
    ConfirmSource.TEAM: StatusSource.FIELD,
    ConfirmSource.RADIO: StatusSource.RADIO,
    ConfirmSource.DESK: StatusSource.DESK,
}


def order_evacuation(
    connection: Connection, deps: Deps, actor: Actor, incident_id: str, cmd: OrderEvacuation, now: datetime
) -> dict[str, Any]:
    """Tell all teams, or the named ones, to leave; from now on every one must say that it is out and count its people.

    Raises:
        NotFound: `incident.unknown_here`.
        Conflict: `command.incident_ended`, `evacuation.open`, `evacuation.nobody`.
        Invalid: `evacuation.assembly_missing`, `evacuation.assembly_gone`, `evacuation.not_on_it`.
    """
    incident = open_incident(connection, actor, incident_id)
    running = active_of_incident(connection, EvacuationFact, incident_id)
    if running is not None:
        raise Conflict("evacuation.open", number=running.state.number, evacuation_id=running.state.id)
    _require_assembly(connection, cmd)
    teams = _chosen(teams_at_risk(connection, deps, incident_id), cmd)
    state = summed(_ordered(connection, deps, actor, incident, cmd, now), teams)
    note_act(
        connection, deps, actor, Act.EVACUATION_ORDERED, state.number, now,
        incident=incident.number, called=state.called, reason=cmd.reason,
    )  # fmt: skip
    return view(keep_evacuation(connection, deps, Held(state, 0), "ordered", now, actor, remark=cmd.reason))


def _require_assembly(connection: Connection, cmd: OrderEvacuation) -> None:
    """Refuse to send people to a place nobody has named, or to a point that is not on anybody's map."""
    if not cmd.assembly_mark_id and not cmd.assembly_text:
        fault = FieldFault("/assembly_text", "evacuation.assembly_missing")
        raise Invalid("evacuation.assembly_missing", faults=(fault,))
    if not cmd.assembly_mark_id:
        return
    mark = find_mark(connection, cmd.assembly_mark_id)
    if mark is None or mark.state.removed_at is not None or mark.state.kind is not MarkKind.ASSEMBLY_POINT:
        fault = FieldFault("/assembly_mark_id", "evacuation.assembly_gone")
        raise Invalid("evacuation.assembly_gone", faults=(fault,))


def _chosen(teams: list[EvacuationTeam], cmd: OrderEvacuation) -> list[EvacuationTeam]:
    if cmd.scope == "all":
        if not teams:
            raise Conflict("evacuation.nobody")
        return teams
    known = {team.assignment_id: team for team in teams}
    faults = tuple(
        FieldFault(f"/scope/{index}", "evacuation.not_on_it") for index, one in enumerate(cmd.scope) if one not in known
    )
    if faults:
        raise Invalid("evacuation.not_on_it", faults=faults)
    return [known[one] for one in dict.fromkeys(cmd.scope)]


def _ordered(
    connection: Connection, deps: Deps, actor: Actor, incident: IncidentCopy, cmd: OrderEvacuation, now: datetime
) -> EvacuationFact:
    return EvacuationFact(
        id=new_id(),
        number=next_number(connection, deps, EvacuationFact, incident, "撤"),
        incident_id=incident.id,
        incident_number=incident.number,
        incident_title=incident.title,
        reason=cmd.reason,
        assembly_mark_id=cmd.assembly_mark_id,
        assembly_text=cmd.assembly_text,
        all_teams=cmd.scope == "all",
        state=EvacuationState.OPEN,
        ordered_at=now,
        ordered_by=actor.name,
        due_at=now + CONFIRM_WITHIN.value,
        minutes=int(CONFIRM_WITHIN.value.total_seconds() // 60),
        basis=CONFIRM_WITHIN.basis,
        verified=CONFIRM_WITHIN.verified,
        home_site=deps.site,
    )


def confirm_team(
    connection: Connection,
    deps: Deps,
    metrics: DispatchMetrics,
    actor: Actor,
    evacuation_id: str,
    assignment_id: str,
    cmd: ConfirmTeam,
    now: datetime,
) -> dict[str, Any]:
    """A team is out, with so many people; its assignment is at the assembly point from then on.

    Raises:
        NotFound: `evacuation.unknown`, `evacuation.team_unknown`.
        Conflict: `home.elsewhere`.
        Forbidden: `unit.not_yours`.
        Invalid: `time.in_future`.
    """
    held = own_command(connection, deps, EvacuationFact, evacuation_id, "evacuation.unknown")
    team_of(held.state, assignment_id)
    at = max(not_in_future(cmd.at, now), held.state.ordered_at)  # a clock that is slow must not cost a count
    assignment = find_assignment(connection, assignment_id)
    if assignment is not None:
        require_field_right(actor, unit_or_refuse(connection, assignment.state.unit_id))
    elif not actor.may(Action.COMMAND_WRITE):
        raise Forbidden("unit.not_yours")
    said_by = cmd.source or (ConfirmSource.DESK if actor.may(Action.COMMAND_WRITE) else ConfirmSource.TEAM)
    count = HeadCount(
        at=at,
        recorded_at=now,
        headcount=cmd.headcount,
        missing=cmd.missing,
        source=said_by,
        by_name=actor.name,
        note=cmd.note,
    )
    state = counted(held.state, assignment_id, count)
    kept = keep_evacuation(connection, deps, Held(state, held.version), "confirmed", now, actor, remark=cmd.note)
    if assignment is not None and state.state is EvacuationState.OPEN:
        _assemble(connection, deps, metrics, actor, assignment, state, count, now)
    return view(kept)


def _assemble(
    connection: Connection,
    deps: Deps,
    metrics: DispatchMetrics,
    actor: Actor,
    assignment: Assignment,
    evacuation: EvacuationFact,
    count: HeadCount,
    now: datetime,
) -> None:
    """From work to the assembly point is a step of the chain; from elsewhere it is a correction with its reason."""
    status = assignment.state.status
    if not moves_to_assembly(status):
        return
    said = StatusCommand(
        status=AssignmentStatus.ASSEMBLING,
        occurred_at=count.at,
        note=f"{evacuation.number} {evacuation.reason}"[:500],
        source=_SAID_BY[count.source],
        correction=AssignmentStatus.ASSEMBLING not in TRANSITIONS[status],
    )
    report_status(connection, deps, metrics, actor, assignment.state.id, said, now)


def end_evacuation(
    connection: Connection, deps: Deps, actor: Actor, evacuation_id: str, cmd: Because, now: datetime
) -> dict[str, Any]:
    """The commander has decided: back in, or home. Who was not counted stays written down as such.

    Raises:
        NotFound: `evacuation.unknown`.
        Conflict: `evacuation.ended`, `home.elsewhere`.
    """
    held = own_command(connection, deps, EvacuationFact, evacuation_id, "evacuation.unknown")
    state = ended(held.state, now, actor.name, cmd.reason)
    note_act(
        connection, deps, actor, Act.EVACUATION_ENDED, state.number, now, incident=state.incident_number,
        called=state.called, confirmed=state.confirmed, unaccounted=state.unaccounted, reason=cmd.reason,
    )  # fmt: skip
    return view(keep_evacuation(connection, deps, Held(state, held.version), "ended", now, actor, remark=cmd.reason))


def tell_overdue(connection: Connection, deps: Deps, now: datetime) -> int:
    """Tell once of each team that its time is up and it is missing; how many evacuations it was."""
    found = [held for held in due_commands(connection, EvacuationFact, now) if held.state.home_site == deps.site]
    for held in found:
        if runs_over(held.state, now):
            keep_evacuation(connection, deps, Held(overran(held.state, now), held.version), "overdue", now, None)
    return len(found)
