"""Logging in: the same work and the same answer for an unknown name as for a wrong password."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from services.identity import store
from services.identity.domain.accounts import normal_username
from services.identity.domain.audit import AccountAct
from services.identity.domain.lockout import after_failure, locked_seconds
from services.identity.domain.policy import IdentityConfig
from services.identity.domain.sessions import ends_at
from services.identity.handlers.audit import Act, Origin, record
from services.identity.handlers.context import Identity
from services.identity.handlers.verifier import token_hash
from services.identity.schemas import actor_of
from shared.kernel.access import Actor
from shared.kernel.errors import DomainError, TooManyRequests, Unauthenticated

_MAX_AGENT = 120


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A fresh login. The token is given to the client and kept nowhere."""

    token: str
    actor: Actor
    ends_at: datetime
    """If nobody acts any more."""
    expires_at: datetime
    """Whatever is done."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no session; returned, not raised, since the count of failures must be committed."""

    error: DomainError
    outcome: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    username: str
    origin: Origin
    known_hash: str | None
    """The hash that the password was checked against."""
    replaces: str | None
    """Hash of the session that this browser held before; it ends with the new one."""


async def log_in(
    identity: Identity, username: str, password: str, origin: Origin, *, old_token: str | None
) -> OpenedSession:
    """Check the password and open a session with a new token.

    Raises:
        Unauthenticated: `session.bad_credentials`.
        TooManyRequests: `session.locked` for the account, `rate.limited` for the address.
    """
    attempt = _Attempt(normal_username(username)[:40], origin, None, token_hash(old_token) if old_token else None)
    with identity.attempts.one(origin.address):
        result = await _try(identity, attempt, password)
        if isinstance(result, Refused):
            identity.attempts.failed(origin.address)
            identity.metrics.logins.labels(result.outcome).inc()
            raise result.error
    identity.metrics.logins.labels("ok").inc()
    if attempt.replaces is not None:
        identity.sessions.forget()
    return result


async def _try(identity: Identity, attempt: _Attempt, password: str) -> OpenedSession | Refused:
    database, config = identity.deps.database, identity.config
    row, failures = await database.read(
        lambda c: (store.account_by_username(c, attempt.username), store.failures_of(c, attempt.username))
    )
    right, newer_hash = False, None
    if not locked_seconds(failures, identity.now()):
        right, newer_hash = await identity.passwords.verify(password, row.password_hash if row else None)
    now = identity.now()
    if row is None or not right or row.disabled:
        return await database.write(lambda c: _refuse(c, config, attempt, row, now))
    checked = replace(attempt, known_hash=row.password_hash)
    return await database.write(lambda c: _accept(c, config, checked, newer_hash, now))


def _refuse(
    connection: Connection, config: IdentityConfig, attempt: _Attempt, row: Row[Any] | None, now: datetime
) -> Refused:
    act = Act(now, origin=attempt.origin)
    # A username that does not exist may be a password typed into the wrong field: it is not written down.
    subject = attempt.username if row is not None else None
    before = store.failures_of(connection, attempt.username)
    if seconds := locked_seconds(before, now):
        params: dict[str, Any] = {"reason": "locked"}
        record(connection, AccountAct.SESSION_REFUSED, act, subject=subject, success=False, params=params)
        return Refused(TooManyRequests("session.locked", retry_after=seconds), "locked")
    failures = after_failure(before, now, config.lockout)
    store.keep_failures(connection, attempt.username, failures)
    params = {"reason": "disabled" if row is not None and row.disabled else "credentials", "failures": failures.count}
    action = AccountAct.SESSION_LOCKED if failures.locked_until else AccountAct.SESSION_REFUSED
    record(connection, action, act, subject=subject, success=False, params=params)
    return Refused(Unauthenticated("session.bad_credentials"), "bad_credentials")


def _accept(
    connection: Connection, config: IdentityConfig, attempt: _Attempt, newer_hash: str | None, now: datetime
) -> OpenedSession | Refused:
    row = store.account_by_username(connection, attempt.username)
    is_locked = locked_seconds(store.failures_of(connection, attempt.username), now) > 0
    # INVARIANT: a right password that comes after the lock, or after a change of the account, opens nothing.
    if row is None or row.disabled or row.password_hash != attempt.known_hash or is_locked:
        return _refuse(connection, config, attempt, row, now)
    store.clear_failures(connection, attempt.username)
    if newer_hash is not None:
        store.update_account(connection, row.id, {"password_hash": newer_hash})
    if attempt.replaces is not None:
        store.end_session(connection, attempt.replaces, "replaced", now)
    actor = actor_of(row)
    act = Act(now, actor, attempt.origin)
    record(connection, AccountAct.SESSION_OPENED, act, subject=actor.username)
    return open_session(connection, config, actor, attempt.origin, now)


def open_session(
    connection: Connection, config: IdentityConfig, actor: Actor, origin: Origin, now: datetime
) -> OpenedSession:
    """A session with a new opaque token of 256 bits."""
    token = secrets.token_urlsafe(32)
    expires_at = now + config.session.absolute.value
    store.insert_session(
        connection,
        {
            "token_hash": token_hash(token),
            "account_id": actor.account_id,
            "created_at": now,
            "last_seen_at": now,
            "expires_at": expires_at,
            "address": origin.address,
            "user_agent": origin.user_agent[:_MAX_AGENT],
        },
    )
    return OpenedSession(token, actor, ends_at(now, expires_at, config.session), expires_at)
