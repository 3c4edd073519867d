"""指令单: issue one with a number, take the answers of its receivers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.resource_dispatch.domain.command.orders import (
    answered,
    order_due,
    order_overran,
    receipt_due,
    receiver_of,
    require_due_ahead,
)
from services.resource_dispatch.handlers.command.bodies import Feedback, IssueOrder
from services.resource_dispatch.handlers.command.context import (
    commanded_incident,
    keep_and_tell,
    next_number,
    not_in_future,
    note_act,
    own_command,
)
from services.resource_dispatch.handlers.command.views import view
from services.resource_dispatch.handlers.units import require_field_right, unit_or_refuse
from services.resource_dispatch.store.assignments import active_of_incidents
from services.resource_dispatch.store.command import Held, active_of_incident, due_commands, watch_no_more
from services.resource_dispatch.store.incidents import find_incident, merged_beneath
from shared.contracts.events.acts import Act
from shared.contracts.events.command import (
    CommandOrderFact,
    CommandPostFact,
    OrderReceiver,
    ReceiverState,
    ReceiverWord,
)
from shared.contracts.events.intake import IncidentStatus
from shared.http.hosting import Deps
from shared.kernel.access import Action, Actor
from shared.kernel.errors import FieldFault, Forbidden, Invalid
from shared.kernel.ids import new_id

_CHANGED = {"answered": ["receivers"], "overdue": ["is_unreceipted", "is_overdue"]}


def issue_order(
    connection: Connection, deps: Deps, actor: Actor, incident_id: str, cmd: IssueOrder, now: datetime
) -> dict[str, Any]:
    """An order with a number of its own; who is an active team of the incident is one, everybody else is a name.

    Raises:
        NotFound: `incident.unknown_here`.
        Conflict: `command.incident_ended`, `home.elsewhere`.
        Invalid: `order.due_passed`, `order.due_too_far`.
    """
    incident = commanded_incident(connection, deps, actor, incident_id)
    require_due_ahead(cmd.due_at, now)
    post = active_of_incident(connection, CommandPostFact, incident_id)
    state = CommandOrderFact(
        id=new_id(),
        number=next_number(connection, deps, CommandOrderFact, incident, "令"),
        incident_id=incident.id,
        incident_number=incident.number,
        incident_title=incident.title,
        post_id=post.state.id if post else None,
        content=cmd.content,
        issued_at=now,
        issued_by=cmd.issued_by_name or actor.name,
        due_at=cmd.due_at,
        receipt_due_at=receipt_due(now, cmd.due_at),
        receivers=_receivers(connection, incident_id, cmd.to),
        home_site=deps.site,
    )
    note_act(
        connection, deps, actor, Act.ORDER_ISSUED, state.number, now,
        incident=incident.number, receivers=len(state.receivers), issued_by=cmd.issued_by_name,
    )  # fmt: skip
    return view(_keep(connection, deps, Held(state, 0), "issued", now, actor))


def _receivers(connection: Connection, incident_id: str, to: list[str]) -> list[OrderReceiver]:
    teams = {
        one.state.id: one.state
        for one in active_of_incidents(connection, [incident_id, *merged_beneath(connection, incident_id)])
    }
    found = []
    for key in dict.fromkeys(to):
        team = teams.get(key)
        if team is None:
            found.append(OrderReceiver(key=key, name=key))
        else:
            receiver = OrderReceiver(key=key, name=team.unit_name, assignment_id=team.id, unit_id=team.unit_id)
            found.append(receiver)
    return found


def take_feedback(
    connection: Connection, deps: Deps, actor: Actor, order_id: str, cmd: Feedback, now: datetime
) -> dict[str, Any]:
    """A receiver has it, has done it, or cannot; a team says so itself, for others the desk does.

    Raises:
        NotFound: `order.unknown`, `order.receiver_unknown`.
        Conflict: `order.answer_refused`, `home.elsewhere`.
        Forbidden: `unit.not_yours`.
        Invalid: `order.reason_required`, `time.in_future`.
    """
    held = own_command(connection, deps, CommandOrderFact, order_id, "order.unknown")
    receiver = receiver_of(held.state, cmd.receiver)
    if receiver.unit_id is not None:
        require_field_right(actor, unit_or_refuse(connection, receiver.unit_id))
    elif not actor.may(Action.COMMAND_WRITE):
        raise Forbidden("unit.not_yours")
    if cmd.state is ReceiverState.REFUSED and not cmd.note:
        raise Invalid("order.reason_required", faults=(FieldFault("/note", "order.reason_required"),))
    word = ReceiverWord(
        state=cmd.state, at=not_in_future(cmd.at, now), recorded_at=now, by_name=actor.name, note=cmd.note
    )
    if receiver.state is cmd.state and (receiver.note or None) == (cmd.note or None):
        return view(held)
    state = answered(held.state, cmd.receiver, word)
    return view(_keep(connection, deps, Held(state, held.version), "answered", now, actor, remark=cmd.note))


def tell_unanswered(connection: Connection, deps: Deps, now: datetime) -> int:
    """Tell once each that an order was not received and not done in time; how many orders it was.

    An order of an incident that is closed is nobody's any more.
    """
    found = due_commands(connection, CommandOrderFact, now)
    for held in found:
        incident = find_incident(connection, held.state.incident_id)
        if incident is not None and incident.status == IncidentStatus.CLOSED:
            watch_no_more(connection, held.state.id)
        else:
            _keep(connection, deps, Held(order_overran(held.state, now), held.version), "overdue", now, None)
    return len(found)


def _keep(
    connection: Connection,
    deps: Deps,
    held: Held[CommandOrderFact],
    fact: str,
    now: datetime,
    actor: Actor | None,
    *,
    remark: str | None = None,
) -> Held[CommandOrderFact]:
    return keep_and_tell(
        connection,
        deps,
        held,
        f"order.{fact}",
        now=now,
        actor=actor,
        active=not held.state.is_settled,
        began_at=held.state.issued_at,
        due_at=order_due(held.state),
        changed=_CHANGED.get(fact, []),
        remark=remark,
    )
