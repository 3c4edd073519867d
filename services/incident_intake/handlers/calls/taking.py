"""Taking a call down and correcting it. Several may be open at once; each stays as it was told."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call, ToldOther, call_number, phone_digits, series_of
from services.incident_intake.domain.caller import MASK
from services.incident_intake.domain.checks import refuse, time_fault
from services.incident_intake.handlers.calls.context import (
    Concerned,
    concerned,
    own_call,
    require_call_version,
    tell_call,
)
from services.incident_intake.handlers.calls.deciding import destruction_of, join
from services.incident_intake.handlers.calls.views import call_view
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.placing import Placed, settle
from services.incident_intake.schemas import LocationInput, ReportCaller, ToldOtherInput
from services.incident_intake.schemas.calls import CallInput, ChangeCall, RecordCall
from services.incident_intake.store.calls import insert_call, update_call
from services.incident_intake.store.incidents import next_serial
from shared.contracts.events.calls import CallOutcome
from shared.contracts.events.intake import IncidentSource
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.clock import civil_date
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.geo import SourceCrs
from shared.kernel.ids import new_id

_NOBODY, _NO_PLACE = ReportCaller(), LocationInput()
_CALLER = ("name", "phone", "organisation", "post")


def record_call(connection: Connection, intake: Intake, actor: Actor, cmd: RecordCall, now: datetime) -> Answer:
    """Take a call down: for an incident that is known, or to wait for a decision (误报挂起追查, GB 50313).

    Raises:
        Invalid: `call.empty`, or a time or place cannot be true.
        NotFound: `incident.not_found`.
        Forbidden: `access.other_territory`.
    """
    _check(intake, cmd, now)
    who, place = cmd.caller or _NOBODY, cmd.location or _NO_PLACE
    if not (cmd.said or cmd.type_code or place.text or who.phone):
        raise Invalid("call.empty", faults=(FieldFault("/said", "call.empty"),))
    placed = settle(actor, cmd.location)
    incident = concerned(connection, intake, actor, cmd.incident_id, now) if cmd.incident_id else None
    call = _new_call(connection, intake, actor, cmd, placed, incident, now)
    insert_call(connection, call)
    tell_call(connection, intake, "recorded", call, now=now, actor=actor)
    if incident is not None:
        join(connection, intake, actor, call, incident, now, reason=None)
    intake.metrics.calls.labels(call.source, call.outcome).inc()
    return Answer(201, call_view(intake, call, incident.number if incident else None))


def _new_call(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    cmd: RecordCall,
    placed: Placed,
    incident: Concerned | None,
    now: datetime,
) -> Call:
    day, who, point = civil_date(now), cmd.caller or _NOBODY, placed.point
    serial = next_serial(connection, series_of(day))
    config, site = intake.config, intake.deps.site
    return Call(
        id=new_id(),
        number=call_number(config.prefix, config.hub, site, day, serial),
        version=1,
        incident_id=incident.id if incident else None,
        outcome=CallOutcome.LINKED if incident else CallOutcome.PENDING,
        received_at=cmd.received_at or now,
        recorded_at=now,
        recorded_by=actor.account_id,
        recorded_by_name=actor.name,
        source=cmd.source or IncidentSource.OTHER,
        name=who.name or None,
        phone=who.phone or None,
        phone_digits=phone_digits(who.phone),
        organisation=who.organisation or None,
        post=who.post or None,
        said=cmd.said or None,
        type_code=cmd.type_code or None,
        lon=point.lon if point else None,
        lat=point.lat if point else None,
        source_crs=point.source_crs if point else SourceCrs.WGS84,
        place_text=placed.text or None,
        township=placed.township,
        told_others=_told(cmd.told_others),
        transfer=None,
        closed_reason=None,
        destroy_after=destruction_of(intake, incident),
    )


def _told(said: list[ToldOtherInput] | None) -> tuple[ToldOther, ...]:
    return tuple(ToldOther(one.who, one.at) for one in said or ())


def _check(intake: Intake, cmd: CallInput, now: datetime) -> None:
    times = {"/received_at": cmd.received_at}
    times |= {f"/told_others/{index}/at": one.at for index, one in enumerate(cmd.told_others or ())}
    faults = (time_fault(pointer, value, now, intake.config) for pointer, value in times.items())
    refuse(fault for fault in faults if fault is not None)


def change_call(
    connection: Connection, intake: Intake, actor: Actor, call_id: str, cmd: ChangeCall, now: datetime
) -> Answer:
    """Correct what was taken down; what is left out stays.

    Raises:
        NotFound: `call.not_found`.
        Conflict: `call.changed`.
        Invalid: `caller.masked`, or a time or place cannot be true.
    """
    before = own_call(connection, actor, call_id)
    number = concerned(connection, intake, actor, before.incident_id, now).number if before.incident_id else None
    require_call_version(before, cmd.version, call_view(intake, before, number))
    _check(intake, cmd, now)
    after = _corrected(actor, before, cmd)
    if after != before:
        after = after.next()
        update_call(connection, after)
        tell_call(connection, intake, "updated", after, now=now, actor=actor)
    return Answer(200, call_view(intake, after, number))


def _corrected(actor: Actor, before: Call, cmd: ChangeCall) -> Call:
    said = cmd.model_fields_set
    values: dict[str, object] = {name: getattr(cmd, name) or None for name in ("said", "type_code") if name in said}
    if cmd.received_at is not None:
        values["received_at"] = cmd.received_at
    if "source" in said:
        values["source"] = cmd.source or IncidentSource.OTHER
    if "told_others" in said:
        values["told_others"] = _told(cmd.told_others)
    if cmd.caller is not None:
        values |= _caller(cmd.caller)
    if cmd.location is not None:
        values |= settle(actor, cmd.location).columns()
    return replace(before, **values)  # type: ignore[arg-type]


def _caller(said: ReportCaller) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(said, name) or None for name in _CALLER if name in said.model_fields_set}
    refuse(
        FieldFault(f"/caller/{name}", "caller.masked") for name in ("name", "phone") if MASK in str(values.get(name))
    )
    return {**values, "phone_digits": phone_digits(said.phone)} if "phone" in values else values
