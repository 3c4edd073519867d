"""Moving an incident's home: asking, answering, handing over, taking over. The rules are in `domain.handover`."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.handover import (
    LINES_CARRIED,
    VALID_AT_MOST,
    VALID_FOR,
    Reply,
    Standing,
    ask,
    lapse,
    rule,
    withdraw,
)
from services.incident_intake.domain.incident import Incident, require_step
from services.incident_intake.handlers.context import Intake, home_incident, tell, write_line
from services.incident_intake.handlers.views import incident_view
from services.incident_intake.schemas import AnswerHandover, AskHandover
from services.incident_intake.store.callers import find_caller
from services.incident_intake.store.homes import (
    HomeRecord,
    Offer,
    answer_offer,
    due_handovers,
    find_home,
    find_offer,
    is_known_site,
    save_home,
)
from services.incident_intake.store.incidents import find_incident, update_incident
from services.incident_intake.store.timelines import list_entries
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import (
    STANDING,
    Handover,
    HandoverAnswerFact,
    HandoverState,
    IncidentStatus,
    LogLine,
)
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.district import townships
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.homes import HUB, site_name
from shared.kernel.ids import new_id
from shared.storage.system import append_facts


def standing_of(connection: Connection, incident: Incident) -> Standing:
    """Who writes the incident, and what is asked about that."""
    home = find_home(connection, incident.id)
    return Standing(incident.home_site, incident.version, home.succession, home.handover)


def ask_to_take_over(
    connection: Connection, intake: Intake, actor: Actor, incident_id: str, cmd: AskHandover, now: datetime
) -> Answer:
    """Ask another site to become the incident's home. This one goes on writing until it has handed over.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `home.elsewhere`, `incident.merged`, `incident.already_closed`, `handover.open_already`.
        Invalid: `handover.to_self`, `handover.site_unknown`, `request.valid_until_passed`.
    """
    before = home_incident(connection, intake, actor, incident_id)
    if before.status is IncidentStatus.CLOSED:
        raise Conflict("incident.already_closed", number=before.number)
    require_step(before, IncidentStatus.MERGED)  # refused for one that is part of another
    handover = _asked(connection, intake, actor, cmd, now)
    after = ask(standing_of(connection, before), handover)
    incident = _settle(connection, intake, before, after, "handover_requested", now=now, actor=actor)
    return Answer(201, _view(connection, intake, incident))


def withdraw_request(connection: Connection, intake: Intake, actor: Actor, incident_id: str, now: datetime) -> Answer:
    """Take the request back before the other site's answer was heard: this site stays the home, and may ask anew.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `home.elsewhere`: it has been handed over; `handover.none_open`.
    """
    before = home_incident(connection, intake, actor, incident_id)
    after = withdraw(standing_of(connection, before), actor.name)
    incident = _settle(connection, intake, before, after, "handover_withdrawn", now=now, actor=actor)
    return Answer(200, _view(connection, intake, incident))


def _asked(connection: Connection, intake: Intake, actor: Actor, cmd: AskHandover, now: datetime) -> Handover:
    here = intake.deps.site
    if cmd.to_site == here:
        raise Invalid("handover.to_self", faults=(FieldFault("/to_site", "handover.to_self"),))
    tokens = {HUB, *(township.token for township in townships())}
    if cmd.to_site not in tokens and not is_known_site(connection, cmd.to_site):
        fault = FieldFault("/to_site", "handover.site_unknown", to_site=cmd.to_site)
        raise Invalid("handover.site_unknown", faults=(fault,), to_site=cmd.to_site)
    valid_until = cmd.valid_until or now + VALID_FOR.value
    if not now < valid_until <= now + VALID_AT_MOST.value:
        hours = int(VALID_AT_MOST.value.total_seconds() // 3600)
        fault = FieldFault("/valid_until", "request.valid_until_passed", hours=hours)
        raise Invalid("request.valid_until_passed", faults=(fault,), hours=hours)
    return Handover(
        id=new_id(),
        state=HandoverState.REQUESTED,
        from_site=here,
        to_site=cmd.to_site,
        requested_at=now,
        requested_by=actor.name,
        valid_until=valid_until,
        reason=cmd.reason,
    )


def answer_handover(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    handover_id: str,
    cmd: AnswerHandover,
    now: datetime,
    *,
    is_yes: bool,
) -> Answer:
    """Say whether this site takes the incident over. It becomes its home only when the old one has handed over.

    Raises:
        NotFound: `handover.unknown`.
        Conflict: `request.answered`, `request.expired`.
    """
    offer = find_offer(connection, handover_id)
    if offer is None:
        raise NotFound("handover.unknown")
    if offer.answer is not None or offer.handover.state is not HandoverState.REQUESTED:
        raise Conflict("request.answered", state_name=offer.answer or offer.handover.state.value)
    if now > offer.handover.valid_until:
        raise Conflict("request.expired")
    answer = "accepted" if is_yes else "declined"
    answer_offer(connection, handover_id, answer)
    payload = HandoverAnswerFact(
        id=handover_id,
        incident_id=offer.incident_id,
        incident_number=offer.incident_number,
        from_site=offer.handover.from_site,
        to_site=intake.deps.site,
        answered_at=now,
        answered_by=actor.name,
        answer=cmd.note,
        home_site=intake.deps.site,
        actor_name=actor.name,
        remark=cmd.note,
    )
    kind = f"intake.handover.{answer}.v1"
    append_facts(connection, intake.deps.draft(kind, handover_id, 1, payload, now=now, actor=actor))
    return Answer(200, offer_view(replace(offer, answer=answer), now))


def offer_view(offer: Offer, now: datetime) -> dict[str, Any]:
    """The offer as it stands now: what the incident's home says counts, then what was answered here."""
    view = offer.handover.model_dump(mode="json")
    state = offer.handover.state.value
    if offer.handover.state is HandoverState.REQUESTED and offer.answer is None and now > offer.handover.valid_until:
        state = HandoverState.EXPIRED.value
    return {
        **view,
        "state": state,
        "answer_here": offer.answer,
        "incident_id": offer.incident_id,
        "incident_number": offer.incident_number,
        "incident_title": offer.incident_title,
    }


