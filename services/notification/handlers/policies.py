"""The policy of escalation: read and replaced; what runs keeps the one it began with."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection

from services.notification.domain.policy import Policy, check_steps
from services.notification.handlers.context import Notify
from services.notification.schemas import ChangePolicy, policy_json
from services.notification.store.policies import policy_in_force, save_policy
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict

_log = structlog.get_logger(__name__)


def show_policy(connection: Connection, notify: Notify) -> dict[str, Any]:
    """The policy in force."""
    return policy_json(policy_in_force(connection), sorted(notify.channels))


def change_policy(connection: Connection, notify: Notify, actor: Actor, cmd: ChangePolicy, now: datetime) -> Answer:
    """Replace the policy.

    Raises:
        Invalid: it could not call anybody in order.
        Conflict: `notification_policy.changed`, with the present one as `current`.
    """
    before = policy_in_force(connection)
    if cmd.version is not None and cmd.version != before.version:
        raise Conflict("notification_policy.changed", current=show_policy(connection, notify))
    steps = tuple(one.step() for one in cmd.steps)
    check_steps(steps)
    after = Policy(steps, cmd.basis, cmd.verified, before.version + 1, now, actor.name)
    save_policy(connection, after)
    _log.info("notification_policy_changed", account_id=actor.account_id, version=after.version, steps=len(steps))
    return Answer(200, show_policy(connection, notify))
