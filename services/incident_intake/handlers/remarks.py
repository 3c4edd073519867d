"""Notes on other sites' incidents: facts of the site that notes, which need neither a link nor anybody's leave."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.context import Intake, is_late, require_known, tell, write_line
from services.incident_intake.handlers.notes import add_note
from services.incident_intake.handlers.views import entry_view
from services.incident_intake.schemas import NoteInput
from services.incident_intake.store.homes import find_elsewhere
from services.incident_intake.store.incidents import find_incident, update_incident
from services.incident_intake.store.timelines import TimelineEntry, add_missing
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import IncidentStatus, RemarkFact
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.homes import site_name
from shared.storage.system import append_facts

CODE = "timeline.remark"


def make_remark(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: NoteInput, now: datetime
) -> Answer:
    """Note something on an incident, whoever writes it; its home is told as soon as it can be reached.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `incident.merged`, if this site is the home.
    """
    known = find_incident(connection, incident_id)
    if known is not None and known.home_site == intake.deps.site:
        return add_note(connection, intake, actor, incident_id, cmd, now)
    require_known(connection, actor, incident_id)
    other = find_elsewhere(connection, incident_id) or known
    return Answer(201, entry_view(note_there(connection, intake, actor, incident_id, cmd.text, now,
                                             number=other.number if other else None)))  # fmt: skip


def note_there(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    incident_id: str,
    text: str,
    now: datetime,
    *,
    number: str | None,
) -> TimelineEntry:
    """Write the line here and tell it to all others."""
    here = intake.deps.site
    entry = write_line(
        connection, incident_id, "note", code=CODE, now=now, actor_name=actor.name,
        text=text, site=here, site_name=site_name(here),
    )  # fmt: skip
    payload = RemarkFact(
        id=entry.id,
        incident_id=incident_id,
        incident_number=number,
        text=text,
        noted_at=now,
        home_site=here,
        actor_name=actor.name,
        remark=text,
    )
    append_facts(connection, intake.deps.draft("intake.remark.made.v1", entry.id, 1, payload, now=now, actor=actor))
    return entry


def hear_remark(connection: Connection, intake: Intake, envelope: Envelope, fact: RemarkFact, now: datetime) -> None:
    """Another site has noted something: a line wherever the incident is known, told on by its home alone.

    It may come before the incident does, after it has ended, or within the log of a hand-over: the line is the same.
    """
    entry = TimelineEntry(
        id=fact.id, incident_id=fact.incident_id, at=fact.noted_at, recorded_at=now, kind="note", code=CODE,
        actor_name=fact.actor_name, late=is_late(intake, envelope, now),
        params={"text": fact.text, "site": envelope.site, "site_name": site_name(envelope.site)},
    )  # fmt: skip
    incident = find_incident(connection, fact.incident_id)
    if add_missing(connection, [entry]) and incident is not None and incident.home_site == intake.deps.site:
        _tell_on(connection, intake, incident, envelope, fact, now)


def _tell_on(
    connection: Connection, intake: Intake, before: Incident, cause: Envelope, fact: RemarkFact, now: datetime
) -> None:
    if before.status is IncidentStatus.MERGED:
        return
    after = replace(before, version=before.version + 1, updated_at=now)
    update_incident(connection, after)
    tell(
        connection, intake, "updated", after, now=now, actor=None, actor_name=fact.actor_name, changed=["note"],
        remark=fact.text, cause=cause,
    )  # fmt: skip
