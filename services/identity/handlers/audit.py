"""Writing to the audit chain, and proving that it is whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.identity import store
from services.identity.domain.audit import GENESIS, AuditAction, AuditEntry, ChainFault, Link, entry_hash, first_fault
from shared.kernel.access import Actor


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, when, from where.

    Args:
        actor: None when nobody is logged in.
        origin: None when the system itself acts.
    """

    now: datetime
    actor: Actor | None = None
    origin: Origin | None = None


def record(
    connection: Connection,
    action: AuditAction,
    act: Act,
    *,
    subject: str | None,
    success: bool = True,
    params: dict[str, Any] | None = None,
) -> None:
    """Put one entry at the end of the chain; must run in the one writer of the database.

    Args:
        subject: username of the account it was done to.
    """
    seq, prev = store.last_audit(connection) or (0, GENESIS)
    entry = AuditEntry(
        seq=seq + 1,
        at=act.now,
        action=action,
        success=success,
        actor_id=act.actor.account_id if act.actor else None,
        actor_name=act.actor.name if act.actor else None,
        object=subject,
        address=act.origin.address if act.origin else None,
        params=params or {},
    )
    store.insert_audit(connection, Link(entry, prev, entry_hash(prev, entry)))


def verify_audit(connection: Connection, anchor: tuple[int, str] | None = None) -> ChainFault | None:
    """Read the whole chain and find the first place where it is broken.

    Args:
        anchor: number and hash of a head that was noted elsewhere, to notice a cut-off end.
    """
    return first_fault(store.whole_audit(connection), anchor)
