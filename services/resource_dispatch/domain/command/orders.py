"""指令单: what a receiver may say to an order, as one table; words never go back."""

from datetime import datetime, timedelta

from services.resource_dispatch.domain.command.ahead import MOST_AHEAD
from shared.contracts.events.command import CommandOrderFact, OrderReceiver, ReceiverState, ReceiverWord
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.limits import Limit

RECEIVE_WITHIN = Limit(timedelta(minutes=5), "指令下达后说「收到」的目标时间,自定,待局方确认")

S = ReceiverState
ANSWERS: dict[ReceiverState, frozenset[ReceiverState]] = {
    S.SENT: frozenset({S.RECEIVED, S.DONE, S.REFUSED}),
    S.RECEIVED: frozenset({S.DONE, S.REFUSED}),
    S.REFUSED: frozenset({S.RECEIVED, S.DONE}),
    S.DONE: frozenset(),
}
"""From → allowed: who could not may find a way later; what is done stays done."""
_SETTLED = frozenset({S.DONE, S.REFUSED})


def receiver_of(order: CommandOrderFact, key: str) -> OrderReceiver:
    """The receiver that answers.

    Raises:
        NotFound: `order.receiver_unknown`.
    """
    for one in order.receivers:
        if one.key == key:
            return one
    raise NotFound("order.receiver_unknown")


def answered(order: CommandOrderFact, key: str, word: ReceiverWord) -> CommandOrderFact:
    """The order after an answer. The same answer again adds nothing.

    Raises:
        NotFound: `order.receiver_unknown`.
        Conflict: `order.answer_refused`.
    """
    receiver = receiver_of(order, key)
    if word.state is not receiver.state and word.state not in ANSWERS[receiver.state]:
        raise Conflict("order.answer_refused", receiver=receiver.name)
    said = {"state": word.state, "at": word.at, "note": word.note, "words": [*receiver.words, word]}
    receivers = [one.model_copy(update=said) if one.key == key else one for one in order.receivers]
    update = {
        "receivers": receivers,
        "is_settled": all(one.state in _SETTLED for one in receivers),
        "answered_by": receiver.name,
        "answer": word.state,
    }
    return order.model_copy(update=update)


def require_due_ahead(due_at: datetime | None, now: datetime) -> None:
    """Refuse a time that has passed already, or so far away that the date is typed wrong.

    Raises:
        Invalid: `order.due_passed`, `order.due_too_far`.
    """
    if due_at is None:
        return
    code = None
    if due_at <= now:
        code = "order.due_passed"
    elif due_at > now + MOST_AHEAD.value:
        code = "order.due_too_far"
    if code is not None:
        raise Invalid(code, faults=(FieldFault("/due_at", code),))


def receipt_due(issued_at: datetime, due_at: datetime | None) -> datetime:
    """When everybody should have said that they have it; never later than it is to be done."""
    wanted = issued_at + RECEIVE_WITHIN.value
    return wanted if due_at is None else min(wanted, due_at)


def _times(order: CommandOrderFact) -> dict[str, datetime]:
    """What is not told yet of the times that can still pass."""
    is_unheard = any(one.state is ReceiverState.SENT for one in order.receivers)
    found: dict[str, datetime] = {}
    if order.receipt_due_at is not None and is_unheard and not order.is_unreceipted:
        found["is_unreceipted"] = order.receipt_due_at
    if order.due_at is not None and not order.is_settled and not order.is_overdue:
        found["is_overdue"] = order.due_at
    return found


def order_due(order: CommandOrderFact) -> datetime | None:
    """When somebody must be told next that it is not received or not done; None when nothing follows by time."""
    return min(_times(order).values(), default=None)


def order_overran(order: CommandOrderFact, now: datetime) -> CommandOrderFact:
    """The order once it is told which of its times have passed."""
    passed = {name: True for name, at in _times(order).items() if at < now}
    return order.model_copy(update={**passed, "answered_by": None, "answer": None})
