"""Queries of identity."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from services.identity.domain.audit import AuditEntry, Head, Link, audit_action
from services.identity.domain.lockout import Failures
from services.identity.tables import ACCOUNT, AUDIT, GRANT, LOGIN_FAILURE, PAGE_SECRET, SEALING_KEY, SESSION

_BY_TOKEN = (
    select(ACCOUNT, SESSION.c.last_seen_at, SESSION.c.expires_at)
    .join_from(SESSION, ACCOUNT, SESSION.c.account_id == ACCOUNT.c.id)
    .where(SESSION.c.ended_at.is_(None), ACCOUNT.c.disabled.is_(False))
)


def account_by_id(connection: Connection, account_id: str) -> Row[Any] | None:
    """The account with this id."""
    return connection.execute(select(ACCOUNT).where(ACCOUNT.c.id == account_id)).first()


def account_by_username(connection: Connection, username: str) -> Row[Any] | None:
    """The account with this normalised username."""
    return connection.execute(select(ACCOUNT).where(ACCOUNT.c.username == username)).first()


def accounts_after(connection: Connection, username: str, limit: int) -> list[Row[Any]]:
    """Accounts by username, from behind the given one."""
    query = select(ACCOUNT).where(ACCOUNT.c.username > username).order_by(ACCOUNT.c.username).limit(limit)
    return list(connection.execute(query))


def has_accounts(connection: Connection) -> bool:
    """Whether anybody could log in at all."""
    return connection.execute(select(ACCOUNT.c.id).limit(1)).first() is not None


def enabled_roles(connection: Connection) -> list[tuple[str, list[str]]]:
    """Id and roles of every enabled account of this site; a granted one may be taken back at any time."""
    own = (ACCOUNT.c.disabled.is_(False), ACCOUNT.c.home_site.is_(None))
    query = select(ACCOUNT.c.id, ACCOUNT.c.roles).where(*own)
    return [(row.id, row.roles) for row in connection.execute(query)]


def insert_account(connection: Connection, values: dict[str, Any]) -> None:
    """A new row."""
    connection.execute(insert(ACCOUNT), values)


def update_account(connection: Connection, account_id: str, values: dict[str, Any]) -> None:
    """Change these columns."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**values))


def live_session(connection: Connection, token_hash: str) -> Row[Any] | None:
    """The account of a session that was not ended, with `last_seen_at` and `expires_at`; time is not looked at."""
    return connection.execute(_BY_TOKEN.where(SESSION.c.token_hash == token_hash)).first()


def insert_session(connection: Connection, values: dict[str, Any]) -> None:
    """A new login."""
    connection.execute(insert(SESSION), values)


def touch_session(connection: Connection, token_hash: str, now: datetime) -> None:
    """Note that the session was used."""
    connection.execute(update(SESSION).where(SESSION.c.token_hash == token_hash).values(last_seen_at=now))


def end_session(connection: Connection, token_hash: str, reason: str, now: datetime) -> bool:
    """End one session; whether it was still open."""
    open_one = update(SESSION).where(SESSION.c.token_hash == token_hash, SESSION.c.ended_at.is_(None))
    return connection.execute(open_one.values(ended_at=now, end_reason=reason)).rowcount > 0


def end_sessions(connection: Connection, account_id: str, reason: str, now: datetime, *, but: str | None = None) -> int:
    """End all sessions of the account, all but one if its hash is given; how many were open."""
    those = update(SESSION).where(SESSION.c.account_id == account_id, SESSION.c.ended_at.is_(None))
    if but is not None:
        those = those.where(SESSION.c.token_hash != but)
    return connection.execute(those.values(ended_at=now, end_reason=reason)).rowcount


def failures_of(connection: Connection, username: str) -> Failures | None:
    """The wrong passwords counted for this username."""
    row = connection.execute(select(LOGIN_FAILURE).where(LOGIN_FAILURE.c.username == username)).first()
    return None if row is None else Failures(row.failures, row.last_failed_at, row.locked_until)


def keep_failures(connection: Connection, username: str, failures: Failures) -> None:
    """Replace the count."""
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {
        "failures": failures.count,
        "last_failed_at": failures.last_failed_at,
        "locked_until": failures.locked_until,
    }
    statement = kind.insert(LOGIN_FAILURE).values(username=username, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["username"], set_=values))


def clear_failures(connection: Connection, username: str) -> None:
    """Forget the count."""
    connection.execute(delete(LOGIN_FAILURE).where(LOGIN_FAILURE.c.username == username))


def last_audit(connection: Connection) -> Head | None:
    """Number and hash of the head of the chain."""
    row = connection.execute(select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1)).first()
    return None if row is None else (row.seq, row.hash)


def insert_audit(connection: Connection, link: Link) -> None:
    """Put the entry at the end."""
    entry = link.entry
    connection.execute(
        insert(AUDIT),
        {
            "seq": entry.seq,
            "at": entry.at,
            "actor_id": entry.actor_id,
            "actor_name": entry.actor_name,
            "action": entry.action.value,
            "object": entry.object,
            "success": entry.success,
            "address": entry.address,
            "params": entry.params,
            "prev": link.prev,
            "hash": link.hash,
        },
    )


def audit_before(connection: Connection, seq: int | None, limit: int) -> list[Link]:
    """Entries from the newest down, from below the given number."""
    query = select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(limit)
    return _links(connection, query if seq is None else query.where(AUDIT.c.seq < seq))


