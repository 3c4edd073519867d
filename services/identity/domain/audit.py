"""The audit log as a hash chain: an edited, removed, inserted or reordered entry breaks every later hash."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.contracts.events.acts import Act
from shared.kernel.clock import wire_time

GENESIS = "0" * 64
"""What stands before the first entry."""


class AccountAct(StrEnum):
    """What is done at the door itself and written down without a fact."""

    SESSION_OPENED = "session_opened"
    SESSION_REFUSED = "session_refused"
    SESSION_LOCKED = "session_locked"
    SESSION_CLOSED = "session_closed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 — a word
    PASSWORD_REFUSED = "password_refused"  # noqa: S105 — a word
    PASSWORD_RESET = "password_reset"  # noqa: S105 — a word
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    ACCOUNT_RECEIVED = "account_received"
    GRANT_GIVEN = "grant_given"
    GRANT_REVOKED = "grant_revoked"


AuditAction = AccountAct | Act
"""What is written down: what is done at the door, and what another service tells."""


def audit_action(value: str) -> AuditAction:
    """The action of this name.

    Raises:
        ValueError: nothing of that name is written down.
    """
    try:
        return AccountAct(value)
    except ValueError:
        return Act(value)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to whom or what, when, from where, and whether it succeeded (GB/T 22239-2019 安全审计)."""

    seq: int
    at: datetime
    action: AuditAction
    success: bool
    actor_id: str | None = None
    actor_name: str | None = None
    object: str | None = None
    address: str | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry with its place in the chain."""

    entry: AuditEntry
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainFault:
    """Where the chain is broken; `seq` is the first entry that does not fit."""

    seq: int
    reason: str


def entry_hash(prev: str, entry: AuditEntry) -> str:
    """SHA-256 over the previous hash and the entry as canonical JSON (sorted keys, no spaces, UTF-8)."""
    document = {
        "seq": entry.seq,
        "at": wire_time(entry.at),
        "action": entry.action.value,
        "success": entry.success,
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "object": entry.object,
        "address": entry.address,
        "params": entry.params,
    }
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{prev}\n{canonical}".encode()).hexdigest()


Head = tuple[int, str]
"""Number and hash of an entry: enough to vouch for all before it."""
BEGINNING: Head = (0, GENESIS)


def first_fault(links: Iterable[Link], anchor: Head | None = None, *, after: Head = BEGINNING) -> ChainFault | None:
    """The first place where the chain, given in order, does not hold.

    Args:
        anchor: an entry that was noted elsewhere; without one a cut-off end cannot be noticed.
        after: the entry before the first given one.
    """
    (seq, prev), is_anchored = after, anchor is None
    for link in links:
        seq += 1
        if link.entry.seq != seq:
            return ChainFault(seq, "missing")
        if link.prev != prev or link.hash != entry_hash(prev, link.entry):
            return ChainFault(seq, "altered")
        if anchor is not None and anchor[0] == seq:
            if anchor[1] != link.hash:
                return ChainFault(seq, "rewritten")
            is_anchored = True
        prev = link.hash
    return None if is_anchored else ChainFault(seq + 1, "truncated")
