"""Keeping accounts: create, change, disable, reset; and the first one of all."""

from typing import Any

import structlog
from sqlalchemy import Connection, Row

from services.identity import store
from services.identity.domain.accounts import binding_faults, normal_username, username_faults
from services.identity.domain.audit import AccountAct
from services.identity.domain.policy import IdentityConfig
from services.identity.handlers.audit import Act, record
from services.identity.handlers.grants import require_own_account, retell_grants
from services.identity.handlers.passwords import Passwords, judge_password, one_time_password
from services.identity.schemas import ChangeAccount, CreateAccount, account_fact, account_json
from shared.http.hosting import Deps
from shared.kernel.access import Role
from shared.kernel.errors import Conflict, Invalid, NotFound
from shared.kernel.ids import new_id
from shared.storage.system import append_facts

FIRST_USERNAME = "admin"
_NULLABLE = ("territory", "person_id", "unit_id")
_log = structlog.get_logger(__name__)


def check_new_account(command: CreateAccount) -> str:
    """The normalised username of a sound new account.

    Raises:
        Invalid: the username is no username, or a role lacks what it is bound to.
    """
    username = normal_username(command.username)
    faults = username_faults(username) + binding_faults(command.roles, command.territory, command.unit_id)
    if faults:
        raise Invalid("request.invalid", faults=faults)
    return username


def create_account(
    connection: Connection, deps: Deps, act: Act, command: CreateAccount, *, password_hash: str, must_change: bool
) -> dict[str, Any]:
    """Add the account.

    Raises:
        Conflict: `account.username_taken`.
    """
    username = check_new_account(command)
    if store.account_by_username(connection, username) is not None:
        raise Conflict("account.username_taken", username=username)
    values = {
        "id": new_id(),
        "username": username,
        "name": command.name,
        "roles": sorted(set(command.roles)),
        "territory": command.territory,
        "person_id": command.person_id,
        "unit_id": command.unit_id,
        "password_hash": password_hash,
        "must_change_password": must_change,
        "disabled": False,
        "version": 1,
        "created_at": act.now,
        "updated_at": act.now,
    }
    store.insert_account(connection, values)
    record(connection, AccountAct.ACCOUNT_CREATED, act, subject=username, params={"roles": values["roles"]})
    return _told(connection, deps, act, _row(connection, str(values["id"])), "created")


def change_account(
    connection: Connection, deps: Deps, act: Act, account_id: str, command: ChangeAccount
) -> dict[str, Any]:
    """Change what the command names; sessions end when the account is disabled.

    Raises:
        NotFound: `account.not_found`.
        Conflict: `account.changed` (with `current`), `account.last_admin`, `account.elsewhere`.
        Invalid: a role lacks what it is bound to.
    """
    row = _row(connection, account_id)
    require_own_account(row)
    if command.version is not None and command.version != row.version:
        raise Conflict("account.changed", current=account_json(row))
    changes = _changes(row, command)
    if not changes:
        return account_json(row)
    _check_after(connection, row, changes)
    store.update_account(connection, row.id, {**changes, "version": row.version + 1, "updated_at": act.now})
    fact, action = "changed", AccountAct.ACCOUNT_CHANGED
    if changes.get("disabled") is True:
        fact, action = "disabled", AccountAct.ACCOUNT_DISABLED
        store.end_sessions(connection, row.id, "disabled", act.now)
    elif changes.get("disabled") is False:
        action = AccountAct.ACCOUNT_ENABLED
    params = {name: [getattr(row, name), value] for name, value in changes.items()}
    record(connection, action, act, subject=row.username, params=params)
    retell_grants(connection, deps, act, row.id)
    return _told(connection, deps, act, _row(connection, row.id), fact, *sorted(changes))


def reset_password(connection: Connection, deps: Deps, act: Act, account_id: str, password_hash: str) -> None:
    """Put a one-time password in place: every session ends, a lock is lifted, it must be changed at the next login.

    Until then the account cannot be used at the other sites to which it is granted.

    Raises:
        NotFound: `account.not_found`.
        Conflict: `account.elsewhere`.
    """
    row = _row(connection, account_id)
    require_own_account(row)
    values = {"password_hash": password_hash, "must_change_password": True, "updated_at": act.now}
    store.update_account(connection, row.id, values)
    store.end_sessions(connection, row.id, "reset", act.now)
    store.clear_failures(connection, row.username)
    record(connection, AccountAct.PASSWORD_RESET, act, subject=row.username)
    retell_grants(connection, deps, act, row.id)


def bootstrap(
    connection: Connection, deps: Deps, config: IdentityConfig, passwords: Passwords, password: str | None
) -> str | None:
    """Create the administrator if there is no account at all.

    Args:
        password: from the operator's settings; without it a one-time password is made.

    Returns:
        The one-time password, to be shown once; None if there was nothing to do or the password was given.
    """
    if store.has_accounts(connection):
        return None
    chosen = password or one_time_password()
    if password is not None and judge_password(password, FIRST_USERNAME, config):
        # Told, not refused: a site that cannot start helps nobody.
        _log.warning("admin_password_weak", username=FIRST_USERNAME)
    command = CreateAccount(username=FIRST_USERNAME, name="系统管理员", roles=[Role.ADMIN])
    hashed = passwords.hash_now(chosen)
    act = Act(deps.clock.now())
    create_account(connection, deps, act, command, password_hash=hashed, must_change=password is None)
    return chosen if password is None else None


def _row(connection: Connection, account_id: str) -> Row[Any]:
    row = store.account_by_id(connection, account_id)
    if row is None:
        raise NotFound("account.not_found")
    return row


def _changes(row: Row[Any], command: ChangeAccount) -> dict[str, Any]:
    """Columns that become different. Null clears what may be empty and means nothing elsewhere."""
    asked: dict[str, Any] = {name: getattr(command, name) for name in command.model_fields_set if name != "version"}
    if asked.get("roles") is not None:
        asked["roles"] = sorted(set(asked["roles"]))
    given = {name: value for name, value in asked.items() if value is not None or name in _NULLABLE}
    return {name: value for name, value in given.items() if value != getattr(row, name)}


def _check_after(connection: Connection, row: Row[Any], changes: dict[str, Any]) -> None:
    """Refuse what the account would become."""
    after = {name: changes.get(name, getattr(row, name)) for name in ("roles", "territory", "unit_id", "disabled")}
    faults = binding_faults([Role(role) for role in after["roles"]], after["territory"], after["unit_id"])
    if faults:
        raise Invalid("request.invalid", faults=faults)
    stays = Role.ADMIN in after["roles"] and not after["disabled"]
    others = any(Role.ADMIN in held for account_id, held in store.enabled_roles(connection) if account_id != row.id)
    if Role.ADMIN in row.roles and not row.disabled and not stays and not others:
        raise Conflict("account.last_admin")


def _told(connection: Connection, deps: Deps, act: Act, row: Row[Any], fact: str, *changed: str) -> dict[str, Any]:
    """Tell the other services, and answer with the account as it is now."""
    payload = account_fact(row, changed=list(changed), actor_name=act.actor.name if act.actor else None)
    kind = f"identity.account.{fact}.v1"
    append_facts(connection, deps.draft(kind, row.id, row.version, payload, now=act.now, actor=act.actor))
    return account_json(row)
