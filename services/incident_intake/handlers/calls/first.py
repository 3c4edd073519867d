"""The call with which an incident is taken: kept in the same transaction, since every report began with one."""

from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call, ToldOther, first_number, has_caller, phone_digits
from services.incident_intake.domain.caller import Caller
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.calls.context import own_call, tell_call
from services.incident_intake.handlers.context import Intake
from services.incident_intake.schemas import ReportCaller, ReportIncident
from services.incident_intake.store.calls import insert_call, update_call
from shared.contracts.events.calls import CallOutcome
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict
from shared.kernel.ids import new_id

_NOBODY = ReportCaller()


def waiting_call(connection: Connection, actor: Actor, call_id: str | None) -> Call | None:
    """The call that is to be taken as an incident now.

    Raises:
        NotFound: `call.not_found`.
        Conflict: `call.settled`: somebody else has decided about it meanwhile.
    """
    if call_id is None:
        return None
    call = own_call(connection, actor, call_id)
    if call.outcome is not CallOutcome.PENDING:
        raise Conflict("call.settled", number=call.number, outcome=call.outcome.value, incident_id=call.incident_id)
    return call


def keep_first_call(connection: Connection, incident: Incident, cmd: ReportIncident, now: datetime) -> None:
    """One insert; its fact is the incident's own. Version 0: the first that is told of the call itself is version 1."""
    who = cmd.caller or _NOBODY
    insert_call(
        connection,
        Call(
            id=new_id(),
            number=first_number(incident.number),
            version=0,
            incident_id=incident.id,
            outcome=CallOutcome.NEW,
            received_at=incident.received_at,
            recorded_at=now,
            recorded_by=incident.created_by,
            recorded_by_name=incident.created_by_name,
            source=incident.source,
            name=who.name or None,
            phone=who.phone or None,
            phone_digits=phone_digits(who.phone),
            organisation=who.organisation or None,
            post=who.post or None,
            said=incident.description or cmd.title or None,
            type_code=incident.type_code,
            lon=incident.lon,
            lat=incident.lat,
            source_crs=incident.source_crs,
            place_text=incident.place_text,
            township=incident.township,
            told_others=tuple(ToldOther(one.who, one.at) for one in cmd.told_others or ()),
            transfer=None,
            closed_reason=None,
            destroy_after=None,
        ),
    )


def take_up(
    connection: Connection, intake: Intake, actor: Actor, call: Call, incident: Incident, now: datetime
) -> Caller | None:
    """The waiting call opens the incident; returns who called, as far as it is known."""
    after = call.taken_by(incident.id)
    update_call(connection, after)
    tell_call(connection, intake, "linked", after, now=now, actor=actor)
    if not has_caller(call):
        return None
    return Caller(name=call.name, phone=call.phone, organisation=call.organisation, note=None, recorded_at=now)
