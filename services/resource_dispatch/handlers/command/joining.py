"""Whom an evacuation means: who may be in danger when it is ordered, and who comes while it runs."""

from datetime import datetime

from sqlalchemy import Connection

from services.resource_dispatch.domain.command.evacuation import joined, must_leave, next_due
from services.resource_dispatch.domain.held import Assignment, SeenAssignment
from services.resource_dispatch.handlers.command.context import keep_and_tell
from services.resource_dispatch.store.assignments import active_of_incidents
from services.resource_dispatch.store.command import Held, active_of_incident
from services.resource_dispatch.store.elsewhere import active_elsewhere
from services.resource_dispatch.store.incidents import merged_beneath, standing_for
from services.resource_dispatch.store.units import find_unit
from shared.contracts.events.command import EvacuationFact, EvacuationState, EvacuationTeam
from shared.http.hosting import Deps
from shared.kernel.access import Actor


def teams_at_risk(connection: Connection, deps: Deps, incident_id: str) -> list[EvacuationTeam]:
    """Whom an evacuation calls: own teams and those of other sites, also of incidents merged into this one."""
    family = [incident_id, *merged_beneath(connection, incident_id)]
    own = [_own_team(connection, one) for one in active_of_incidents(connection, family) if must_leave(one.state)]
    return [*own, *(_other_team(connection, one) for one in active_elsewhere(connection, family, deps.site))]


def _own_team(connection: Connection, assignment: Assignment) -> EvacuationTeam:
    state = assignment.state
    unit = find_unit(connection, state.unit_id)
    return EvacuationTeam(
        assignment_id=state.id,
        assignment_number=state.number,
        ordered_at=state.ordered_at,
        unit_id=state.unit_id,
        unit_name=state.unit_name,
        relation=state.relation,
        home_site=state.home_site,
        members=unit.state.members if unit else None,
    )


def _other_team(connection: Connection, seen: SeenAssignment) -> EvacuationTeam:
    unit = find_unit(connection, seen.promise.unit_id)
    return EvacuationTeam(
        assignment_id=seen.promise.id,
        assignment_number=seen.number,
        ordered_at=seen.promise.ordered_at,
        unit_id=seen.promise.unit_id,
        unit_name=seen.promise.unit_name,
        home_site=seen.promise.home_site,
        members=unit.state.members if unit else None,
    )


def join_evacuation(
    connection: Connection, deps: Deps, incident_id: str, now: datetime, actor: Actor | None = None
) -> None:
    """Put whoever has come since onto the list of the evacuation that runs there, with a time of their own to count.

    Also whose incident was merged into it meanwhile. An evacuation of named teams takes only who was sent after it.
    """
    held = active_of_incident(connection, EvacuationFact, standing_for(connection, incident_id))
    if held is None or held.state.home_site != deps.site:
        return
    state = joined(held.state, teams_at_risk(connection, deps, held.state.incident_id), now)
    if state.called > held.state.called:
        keep_evacuation(connection, deps, Held(state, held.version), "joined", now, actor)


def keep_evacuation(
    connection: Connection,
    deps: Deps,
    held: Held[EvacuationFact],
    fact: str,
    now: datetime,
    actor: Actor | None,
    *,
    remark: str | None = None,
) -> Held[EvacuationFact]:
    """Keep it as its next version, watched until the next team is late, and tell it."""
    state = held.state
    is_open = state.state is EvacuationState.OPEN
    return keep_and_tell(
        connection,
        deps,
        held,
        f"evacuation.{fact}",
        now=now,
        actor=actor,
        active=is_open,
        began_at=state.ordered_at,
        due_at=next_due(state),
        changed=[] if fact == "ordered" else ["state" if fact == "ended" else "teams"],
        remark=remark,
    )