def hear_answer(
    connection: Connection, intake: Intake, envelope: Envelope, fact: HandoverAnswerFact, now: datetime
) -> None:
    """The other site has answered: hand over, or note why not. An answer that nobody asked for changes nothing."""
    incident = find_incident(connection, fact.incident_id)
    if incident is None or incident.home_site != intake.deps.site:
        return
    standing = standing_of(connection, incident)
    if standing.pending is None or standing.pending.to_site != envelope.site:
        return
    reply = Reply(fact.id, envelope.fact == "accepted", fact.answered_at, fact.answered_by, fact.answer)
    ruled = rule(standing, reply, now, may_go=incident.status in STANDING)
    if ruled is not None:
        name, after = ruled
        _settle(connection, intake, incident, after, name, now=now, actor=None, cause=envelope)


def lapse_handovers(connection: Connection, intake: Intake, now: datetime) -> int:
    """Note requests that nobody answered in time; returns how many."""
    count = 0
    for incident_id in due_handovers(connection, now):
        incident = find_incident(connection, incident_id)
        after = lapse(standing_of(connection, incident), now) if incident else None
        if incident is not None and after is not None:
            _settle(connection, intake, incident, after, "handover_expired", now=now, actor=None)
            count += 1
    return count


def _settle(
    connection: Connection,
    intake: Intake,
    before: Incident,
    after: Standing,
    fact: str,
    *,
    now: datetime,
    actor: Actor | None,
    cause: Envelope | None = None,
) -> Incident:
    """Keep how the incident stands, tell it, write the line."""
    assert after.handover is not None
    incident = replace(before, version=after.version, updated_at=now, home_site=after.home_site)
    update_incident(connection, incident)
    due_at = after.handover.valid_until if after.pending else None
    save_home(connection, incident.id, HomeRecord(after.handover, after.succession), due_at)
    name = actor.name if actor else after.handover.answered_by
    write_line(
        connection, incident.id, "handover", code=f"timeline.{fact}", now=now, actor_name=name,
        site=after.handover.to_site, site_name=site_name(after.handover.to_site), reason=after.handover.reason,
        answer=after.handover.answer,
    )  # fmt: skip
    log = _log(connection, incident.id) if fact == "handed_over" else []
    remark = after.handover.answer or after.handover.reason
    changed = ["handover", "home_site"] if fact == "handed_over" else ["handover"]
    tell(
        connection, intake, fact, incident, now=now, actor=actor, actor_name=name, changed=changed, remark=remark,
        cause=cause, log=log,
    )  # fmt: skip
    return incident


def _log(connection: Connection, incident_id: str) -> list[LogLine]:
    entries = list_entries(connection, incident_id, after=None, limit=LINES_CARRIED.value)
    names = ("id", "at", "recorded_at", "kind", "code", "actor_name", "params", "late")
    return [LogLine.model_validate({name: getattr(entry, name) for name in names}) for entry in entries]


def _view(connection: Connection, intake: Intake, incident: Incident) -> dict[str, Any]:
    view = incident_view(incident, find_caller(connection, incident.id), exercise=intake.deps.exercise)
    handover = find_home(connection, incident.id).handover
    return {**view, "handover": handover.model_dump(mode="json") if handover else None}
