"""Call-outs in the store."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, false, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from services.notification.domain.notification import OPEN, Acknowledgement, Cancellation, CancelReason, Notification
from services.notification.store.steps import steps_json, steps_of
from services.notification.tables import INCIDENT, NOTIFICATION, TARGET
from shared.contracts.events.notify import NotificationKind, NotificationState
from shared.storage.prepared import Prepared

_OPEN = sorted(state.value for state in OPEN)
_CHANGING = tuple(name for name in NOTIFICATION.c.keys() if name != "id")  # noqa: SIM118 — no dict
_INSERT = Prepared(insert(NOTIFICATION), tuple(NOTIFICATION.c.keys()))
_UPDATE = Prepared(update(NOTIFICATION).where(NOTIFICATION.c.id == bindparam("key")), _CHANGING)
_BY_ID = Prepared(select(NOTIFICATION).where(NOTIFICATION.c.id == bindparam("key")))
_BY_KEY = Prepared(select(NOTIFICATION).where(NOTIFICATION.c.dedupe_key == bindparam("wanted")))
# Written out: a list would be expanded anew each time.
_IS_OPEN = or_(*(NOTIFICATION.c.state == state for state in _OPEN))
_OPEN_OF_INCIDENT = Prepared(select(NOTIFICATION).where(NOTIFICATION.c.incident_id == bindparam("incident"), _IS_OPEN))
_OF_INCIDENT = Prepared(
    select(NOTIFICATION)
    .where(NOTIFICATION.c.incident_id == bindparam("incident"), NOTIFICATION.c.kind == bindparam("wanted"))
    .order_by(NOTIFICATION.c.created_at, NOTIFICATION.c.id)
)


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which call-outs are wanted; None means no matter.

    Args:
        person_id, account: only those that call this person.
        township: only those for an incident there, or that call the person.
    """

    is_open: bool | None = None
    incident_id: str | None = None
    is_mine: bool = False
    person_id: str | None = None
    account: str | None = None
    township: str | None = None


def find_notification(connection: Connection, notification_id: str) -> Notification | None:
    """The call-out with this id."""
    found = _BY_ID.rows(connection, {"key": notification_id})
    return notification_of(found[0]) if found else None


def of_incident(connection: Connection, incident_id: str, *, kind: NotificationKind) -> list[Notification]:
    """What the incident was called out for, oldest first."""
    found = _OF_INCIDENT.rows(connection, {"incident": incident_id, "wanted": kind.value})
    return [notification_of(row) for row in found]


def open_of_incident(connection: Connection, incident_id: str) -> list[Notification]:
    """Unanswered call-outs about the incident, of any kind."""
    return [notification_of(row) for row in _OPEN_OF_INCIDENT.rows(connection, {"incident": incident_id})]


def is_known(connection: Connection, dedupe_key: str) -> bool:
    """Whether people were called about this before."""
    return bool(_BY_KEY.rows(connection, {"wanted": dedupe_key}))


def open_of_key(connection: Connection, dedupe_key: str) -> Notification | None:
    """The unanswered call-out about this, if there is one."""
    found = [notification_of(row) for row in _BY_KEY.rows(connection, {"wanted": dedupe_key})]
    return next((one for one in found if one.state in OPEN), None)


def list_notifications(
    connection: Connection, wanted: NotificationFilter, *, after: tuple[datetime, str] | None, limit: int
) -> list[Notification]:
    """Newest first, from behind the given key."""
    query = select(NOTIFICATION).where(*_conditions(wanted))
    if after is not None:
        moment, last_id = after
        same = and_(NOTIFICATION.c.created_at == moment, NOTIFICATION.c.id < last_id)
        query = query.where(or_(NOTIFICATION.c.created_at < moment, same))
    query = query.order_by(NOTIFICATION.c.created_at.desc(), NOTIFICATION.c.id.desc()).limit(limit)
    return [notification_of(row) for row in connection.execute(query)]


