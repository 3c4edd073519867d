"""指令单: what a receiver may say to an order, as one table; words never go back."""

from shared.contracts.events.command import CommandOrderFact, OrderReceiver, ReceiverState, ReceiverWord
from shared.kernel.errors import Conflict, NotFound

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
