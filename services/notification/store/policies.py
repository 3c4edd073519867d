"""The policy in force."""

from sqlalchemy import Connection, bindparam, select, update

from services.notification.domain.policy import Policy
from services.notification.store.steps import steps_json, steps_of
from services.notification.tables import POLICY
from shared.storage.prepared import Prepared

_ONLY = 1
_IN_FORCE = Prepared(select(POLICY).where(POLICY.c.id == bindparam("only")))


def policy_in_force(connection: Connection) -> Policy:
    """The policy; the first migration has put one there."""
    (row,) = _IN_FORCE.rows(connection, {"only": _ONLY})
    return Policy(steps_of(row.steps), row.basis, row.verified, row.version, row.updated_at, row.updated_by)


def save_policy(connection: Connection, policy: Policy) -> None:
    """Replace the policy."""
    connection.execute(
        update(POLICY)
        .where(POLICY.c.id == _ONLY)
        .values(
            steps=steps_json(policy.steps),
            basis=policy.basis,
            verified=policy.verified,
            version=policy.version,
            updated_at=policy.updated_at,
            updated_by=policy.updated_by,
        )
    )