def may_see(connection: Connection, notification_id: str, wanted: NotificationFilter) -> bool:
    """Whether the filter lets this one through."""
    query = select(NOTIFICATION.c.id).where(NOTIFICATION.c.id == notification_id, *_conditions(wanted))
    return connection.execute(query).first() is not None


def _conditions(wanted: NotificationFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.is_open is not None:
        listed = NOTIFICATION.c.state.in_(_OPEN)
        yield listed if wanted.is_open else ~listed
    if wanted.incident_id is not None:
        yield NOTIFICATION.c.incident_id == wanted.incident_id
    # Never compared with None: that would be IS NULL, and true for calls to nobody.
    names = [TARGET.c.account == wanted.account] if wanted.account is not None else []
    ids = [TARGET.c.person_id == wanted.person_id] if wanted.person_id is not None else []
    calls_me = exists().where(TARGET.c.notification_id == NOTIFICATION.c.id, or_(false(), *names, *ids))
    if wanted.is_mine:
        yield calls_me
    if wanted.township is not None:
        there = exists().where(INCIDENT.c.id == NOTIFICATION.c.incident_id, INCIDENT.c.township == wanted.township)
        yield or_(there, calls_me)


def insert_notification(connection: Connection, notification: Notification) -> None:
    """A new row."""
    _INSERT.execute(connection, {"id": notification.id, **_values(notification)})


def save_notification(connection: Connection, notification: Notification) -> None:
    """Replace the row."""
    _UPDATE.execute(connection, {"key": notification.id, **_values(notification)})


def _values(one: Notification) -> dict[str, Any]:
    answer, ending = one.answer, one.ending
    return {
        "dedupe_key": one.dedupe_key,
        "correlation_id": one.correlation_id,
        "kind": one.kind.value,
        "title": one.title,
        "state": one.state.value,
        "created_at": one.created_at,
        "created_by": one.created_by,
        "steps": steps_json(one.steps),
        "home_site": one.home_site,
        "exercise": one.exercise,
        "incident_id": one.incident_id,
        "incident_number": one.incident_number,
        "level": one.level,
        "step": one.step,
        "next_due_at": one.next_due_at,
        "acknowledged_at": answer.at if answer else None,
        "acknowledged_by": answer.by if answer else None,
        "acknowledged_account": answer.account_id if answer else None,
        "ack_note": answer.note if answer else None,
        "on_behalf_of": answer.for_id if answer else None,
        "on_behalf_of_name": answer.for_name if answer else None,
        "phone_answer": bool(answer.by_phone if answer else None),
        "cancelled_at": ending.at if ending else None,
        "cancelled_by": ending.by if ending else None,
        "cancel_reason": ending.reason.value if ending else None,
        "cancel_words": ending.words if ending else None,
        "version": one.version,
    }


def notification_of(row: Row[Any]) -> Notification:
    """The value in a row."""
    return Notification(
        id=row.id,
        dedupe_key=row.dedupe_key,
        correlation_id=row.correlation_id,
        kind=NotificationKind(row.kind),
        title=row.title,
        state=NotificationState(row.state),
        created_at=row.created_at,
        created_by=row.created_by,
        steps=steps_of(row.steps),
        home_site=row.home_site,
        exercise=row.exercise,
        incident_id=row.incident_id,
        incident_number=row.incident_number,
        level=row.level,
        step=row.step,
        next_due_at=row.next_due_at,
        answer=_answer_of(row),
        ending=_ending_of(row),
        version=row.version,
    )


def _answer_of(row: Row[Any]) -> Acknowledgement | None:
    if row.acknowledged_at is None:
        return None
    return Acknowledgement(
        at=row.acknowledged_at,
        by=row.acknowledged_by,
        account_id=row.acknowledged_account,
        note=row.ack_note,
        for_id=row.on_behalf_of,
        for_name=row.on_behalf_of_name,
        by_phone=row.phone_answer,
    )


def _ending_of(row: Row[Any]) -> Cancellation | None:
    if row.cancelled_at is None:
        return None
    return Cancellation(row.cancelled_at, row.cancelled_by, CancelReason(row.cancel_reason), row.cancel_words)
