"""What every act on a call needs: finding it, refusing an old state, telling of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call
from services.incident_intake.domain.incident import township_names
from services.incident_intake.handlers.context import Intake, require_known
from services.incident_intake.store.calls import find_call
from services.incident_intake.store.homes import find_elsewhere
from services.incident_intake.store.incidents import find_incident
from shared.contracts.events.calls import CallFact, CallOutcome
from shared.contracts.events.intake import IncidentSource, IncidentStatus, Location
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, NotFound
from shared.storage.system import append_facts


@dataclass(frozen=True, slots=True)
class Concerned:
    """The incident that a call tells of: where its words belong now."""

    id: str
    number: str
    closed_at: datetime | None
    is_own: bool


def own_call(connection: Connection, actor: Actor, call_id: str) -> Call:
    """The call, if this person may know of it.

    Raises:
        NotFound: `call.not_found`, also for another township's.
    """
    call = find_call(connection, call_id)
    bound = actor.bound_territory
    if call is None or (bound is not None and call.township != bound):
        raise NotFound("call.not_found", id=call_id)
    return call


def require_call_version(call: Call, version: int | None, current: dict[str, object]) -> None:
    """Refuse a change that was made from an older state.

    Raises:
        Conflict: `call.changed`, with the present state as `current`.
    """
    if version is not None and version != call.version:
        raise Conflict("call.changed", current=current, version=call.version)


def concerned(connection: Connection, intake: Intake, actor: Actor, incident_id: str, now: datetime) -> Concerned:
    """The incident meant; of a merged one that which goes on, since people look there.

    Raises:
        NotFound: `incident.not_found`.
    """
    require_known(connection, actor, head_of(connection, incident_id))
    head = head_of(connection, incident_id)
    incident = find_incident(connection, head)
    if incident is not None:
        return Concerned(head, incident.number, incident.closed_at, incident.home_site == intake.deps.site)
    other = find_elsewhere(connection, head)
    is_over = other is not None and other.status == IncidentStatus.CLOSED
    return Concerned(head, other.number if other else "", now if is_over else None, is_own=False)


def head_of(connection: Connection, incident_id: str) -> str:
    """The incident that goes on, of this one and those it was merged into."""
    seen = {incident_id}
    incident = find_incident(connection, incident_id)
    while incident is not None and incident.merged_into is not None and incident.merged_into not in seen:
        seen.add(incident.merged_into)
        above = find_incident(connection, incident.merged_into)
        if above is None:
            return incident.merged_into
        incident = above
    return incident.id if incident is not None else incident_id


def verify_by(intake: Intake, call: Call) -> datetime | None:
    """Until when a suspected alarm is to be checked by phone; None for what people told us."""
    is_suspected = call.outcome is CallOutcome.PENDING and call.source is IncidentSource.SENSOR
    return call.received_at + intake.config.verify_within.value if is_suspected else None


def tell_call(
    connection: Connection,
    intake: Intake,
    fact: str,
    call: Call,
    *,
    now: datetime,
    actor: Actor | None,
    remark: str | None = None,
) -> None:
    """Put the call's public state into the outbox. Nothing of the caller and nothing that was said is ever in it."""
    counted = head_of(connection, call.incident_id) if call.incident_id else None
    payload = CallFact(
        actor_name=actor.name if actor else None,
        remark=remark,
        id=call.id,
        number=call.number,
        outcome=call.outcome,
        source=call.source,
        received_at=call.received_at,
        incident_id=counted,
        opened=call.opened,
        type_code=call.type_code,
        location=Location(
            lon=call.lon,
            lat=call.lat,
            source_crs=call.source_crs,
            text=call.place_text,
            township=call.township,
            township_name=township_names().get(call.township or ""),
        ),
        verify_by=verify_by(intake, call),
        transferred_to=call.transfer.to if call.transfer else None,
        transferred_at=call.transfer.at if call.transfer else None,
        home_site=intake.deps.site,
    )
    kind = f"intake.call.{fact}.v1"
    append_facts(connection, intake.deps.draft(kind, call.id, call.version, payload, now=now, actor=actor))
