"""What is commanded at the scene becomes lines of the incident's timeline: the post, orders, evacuations, responses."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.handlers.context import Intake, is_late, write_line
from services.incident_intake.handlers.notes import concerned_by
from services.incident_intake.store.incidents import find_merge
from shared.contracts.envelope import Envelope
from shared.contracts.events.command import (
    ActivationFact,
    CommandOrderFact,
    CommandPostFact,
    EvacuationFact,
    EvacuationTeamState,
    ReceiverState,
)
from shared.i18n import label

CommandFact = CommandPostFact | CommandOrderFact | EvacuationFact | ActivationFact
SHAPES: dict[str, type[CommandFact]] = {
    "post": CommandPostFact,
    "order": CommandOrderFact,
    "evacuation": EvacuationFact,
    "activation": ActivationFact,
}
_NO_LINE = {"attendance"}
"""Who is at the post stands in the post itself; a line for each would bury what happened."""


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    params: dict[str, object]


def record_command(connection: Connection, intake: Intake, envelope: Envelope, now: datetime) -> None:
    """Write one fact of the post into the timelines where people look for it."""
    aggregate = envelope.kind.split(".")[1]
    fact = SHAPES[aggregate].model_validate(envelope.data)
    if fact.incident_id is None or (fact.changed and set(fact.changed) <= _NO_LINE):
        return
    line = _line(envelope, fact)
    for incident_id in concerned_by(connection, find_merge(connection, fact.incident_id), fact.incident_id):
        write_line(
            connection, incident_id, aggregate, told_by=envelope, code=f"timeline.{aggregate}.{envelope.fact}", now=now,
            at=line.at, actor_name=fact.actor_name, late=is_late(intake, envelope, now),
            **line.params, note=fact.remark,
        )  # fmt: skip


def _line(envelope: Envelope, fact: CommandFact) -> _Line:
    match fact:
        case EvacuationFact():
            return _evacuation(envelope, fact)
        case CommandPostFact():
            at = fact.set_up_at if envelope.fact == "set_up" else envelope.time
            return _Line(at, {"post_id": fact.id, "name": fact.name, "commander_name": fact.commander_name})
        case CommandOrderFact():
            return _order(envelope, fact)
        case ActivationFact():
            level = label(f"response_level.{fact.level}")
            at = fact.started_at if envelope.fact == "started" else envelope.time
            return _Line(at, {"activation_id": fact.id, "level": level, "matter": fact.matter})


def _evacuation(envelope: Envelope, fact: EvacuationFact) -> _Line:
    params: dict[str, object] = {
        "evacuation_id": fact.id,
        "number": fact.number,
        "called": fact.called,
        "confirmed": fact.confirmed,
        "headcount": fact.headcount,
        "unaccounted": fact.unaccounted,
        "minutes": fact.minutes,
        "place": fact.assembly_text or label("notification_text.assembly_on_map"),
        "units": "、".join(one.unit_name for one in fact.teams if one.state is EvacuationTeamState.CALLED),
    }
    team = next((one for one in fact.teams if one.assignment_id == fact.reported_team), None)
    if envelope.fact != "confirmed" or team is None:
        return _Line(envelope.time, params)
    said = max(team.counts, key=lambda one: one.recorded_at)
    told = {"unit_name": team.unit_name, "headcount": said.headcount, "missing": said.missing, "source": said.source}
    return _Line(said.at, {**params, **told, "assignment_id": team.assignment_id})


def _order(envelope: Envelope, fact: CommandOrderFact) -> _Line:
    receivers = "、".join(one.name for one in fact.receivers)
    params: dict[str, object] = {"order_id": fact.id, "number": fact.number, "receivers": receivers}
    if envelope.fact == "issued":
        return _Line(fact.issued_at, {**params, "text": fact.content})
    if envelope.fact == "overdue":
        return _Line(envelope.time, {**params, **_late(fact)})
    answer = label(f"receiver_state.{fact.answer}")
    return _Line(envelope.time, {**params, "receiver": fact.answered_by or "", "answer": answer})


def _late(fact: CommandOrderFact) -> dict[str, object]:
    """Who has not done it, or at least not said that they have it."""
    open_states = {ReceiverState.SENT, ReceiverState.RECEIVED} if fact.is_overdue else {ReceiverState.SENT}
    receivers = "、".join(one.name for one in fact.receivers if one.state in open_states)
    return {"lapse": label("order_late.done" if fact.is_overdue else "order_late.receipt"), "receivers": receivers}