def audit_after(connection: Connection, seq: int, limit: int) -> list[Link]:
    """The next entries of the chain, oldest first."""
    return _links(connection, select(AUDIT).where(AUDIT.c.seq > seq).order_by(AUDIT.c.seq).limit(limit))


def _links(connection: Connection, query: Select[Any]) -> list[Link]:
    return [
        Link(
            AuditEntry(
                seq=row.seq,
                at=row.at,
                action=audit_action(row.action),
                success=row.success,
                actor_id=row.actor_id,
                actor_name=row.actor_name,
                object=row.object,
                address=row.address,
                params=row.params,
            ),
            row.prev,
            row.hash,
        )
        for row in connection.execute(query)
    ]


def prune(connection: Connection, *, sessions_before: datetime, failures_before: datetime) -> int:
    """Drop sessions that are over since long and forgotten failures; how many rows went."""
    over = or_(SESSION.c.ended_at < sessions_before, SESSION.c.expires_at < sessions_before)
    gone = connection.execute(delete(SESSION).where(over)).rowcount
    old = delete(LOGIN_FAILURE).where(LOGIN_FAILURE.c.last_failed_at < failures_before)
    return gone + connection.execute(old).rowcount


def page_secret(connection: Connection) -> str | None:
    """The secret of which the keys for what browsers keep are made."""
    return connection.execute(select(PAGE_SECRET.c.secret)).scalar_one_or_none()


def keep_page_secret(connection: Connection, secret: str) -> None:
    """Keep it for ever."""
    connection.execute(insert(PAGE_SECRET), {"id": 1, "secret": secret})


def sealing_key(connection: Connection, site: str) -> Row[Any] | None:
    """The key of this site; with `private_key` only if it is the own one."""
    return connection.execute(select(SEALING_KEY).where(SEALING_KEY.c.site == site)).first()


def keep_sealing_key(
    connection: Connection, site: str, public_key: str, version: int, private_key: str | None = None
) -> bool:
    """Keep a site's key unless a newer one is known; returns whether it was news."""
    known = sealing_key(connection, site)
    values = {"public_key": public_key, "version": version, "private_key": private_key}
    if known is None:
        connection.execute(insert(SEALING_KEY), {"site": site, **values})
        return True
    if known.version >= version or known.private_key is not None:
        return False
    connection.execute(update(SEALING_KEY).where(SEALING_KEY.c.site == site).values(**values))
    return True


def grants_of(connection: Connection, account_id: str) -> list[Row[Any]]:
    """The sites to which the account was ever granted."""
    query = select(GRANT).where(GRANT.c.account_id == account_id).order_by(GRANT.c.site)
    return list(connection.execute(query))


def grants_to(connection: Connection, site: str) -> list[Row[Any]]:
    """The accounts that are granted to the site now."""
    return list(connection.execute(select(GRANT).where(GRANT.c.site == site, GRANT.c.revoked_at.is_(None))))


def keep_grant(connection: Connection, account_id: str, site: str, *, version: int, now: datetime, fact: str) -> None:
    """Keep the grant's next version, which is on its way from now on."""
    values: dict[str, Any] = {"version": version, "told_at": now}
    if fact != "changed":
        values["revoked_at"] = now if fact == "revoked" else None
    if fact == "given":
        values["given_at"] = now
    if version == 1:
        connection.execute(insert(GRANT), {"account_id": account_id, "site": site, **values})
        return
    connection.execute(update(GRANT).where(*_of_grant(account_id, site)).values(**values))


def _of_grant(account_id: str, site: str) -> tuple[ColumnElement[bool], ...]:
    return GRANT.c.account_id == account_id, GRANT.c.site == site


def keep_arrival(connection: Connection, account_id: str, site: str, version: int, values: dict[str, Any]) -> None:
    """Keep what the other site has confirmed, unless something newer is known."""
    newer = or_(GRANT.c.arrived_version.is_(None), GRANT.c.arrived_version < version)
    told = update(GRANT).where(*_of_grant(account_id, site), newer)
    connection.execute(told.values(arrived_version=version, **values))


def grants_after(connection: Connection, key: tuple[str, str], limit: int) -> list[Row[Any]]:
    """Every grant with its account, by username and site, from behind the given ones."""
    query = select(
        GRANT, ACCOUNT.c.username, ACCOUNT.c.name, ACCOUNT.c.roles, ACCOUNT.c.disabled, ACCOUNT.c.must_change_password
    ).join_from(GRANT, ACCOUNT, GRANT.c.account_id == ACCOUNT.c.id)
    ordered = query.where(tuple_(ACCOUNT.c.username, GRANT.c.site) > key).order_by(ACCOUNT.c.username, GRANT.c.site)
    return list(connection.execute(ordered.limit(limit)))


def sites_with_keys(connection: Connection) -> list[str]:
    """The other sites to which accounts can be granted."""
    query = select(SEALING_KEY.c.site).where(SEALING_KEY.c.private_key.is_(None)).order_by(SEALING_KEY.c.site)
    return [row.site for row in connection.execute(query)]


def unreceipted(connection: Connection) -> list[Row[Any]]:
    """Granted accounts whose home was not told yet that they have arrived as they are."""
    untold = or_(ACCOUNT.c.receipted.is_(None), ACCOUNT.c.receipted < ACCOUNT.c.version)
    return list(connection.execute(select(ACCOUNT).where(ACCOUNT.c.home_site.is_not(None), untold)))
