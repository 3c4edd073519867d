"""Writing to the audit chain, and proving that it is whole."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from services.identity import store
from services.identity.domain.audit import (
    BEGINNING,
    AuditAction,
    AuditEntry,
    ChainFault,
    Head,
    Link,
    entry_hash,
    first_fault,
)
from shared.contracts.envelope import Envelope
from shared.contracts.events.acts import ActFact
from shared.kernel.access import Actor
from shared.storage.database import Database

_PIECE = 500


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
    entry = AuditEntry(
        seq=0,
        at=act.now,
        action=action,
        success=success,
        actor_id=act.actor.account_id if act.actor else None,
        actor_name=act.actor.name if act.actor else None,
        object=subject,
        address=act.origin.address if act.origin else None,
        params=params or {},
    )
    _append(connection, entry)


def hear_act(connection: Connection, envelope: Envelope, fact: ActFact) -> None:
    """Put what was done in another service at the end of the chain, with the time at which it was done."""
    entry = AuditEntry(
        seq=0,
        at=envelope.time,
        action=fact.act,
        success=fact.success,
        actor_id=envelope.actorid,
        actor_name=fact.actor_name,
        object=fact.target,
        params=fact.detail,
    )
    _append(connection, entry)


def _append(connection: Connection, entry: AuditEntry) -> None:
    seq, prev = store.last_audit(connection) or BEGINNING
    numbered = replace(entry, seq=seq + 1)
    store.insert_audit(connection, Link(numbered, prev, entry_hash(prev, numbered)))


async def verify_audit(database: Database, anchor: Head | None = None) -> ChainFault | None:
    """Read the whole chain, a piece at a time so that logins go on, and find the first place where it is broken.

    Args:
        anchor: a head that was noted elsewhere, to notice a cut-off end.
    """
    at = BEGINNING
    while links := await database.read(partial(store.audit_after, seq=at[0], limit=_PIECE)):
        here = anchor if anchor is not None and links[0].entry.seq <= anchor[0] <= links[-1].entry.seq else None
        fault = first_fault(links, here, after=at)
        if fault is not None:
            return fault
        at = (links[-1].entry.seq, links[-1].hash)
        await asyncio.sleep(0.01)
    return ChainFault(at[0] + 1, "truncated") if anchor is not None and at[0] < anchor[0] else None
