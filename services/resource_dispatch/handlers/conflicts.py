"""The centre finds what two sites did to one reality; a person there says what is the matter."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.conflicts import (
    DECISION_VALID,
    SAME_TIME,
    Nearness,
    conflict_id,
    goes_on_beside,
    promised_twice,
    same_incident,
)
from services.resource_dispatch.domain.held import HeldConflict, IncidentCopy, SeenAssignment
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.schemas import Decision, conflict_view
from services.resource_dispatch.store.conflicts import find_conflict, save_conflict
from services.resource_dispatch.store.elsewhere import promises_like
from services.resource_dispatch.store.incidents import incidents_in_reach
from shared.contracts.envelope import Envelope
from shared.contracts.events.dispatch import ConflictDecision, ConflictFact, ConflictKind, ConflictSide, ConflictState
from shared.contracts.events.intake import IncidentFact, IncidentStatus
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.homes import HUB, require_home
from shared.storage.system import append_facts

_ROUGHLY = 0.005
"""Degrees: more than 300 m in both directions anywhere in China."""


def compare_incident(
    connection: Connection, deps: Deps, metrics: DispatchMetrics, incident: IncidentCopy, cause: Envelope
) -> None:
    """Look for another site's incident that may be the same event; only the centre does."""
    if deps.site != HUB or incident.status == IncidentStatus.MERGED:  # which is compared with nothing
        return
    for other in incidents_in_reach(connection, incident, degrees=_ROUGHLY, span=SAME_TIME.value):
        near = same_incident(incident.sighting, other.sighting)
        if near is not None or goes_on_beside(incident.sighting, other.sighting):
            sides = _sides(_of_incident(incident), _of_incident(other))
            _found(connection, deps, metrics, ConflictKind.SAME_INCIDENT, sides, near, cause)


def settle_merged(connection: Connection, deps: Deps, incident: IncidentFact, cause: Envelope) -> None:
    """Close what was to be decided about two incidents of which one has become part of the other meanwhile.

    By a person's own merge, or since a site's own log has replaced the copy that was taken down for it.
    """
    if deps.site != HUB or incident.merged_into is None:
        return
    held = find_conflict(connection, conflict_id(ConflictKind.SAME_INCIDENT, incident.id, incident.merged_into))
    if held is None or held.state.state is ConflictState.DECIDED:
        return
    update = {
        "state": ConflictState.DECIDED,
        "decision": ConflictDecision.SAME,
        "decided_at": deps.clock.now(),
        "decided_by": incident.actor_name,
        "reason": incident.remark,
        "keep_id": incident.merged_into,
        "changed": ["state", "decision"],
        "actor_name": incident.actor_name,
        "remark": incident.remark,
    }
    following = HeldConflict(held.state.model_copy(update=update), held.version + 1)
    save_conflict(connection, following)
    kind, now = "dispatch.conflict.decided.v1", deps.clock.now()
    append_facts(connection, deps.draft(kind, held.state.id, following.version, following.state, now=now, cause=cause))


def compare_assignment(
    connection: Connection, deps: Deps, metrics: DispatchMetrics, seen: SeenAssignment, cause: Envelope
) -> None:
    """Look for another site's assignment of the same unit at the same time; only the centre does."""
    if deps.site != HUB:
        return
    for other in promises_like(connection, seen.promise):
        if promised_twice(seen.promise, other.promise):
            sides = _sides(_of_assignment(seen), _of_assignment(other))
            _found(connection, deps, metrics, ConflictKind.UNIT_PROMISED_TWICE, sides, None, cause)


def _sides(one: ConflictSide, other: ConflictSide) -> tuple[ConflictSide, ConflictSide]:
    """The earlier one left, whichever was heard first."""
    left, right = sorted((one, other), key=lambda side: (side.occurred_at, side.id))
    return left, right


def _of_incident(incident: IncidentCopy) -> ConflictSide:
    assert incident.occurred_at is not None
    return ConflictSide(
        id=incident.id,
        home_site=incident.home_site,
        number=incident.number,
        title=incident.title,
        occurred_at=incident.occurred_at,
        incident_id=incident.id,
    )


def _of_assignment(seen: SeenAssignment) -> ConflictSide:
    return ConflictSide(
        id=seen.promise.id,
        home_site=seen.promise.home_site,
        number=seen.number,
        title=seen.incident_title,
        occurred_at=seen.promise.ordered_at,
        incident_id=seen.incident_id,
        unit_id=seen.promise.unit_id,
        unit_name=seen.promise.unit_name,
    )


def _found(
    connection: Connection,
    deps: Deps,
    metrics: DispatchMetrics,
    kind: ConflictKind,
    sides: tuple[ConflictSide, ConflictSide],
    near: Nearness | None,
    cause: Envelope,
) -> None:
    left, right = sides
    ident, now = conflict_id(kind, left.id, right.id), deps.clock.now()
    if find_conflict(connection, ident) is not None:
        return  # a person has it already, or has decided
    state = ConflictFact(
        id=ident,
        kind=kind,
        state=ConflictState.OPEN,
        left=left,
        right=right,
        metres=near.metres if near else None,
        minutes=near.minutes if near else None,
        found_at=now,
        home_site=deps.site,
    )
    save_conflict(connection, HeldConflict(state, 1))
    append_facts(connection, deps.draft("dispatch.conflict.found.v1", ident, 1, state, now=now, cause=cause))
    metrics.between_sites.labels(kind.value).inc()


def decide(
    connection: Connection, deps: Deps, actor: Actor, ident: str, cmd: Decision, now: datetime
) -> dict[str, Any]:
    """Say whether the two are one. Both logs stay; of two incidents one home is asked to merge its own into the other.

    Raises:
        NotFound: `conflict.unknown`.
        Conflict: `conflict.decided`, `home.elsewhere`.
        Invalid: `conflict.keep_unknown`.
    """
    held = find_conflict(connection, ident)
    if held is None:
        raise NotFound("conflict.unknown")
    require_home(held.state.home_site, deps.site)
    if held.state.state is ConflictState.DECIDED:
        raise Conflict("conflict.decided", decided_by=held.state.decided_by or "")
    update = {
        "state": ConflictState.DECIDED,
        "decision": cmd.decision,
        "decided_at": now,
        "decided_by": actor.name,
        "reason": cmd.reason,
        "changed": ["state", "decision"],
        "actor_name": actor.name,
        "remark": cmd.reason,
        **_merge(held.state, cmd, now),
    }
    following = HeldConflict(held.state.model_copy(update=update), held.version + 1)
    save_conflict(connection, following)
    kind = "dispatch.conflict.decided.v1"
    append_facts(connection, deps.draft(kind, ident, following.version, following.state, now=now, actor=actor))
    return conflict_view(following)


def _merge(state: ConflictFact, cmd: Decision, now: datetime) -> dict[str, Any]:
    if cmd.decision is not ConflictDecision.SAME or state.kind is not ConflictKind.SAME_INCIDENT:
        return {}
    both = [state.left.id, state.right.id]
    keep = cmd.keep_id or state.left.id
    if keep not in both:
        raise Invalid("conflict.keep_unknown", faults=(FieldFault("/keep_id", "conflict.keep_unknown"),))
    both.remove(keep)
    return {"keep_id": keep, "merge_id": both[0], "valid_until": now + DECISION_VALID.value}
