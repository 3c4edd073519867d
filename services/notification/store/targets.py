"""Single calls and their tries in the store."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from services.notification.domain.notification import Attempt, AttemptOutcome, Target
from services.notification.tables import ATTEMPT, TARGET
from shared.contracts.events.notify import ChannelKind, TargetState
from shared.contracts.events.roster import DutyPost
from shared.kernel.ids import new_id
from shared.storage.prepared import Prepared

_CHUNK = 500
"""Ids in one query; stores limit the number of parameters."""


_CHANGING = tuple(name for name in TARGET.c.keys() if name not in {"id", "notification_id"})  # noqa: SIM118 — no dict
_INSERT = Prepared(insert(TARGET), tuple(TARGET.c.keys()))
_UPDATE = Prepared(update(TARGET).where(TARGET.c.id == bindparam("key")), _CHANGING)
_BY_ID = Prepared(select(TARGET).where(TARGET.c.id == bindparam("key")))
_OF_ONE = Prepared(
    select(TARGET).where(TARGET.c.notification_id == bindparam("key")).order_by(TARGET.c.step, TARGET.c.id)
)
_TRY = Prepared(insert(ATTEMPT), tuple(ATTEMPT.c.keys()))


def insert_targets(connection: Connection, targets: Iterable[Target]) -> None:
    """New rows."""
    _INSERT.execute_all(
        connection, ({"id": one.id, "notification_id": one.notification_id, **_values(one)} for one in targets)
    )


def save_target(connection: Connection, target: Target) -> None:
    """Replace the row."""
    _UPDATE.execute(connection, {"key": target.id, **_values(target)})


def find_target(connection: Connection, target_id: str) -> Target | None:
    """The call with this id."""
    found = _BY_ID.rows(connection, {"key": target_id})
    return target_of(found[0]) if found else None


def targets_of(connection: Connection, notification_ids: Sequence[str]) -> dict[str, list[Target]]:
    """The calls of these call-outs, in the order in which they were made."""
    if len(notification_ids) == 1:
        (only,) = notification_ids
        return {only: [target_of(row) for row in _OF_ONE.rows(connection, {"key": only})]}
    found: dict[str, list[Target]] = defaultdict(list)
    for start in range(0, len(notification_ids), _CHUNK):
        wanted = TARGET.c.notification_id.in_(notification_ids[start : start + _CHUNK])
        for row in connection.execute(select(TARGET).where(wanted).order_by(TARGET.c.step, TARGET.c.id)):
            found[row.notification_id].append(target_of(row))
    return found


def add_attempt(
    connection: Connection, target: Target, at: datetime, outcome: AttemptOutcome, detail: str | None
) -> None:
    """Write down one try; it can never be changed."""
    add_attempts(connection, [(target.id, Attempt(at, target.channel, outcome, detail))])


def add_attempts(connection: Connection, tries: Iterable[tuple[str, Attempt]]) -> None:
    """Write down tries, each with the id of its call; they can never be changed."""
    _TRY.execute_all(
        connection,
        (
            {
                "id": new_id(),
                "delivery_id": target_id,
                "at": one.at,
                "channel": one.channel.value,
                "outcome": one.outcome.value,
                "detail": one.detail,
            }
            for target_id, one in tries
        ),
    )


def attempts_of(connection: Connection, targets: Iterable[Target]) -> dict[str, list[Attempt]]:
    """The tries of these calls, oldest first."""
    ids = [target.id for target in targets]
    found: dict[str, list[Attempt]] = defaultdict(list)
    for start in range(0, len(ids), _CHUNK):
        wanted = ATTEMPT.c.delivery_id.in_(ids[start : start + _CHUNK])
        for row in connection.execute(select(ATTEMPT).where(wanted).order_by(ATTEMPT.c.id)):
            outcome = AttemptOutcome(row.outcome)
            found[row.delivery_id].append(Attempt(row.at, ChannelKind(row.channel), outcome, row.detail))
    return found


def _values(target: Target) -> dict[str, Any]:
    return {
        "step": target.step,
        "channel": target.channel.value,
        "state": target.state.value,
        "post": target.post and target.post.value,
        "person_id": target.person_id,
        "person_name": target.person_name,
        "phone": target.phone,
        "account": target.account,
        "tries": target.tries,
        "due_at": target.due_at,
        "leased_until": target.leased_until,
    }


def target_of(row: Row[Any]) -> Target:
    """The value in a row."""
    return Target(
        id=row.id,
        notification_id=row.notification_id,
        step=row.step,
        channel=ChannelKind(row.channel),
        state=TargetState(row.state),
        post=None if row.post is None else DutyPost(row.post),
        person_id=row.person_id,
        person_name=row.person_name,
        phone=row.phone,
        account=row.account,
        tries=row.tries,
        due_at=row.due_at,
        leased_until=row.leased_until,
    )
