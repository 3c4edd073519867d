"""Reading incidents: lists with masked callers; one incident with its caller, which is put on record."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.caller import Caller, unmasked
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.context import Intake, own_incident, require_known
from services.incident_intake.handlers.views import entry_view, incident_view
from services.incident_intake.store.callers import (
    CallerAccess,
    add_access,
    find_caller,
    find_callers,
    list_accesses,
    read_since,
)
from services.incident_intake.store.homes import find_home
from services.incident_intake.store.incidents import IncidentFilter, list_incidents
from services.incident_intake.store.timelines import list_entries
from shared.contracts.events.acts import Act
from shared.http.paging import encode_cursor, keyed_page, page
from shared.kernel.access import Action, Actor
from shared.kernel.clock import wire_time
from shared.storage.system import append_facts

SAME_READING = timedelta(minutes=5)
"""A page that refreshes itself is one reading, not hundreds."""

Key = tuple[datetime, str] | None


def incidents_page(
    connection: Connection, intake: Intake, actor: Actor, wanted: IncidentFilter, *, after: Key, limit: int
) -> dict[str, Any]:
    """One page of a list; an officer of a territory sees the own township's only. Callers are masked for all."""
    if actor.bound_territory is not None:
        if wanted.township not in {None, actor.bound_territory}:
            return page([], limit, None)
        wanted = replace(wanted, township=actor.bound_territory)
    # What was handed over stands in the list of the site that writes it now.
    wanted = replace(wanted, home_site=intake.deps.site)
    found = list_incidents(connection, wanted, after=after, limit=limit + 1)
    callers = find_callers(connection, [incident.id for incident in found])
    return keyed_page(
        found,
        limit,
        lambda one: (one.received_at, one.id),
        lambda one: incident_view(one, callers.get(one.id), exercise=intake.deps.exercise),
    )


def timeline_page(connection: Connection, actor: Actor, incident_id: str, *, after: Key, limit: int) -> dict[str, Any]:
    """One page of a timeline, newest occurrence first; of another site's incident what was noted about it.

    Raises:
        NotFound: `incident.not_found`.
    """
    require_known(connection, actor, incident_id)
    found = list_entries(connection, incident_id, after=after, limit=limit + 1)
    return keyed_page(found, limit, lambda entry: (entry.at, entry.id), entry_view)


async def read_incident(intake: Intake, actor: Actor, incident_id: str) -> dict[str, Any]:
    """One incident; who may read the caller gets the data unmasked once the reading is on record.

    Raises:
        NotFound: `incident.not_found`.
    """
    now = intake.deps.clock.now()

    def look(connection: Connection) -> tuple[Incident, Caller | None, dict[str, Any], bool]:
        incident = own_incident(connection, actor, incident_id)
        caller = find_caller(connection, incident_id)
        asked = find_home(connection, incident_id).handover
        home = {"handover": asked.model_dump(mode="json") if asked else None}
        return incident, caller, home, read_since(connection, incident_id, actor.account_id, now - SAME_READING)

    incident, caller, home, is_recorded = await intake.deps.database.read(look)
    exercise = intake.deps.exercise
    if caller is None or not actor.may(Action.CALLER_READ):
        return {**incident_view(incident, caller, exercise=exercise), **home}
    if not is_recorded:
        await intake.deps.database.write(lambda c: put_on_record(c, intake, actor, incident.id, incident.number, now))
        intake.metrics.caller_reads.inc()
    return {**incident_view(incident, caller, exercise=exercise, open_caller=unmasked(caller)), **home}


def put_on_record(
    connection: Connection, intake: Intake, actor: Actor, read_id: str, number: str, now: datetime
) -> None:
    """Write down who has read the caller of this incident or of this call, here and in the audit book."""
    access = CallerAccess(
        at=now,
        incident_id=read_id,
        incident_number=number,
        account_id=actor.account_id,
        username=actor.username,
        actor_name=actor.name,
    )
    add_access(connection, access)
    told = intake.deps.acted("intake", Act.CALLER_READ, actor, now=now, target=number)
    append_facts(connection, told)


def accesses_page(connection: Connection, *, after: Key, limit: int) -> dict[str, Any]:
    """Who has read which caller, newest first."""
    found = list_accesses(connection, after=after, limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    cursor = None if last is None else encode_cursor(wire_time(last.at), last.id)
    items = [
        {
            "id": one.id,
            "at": wire_time(one.at),
            "incident_id": one.incident_id,
            "incident_number": one.incident_number,
            "account_id": one.account_id,
            "username": one.username,
            "name": one.actor_name,
        }
        for one in found
    ]
    return page(items, limit, cursor)
