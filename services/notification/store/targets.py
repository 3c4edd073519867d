"""Single calls and their tries in the store."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from services.notification.domain.notification import Attempt, AttemptOutcome, Target
from services.notification.tables import ATTEMPT, TARGET
from shared.contracts.events.notify import ChannelKind, TargetState
from shared.contracts.events.roster import DutyPost
from shared.kernel.ids import new_id

_CHUNK = 500
"""Ids in one query; stores limit the number of parameters."""


def insert_target(connection: Connection, target: Target) -> None:
    """A new row."""
    values = _values(target)
    connection.execute(insert(TARGET), {"id": target.id, "notification_id": target.notification_id, **values})


def save_target(connection: Connection, target: Target) -> None:
    """Replace the row."""
    connection.execute(update(TARGET).where(TARGET.c.id == target.id).values(**_values(target)))


def find_target(connection: Connection, target_id: str) -> Target | None:
    """The call with this id."""
    row = connection.execute(select(TARGET).where(TARGET.c.id == target_id)).first()
    return None if row is None else target_of(row)


def targets_of(connection: Connection, notification_ids: Sequence[str]) -> dict[str, list[Target]]:
    """The calls of these call-outs, in the order in which they were made."""
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
    connection.execute(
        insert(ATTEMPT),
        {
            "id": new_id(),
            "delivery_id": target.id,
            "at": at,
            "channel": target.channel.value,
            "outcome": outcome.value,
            "detail": detail,
        },
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
