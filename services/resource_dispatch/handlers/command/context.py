"""What all commands of a post need: the incident they are about, the next number, keeping, telling, the audit book."""

from datetime import datetime

from sqlalchemy import Connection

from services.resource_dispatch.domain.chain import CLOCK_TOLERANCE
from services.resource_dispatch.domain.held import IncidentCopy
from services.resource_dispatch.store.command import F, Held, count_of, find_command, keep_command
from services.resource_dispatch.store.incidents import find_incident
from shared.contracts.events.acts import Act, Detail
from shared.contracts.events.intake import IncidentStatus
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.homes import HUB, require_home
from shared.storage.system import append_facts

_ENDED = frozenset({IncidentStatus.CLOSED, IncidentStatus.MERGED})


def visible_incident(connection: Connection, actor: Actor, incident_id: str) -> IncidentCopy:
    """The incident, if this person may know of it.

    Raises:
        NotFound: `incident.unknown_here`, also for another township's: its existence is not told either.
    """
    incident = find_incident(connection, incident_id)
    bound = actor.bound_territory
    if incident is None or (bound is not None and incident.township != bound):
        raise NotFound("incident.unknown_here")
    return incident


def open_incident(connection: Connection, actor: Actor, incident_id: str) -> IncidentCopy:
    """The incident, if something can still be commanded there.

    Raises:
        NotFound: `incident.unknown_here`.
        Conflict: `command.incident_ended`.
    """
    incident = visible_incident(connection, actor, incident_id)
    if incident.status in _ENDED:
        raise Conflict("command.incident_ended", number=incident.number)
    return incident


def commanded_incident(connection: Connection, deps: Deps, actor: Actor, incident_id: str) -> IncidentCopy:
    """The incident, if it is commanded from here: a post and its orders are set up by whoever answers for it.

    Whom one's own site has sent it may always call out of danger, whoever the home is.

    Raises:
        NotFound: `incident.unknown_here`.
        Conflict: `command.incident_ended`, `home.elsewhere`.
    """
    incident = open_incident(connection, actor, incident_id)
    require_home(incident.home_site, deps.site)
    return incident


def next_number(connection: Connection, deps: Deps, shape: type[F], incident: IncidentCopy, word: str) -> str:
    """The next number of this kind at the incident; all sites but the centre put their name into theirs."""
    place = "" if deps.site == HUB else deps.site.upper()
    return f"{incident.number}-{place}{word}{count_of(connection, shape, incident.id) + 1:02d}"


def own_command(connection: Connection, deps: Deps, shape: type[F], ident: str, unknown: str) -> Held[F]:
    """The record, if this site writes it.

    Raises:
        NotFound: the given code.
        Conflict: `home.elsewhere`.
    """
    held = find_command(connection, shape, ident)
    if held is None:
        raise NotFound(unknown)
    require_home(held.state.home_site, deps.site)
    return held


def not_in_future(at: datetime | None, now: datetime, pointer: str = "/at") -> datetime:
    """The moment that was said, else now.

    Raises:
        Invalid: `time.in_future`, by more than hand-held clocks differ.
    """
    if at is not None and at > now + CLOCK_TOLERANCE.value:
        raise Invalid("time.in_future", faults=(FieldFault(pointer, "time.in_future"),))
    return at or now


def keep_and_tell(
    connection: Connection,
    deps: Deps,
    held: Held[F],
    fact: str,
    *,
    now: datetime,
    actor: Actor | None,
    active: bool,
    began_at: datetime,
    due_at: datetime | None = None,
    changed: list[str] | None = None,
    remark: str | None = None,
) -> Held[F]:
    """Keep the record as its next version and put it into the outbox; returns that version."""
    following = Held(held.state, held.version + 1, held.private)
    keep_command(connection, following, active=active, began_at=began_at, due_at=due_at)
    update = {"changed": changed or [], "actor_name": actor.name if actor else None, "remark": remark}
    payload = following.state.model_copy(update=update)
    kind = f"dispatch.{fact}.v1"
    append_facts(connection, deps.draft(kind, payload.id, following.version, payload, now=now, actor=actor))
    return following


def note_act(
    connection: Connection, deps: Deps, actor: Actor, act: Act, target: str, now: datetime, **detail: Detail
) -> None:
    """Have the audit book told who commanded it; in the transaction of the command."""
    append_facts(connection, deps.acted("dispatch", act, actor, now=now, target=target, detail=detail))
