"""What a person does with the own session: log out, change the password."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from services.identity import store
from services.identity.domain.audit import AccountAct
from services.identity.domain.lockout import after_failure, locked_seconds
from services.identity.domain.policy import IdentityConfig
from services.identity.handlers.audit import Act, Origin, record
from services.identity.handlers.context import Identity
from services.identity.handlers.grants import require_own_account, retell_grants
from services.identity.handlers.login import OpenedSession, open_session
from services.identity.handlers.verifier import token_hash
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid, TooManyRequests, Unauthenticated


async def log_out(identity: Identity, actor: Actor, token: str, origin: Origin) -> None:
    """End the session of this token."""
    now = identity.now()

    def end(connection: Connection) -> None:
        if store.end_session(connection, token_hash(token), "logout", now):
            record(connection, AccountAct.SESSION_CLOSED, Act(now, actor, origin), subject=actor.username)

    await identity.deps.database.write(end)
    identity.sessions.forget()


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """One's own password, old and new, and the session in which it is changed.

    Args:
        rotate: give this client a new token too (a browser, whose cookie is replaced); a program that sends its
            token itself keeps it, since an answer without a body could not tell it the new one.
    """

    current: str
    new: str
    token: str
    rotate: bool


async def change_password(
    identity: Identity, actor: Actor, change: PasswordChange, origin: Origin
) -> OpenedSession | None:
    """Set a new password and end every other session of the account; the new session if the token was rotated.

    Raises:
        Invalid: `password.current_wrong`, `password.unchanged` or `password.too_weak`.
        TooManyRequests: `session.locked` after too many wrong passwords.
        Conflict: `account.changed`, the password was changed by another at the same time; `account.elsewhere`.
    """
    known_hash = await _require_current(identity, actor, change.current, origin)
    if change.new == change.current:
        raise Invalid("password.too_weak", faults=(FieldFault("/new", "password.unchanged"),))
    await identity.passwords.require_good(change.new, actor.username, field="new")
    new_hash = await identity.passwords.hash(change.new)
    act = Act(identity.now(), actor, origin)

    def apply(connection: Connection) -> OpenedSession | None:
        _replace_hash(connection, actor, known_hash, new_hash, act.now)
        kept = None if change.rotate else token_hash(change.token)
        store.end_sessions(connection, actor.account_id, "password", act.now, but=kept)
        record(connection, AccountAct.PASSWORD_CHANGED, act, subject=actor.username)
        retell_grants(connection, identity.deps, act, actor.account_id)
        renewed = replace(actor, must_change_password=False)
        return open_session(connection, identity.config, renewed, origin, act.now) if change.rotate else None

    opened = await identity.deps.database.write(apply)
    identity.sessions.forget()
    return opened


def _replace_hash(connection: Connection, actor: Actor, known_hash: str, new_hash: str, now: datetime) -> None:
    row = store.account_by_id(connection, actor.account_id)
    if row is None or row.password_hash != known_hash:
        raise Conflict("account.changed")
    values = {"password_hash": new_hash, "must_change_password": False, "updated_at": now}
    store.update_account(connection, actor.account_id, values)


async def _require_current(identity: Identity, actor: Actor, password: str, origin: Origin) -> str:
    """The stored hash, if the password fits it; a stolen session may guess no more often than a stranger."""
    database = identity.deps.database
    row, failures = await database.read(
        lambda c: (store.account_by_id(c, actor.account_id), store.failures_of(c, actor.username))
    )
    if row is None:
        raise Unauthenticated("session.expired")
    require_own_account(row)
    if seconds := locked_seconds(failures, identity.now()):
        raise TooManyRequests("session.locked", retry_after=seconds)
    right, _newer = await identity.passwords.verify(password, row.password_hash)
    if not right:
        act = Act(identity.now(), actor, origin)
        await database.write(lambda c: _count_wrong(c, identity.config, actor, act))
        raise Invalid("request.invalid", faults=(FieldFault("/current", "password.current_wrong"),))
    return str(row.password_hash)


def _count_wrong(connection: Connection, config: IdentityConfig, actor: Actor, act: Act) -> None:
    failures = after_failure(store.failures_of(connection, actor.username), act.now, config.lockout)
    store.keep_failures(connection, actor.username, failures)
    record(connection, AccountAct.PASSWORD_REFUSED, act, subject=actor.username, success=False)
