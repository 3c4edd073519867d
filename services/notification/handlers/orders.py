"""指令单: whom it is for is called until they answer; when its times are up, the desk for those who did not."""

from datetime import datetime

from sqlalchemy import Connection

from services.notification.domain.notification import Acknowledgement, CancelReason
from services.notification.domain.policy import Step, by_hand
from services.notification.handlers.calling import Matter, call_once
from services.notification.handlers.context import Notify
from services.notification.handlers.endings import answer_for_key, stop_for_key
from services.notification.store.copies import find_incident, person_named
from services.notification.store.notifications import open_of_key
from services.notification.store.policies import policy_in_force
from shared.contracts.envelope import Envelope
from shared.contracts.events.command import CommandOrderFact, OrderReceiver, ReceiverState
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.events.notify import NotificationKind
from shared.contracts.events.roster import DutyPost
from shared.i18n import label

_DESK = (DutyPost.DUTY_OFFICER, DutyPost.DUTY_LEADER)
_RECEIPT, _DONE = "receipt", "done"
_SETTLED = frozenset({ReceiverState.DONE, ReceiverState.REFUSED})


def hear_order(connection: Connection, notify: Notify, cause: Envelope, fact: CommandOrderFact, now: datetime) -> None:
    """Call for an order of this site; who has answered by phone or to the desk is called no more.

    An order that is heard after its time calls nobody by itself: what is still open of it is told right behind.
    """
    if cause.site != notify.deps.site:
        return
    _stop_answered(connection, notify, cause, fact, now)
    incident = find_incident(connection, fact.incident_id)
    if incident is not None and incident.status is IncidentStatus.CLOSED:
        return
    if cause.fact == "issued" and (fact.receipt_due_at is None or now < fact.receipt_due_at):
        for receiver in _unheard(fact):
            _call_receiver(connection, notify, cause, fact, receiver, now)
    elif cause.fact == "overdue":
        _call_desk(connection, notify, cause, fact, now)


def _unheard(fact: CommandOrderFact) -> list[OrderReceiver]:
    return [one for one in fact.receivers if one.state is ReceiverState.SENT]


def _key(fact: CommandOrderFact, what: str) -> str:
    return f"order:{fact.id}:{what}"


def _receiver_key(fact: CommandOrderFact, receiver: OrderReceiver) -> str:
    # By its place: a receiver by name may be longer than a key can be, and receivers never move.
    return _key(fact, str(fact.receivers.index(receiver)))


def _stop_answered(
    connection: Connection, notify: Notify, cause: Envelope, fact: CommandOrderFact, now: datetime
) -> None:
    for one in fact.receivers:
        if one.state is not ReceiverState.SENT:
            word = one.words[-1] if one.words else None
            said = Acknowledgement(
                at=one.at or now,
                by=(word.by_name if word else None) or fact.actor_name or one.name,
                account_id=cause.actorid or "",
                note=one.note or label(f"receiver_state.{one.state.value}"),
            )
            answer_for_key(connection, notify, cause, _receiver_key(fact, one), said)
    over = ([] if _unheard(fact) else [_RECEIPT]) + ([_DONE] if fact.is_settled else [])
    for what in over:
        stop_for_key(connection, notify, cause, _key(fact, what), CancelReason.ORDER_ANSWERED, fact.actor_name, now)


def _call_receiver(
    connection: Connection,
    notify: Notify,
    cause: Envelope,
    fact: CommandOrderFact,
    receiver: OrderReceiver,
    now: datetime,
) -> None:
    """A team by its accounts, a person or a post of the roster by name; who is none of these waits for the desk."""
    units = (receiver.unit_id,) if receiver.unit_id else ()
    posts = () if units else tuple(post for post in DutyPost if label(f"duty_post.{post.value}") == receiver.name)
    named = None if units or posts else person_named(connection, receiver.name)
    people = (named,) if named else ()
    if not (units or posts or people):
        return
    # From the second round on also whom the policy of the desk would call.
    steps = tuple(
        Step(
            step.after_seconds,
            tuple(dict.fromkeys((*posts, *(step.posts if index else ())))),
            step.channels,
            step.deputies,
            people=people,
            units=units,
        )
        for index, step in enumerate(policy_in_force(connection).steps)
    )
    title = label("notification_text.order_given", number=fact.number, name=receiver.name, text=fact.content)
    call_once(connection, notify, cause, _matter(fact, _receiver_key(fact, receiver), title), steps, now)


def _call_desk(connection: Connection, notify: Notify, cause: Envelope, fact: CommandOrderFact, now: datetime) -> None:
    """For those who have said nothing and are not being called themselves; then for those who have not done it."""
    if fact.is_overdue:
        stop_for_key(connection, notify, cause, _key(fact, _RECEIPT), CancelReason.ORDER_ANSWERED, None, now)
        what, late = _DONE, [one for one in fact.receivers if one.state not in _SETTLED]
    else:
        what = _RECEIPT
        late = [one for one in _unheard(fact) if open_of_key(connection, _receiver_key(fact, one)) is None]
    if not late:
        return
    names = [one.name for one in late]
    title = label(f"notification_text.order_{what}", number=fact.number, names=names, text=fact.content)
    steps = by_hand(policy_in_force(connection), _DESK, ())
    call_once(connection, notify, cause, _matter(fact, _key(fact, what), title), steps, now)


def _matter(fact: CommandOrderFact, key: str, title: str) -> Matter:
    about = (fact.incident_id, fact.incident_number)
    return Matter(NotificationKind.ORDER, key, title, *about, wanted_by=fact.issued_by, actor_name=fact.actor_name)
