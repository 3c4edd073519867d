"""The policy of escalation: read and replaced; what runs keeps the one it began with."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection

from services.notification.domain.policy import Policy, check_steps
from services.notification.handlers.context import Notify
from services.notification.schemas import ChangePolicy, policy_json
from services.notification.store.policies import policy_in_force, save_policy
from shared.contracts.events.acts import Act, Detail
from shared.http.commands import Answer
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict
from shared.storage.system import append_facts

_log = structlog.get_logger(__name__)


def show_policy(connection: Connection, notify: Notify) -> dict[str, Any]:
    """The policy in force."""
    return policy_json(policy_in_force(connection), sorted(notify.channels))


def _spoken(policy: Policy) -> str:
    """The steps in words, for whoever looks later at what was changed."""
    steps = (f"{step.after_seconds} 秒 {'、'.join(label(f'duty_post.{post}') for post in step.posts)}"
             + ("(含代班人)" if step.deputies else "") for step in policy.steps)  # fmt: skip
    return ";".join(steps)


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
    told: dict[str, Detail] = {"version": after.version, "before": _spoken(before), "after": _spoken(after)}
    append_facts(connection, notify.deps.acted("notify", Act.POLICY_CHANGED, actor, now=now, detail=told))
    _log.info("notification_policy_changed", account_id=actor.account_id, version=after.version, steps=len(steps))
    return Answer(200, show_policy(connection, notify))
