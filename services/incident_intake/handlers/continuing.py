"""Going on beside an incident whose home cannot be reached: an incident of one's own, which names the other.

Nobody takes another site's incident by force, since that site may be writing it. Both logs stay; when the sites hear
each other again, the centre shows the two side by side and a person says which one goes on (docs/adr/0012).
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.handover import Standing
from services.incident_intake.domain.incident import Incident, incident_number
from services.incident_intake.handlers.context import Intake, require_known, tell, write_line
from services.incident_intake.handlers.elsewhere import incident_from
from services.incident_intake.handlers.grades import grade_lines, grade_now
from services.incident_intake.handlers.remarks import note_there
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas import WithReason
from services.incident_intake.store.callers import find_caller, insert_caller
from services.incident_intake.store.homes import find_elsewhere
from services.incident_intake.store.incidents import (
    OPEN,
    find_continuation,
    find_incident,
    insert_incident,
    next_serial,
)
from shared.contracts.events.intake import IncidentFact, IncidentStatus
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.clock import civil_date
from shared.kernel.errors import Conflict
from shared.kernel.homes import site_name
from shared.kernel.ids import new_id


def continue_incident(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: WithReason, now: datetime
) -> Answer:
    """Open an incident of this site with what is known of the other site's, and say so in a note on that one.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `home.own`, `incident.already_closed`, `incident.merged`, `continue.already`, `continue.not_told`.
    """
    before = _of_another_site(connection, intake, actor, incident_id, now)
    incident = grade_now(connection, intake, _beside(connection, intake, actor, before, now), now)
    insert_incident(connection, incident)
    caller = find_caller(connection, before.id)
    if caller is not None:
        insert_caller(connection, incident.id, caller)
    write_line(
        connection, incident.id, "reported", code="timeline.continued", now=now, actor_name=actor.name,
        number=before.number, site=before.home_site, site_name=site_name(before.home_site), reason=cmd.reason,
    )  # fmt: skip
    grade_lines(connection, before, incident, now, actor_name=actor.name)
    text = label("continue.note", number=incident.number, reason=cmd.reason)
    note_there(connection, intake, actor, before.id, text, now, number=before.number)
    tell(connection, intake, "reported", incident, now=now, actor=actor, remark=cmd.reason)
    intake.metrics.reported.labels(incident.source).inc()
    return Answer(201, incident_view(incident, caller, exercise=intake.deps.exercise))


def _of_another_site(connection: Connection, intake: Intake, actor: Actor, incident_id: str, now: datetime) -> Incident:
    require_known(connection, actor, incident_id)
    here = intake.deps.site
    known, other = find_incident(connection, incident_id), find_elsewhere(connection, incident_id)
    if known is not None and known.home_site == here:
        raise Conflict("home.own")
    if other is not None and other.record is not None:
        fact = IncidentFact.model_validate(other.record)
        known = incident_from(fact, Standing(fact.home_site, other.version, tuple(fact.succession)), known, now)
    if known is None:
        raise Conflict("continue.not_told")
    if known.status is IncidentStatus.MERGED:
        raise Conflict("incident.merged", merged_into=known.merged_into)
    if known.status not in OPEN:
        raise Conflict("incident.already_closed", number=known.number)
    number = find_continuation(connection, incident_id, here)
    if number is not None:
        raise Conflict("continue.already", number=number)
    return known


def _beside(connection: Connection, intake: Intake, actor: Actor, before: Incident, now: datetime) -> Incident:
    """What is known, with a number and a life of its own; when it occurred and was reported stays."""
    day, site = civil_date(now), intake.deps.site
    serial = next_serial(connection, day.isoformat())
    return replace(
        before,
        id=new_id(),
        number=incident_number(intake.config.prefix, intake.config.hub, site, day, serial),
        version=1,
        status=IncidentStatus.REPORTED,
        home_site=site,
        updated_at=now,
        created_by=actor.account_id,
        created_by_name=actor.name,
        on_behalf_of_site=None,
        relay_channel=None,
        continues=before.id,
    )
