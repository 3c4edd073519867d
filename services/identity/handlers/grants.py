"""Accounts of the centre at other sites: given beforehand, usable while the link is cut, taken back by fact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from services.identity import store
from services.identity.domain.audit import AccountAct
from services.identity.handlers.audit import Act, record
from services.identity.handlers.sealing import CannotOpen, new_key_pair, seal, unseal
from services.identity.schemas import account_json
from shared.contracts.envelope import Envelope
from shared.contracts.events.identity import GrantFact, GrantReceiptFact, SealingKeyFact
from shared.http.hosting import Deps
from shared.kernel.access import Role
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.homes import HUB, site_name
from shared.storage.system import append_facts

_MAX_USERNAME = 40
_log = structlog.get_logger(__name__)


def ensure_sealing_key(connection: Connection, deps: Deps) -> None:
    """Make this site's key at its first start and announce its public half; the centre is granted nothing."""
    if deps.site == HUB or store.sealing_key(connection, deps.site) is not None:
        return
    now = deps.clock.now()
    private_key, public_key = new_key_pair()
    version = int(now.timestamp() * 1000)  # a site that lost its disk announces a newer one
    store.keep_sealing_key(connection, deps.site, public_key, version, private_key)
    payload = SealingKeyFact(site=deps.site, public_key=public_key)
    kind = "identity.sealing_key.announced.v1"
    append_facts(connection, deps.draft(kind, deps.site, version, payload, now=now))


def require_own_account(row: Row[Any]) -> None:
    """Refuse to change an account that another site keeps.

    Raises:
        Conflict: `account.elsewhere`.
    """
    if row.home_site is not None:
        raise Conflict("account.elsewhere", site=row.home_site, site_name=site_name(row.home_site))


def give_grants(
    connection: Connection, deps: Deps, act: Act, account_id: str, sites: list[str]
) -> list[dict[str, Any]]:
    """Let the account log in at exactly these other sites: new ones are given, those left out are revoked.

    Raises:
        NotFound: `account.not_found`.
        Conflict: `account.elsewhere`, `grant.only_centre`, `grant.password_not_set`.
        Invalid: `grant.to_self`, `grant.site_unknown`.
    """
    row = store.account_by_id(connection, account_id)
    if row is None:
        raise NotFound("account.not_found")
    require_own_account(row)
    if deps.site != HUB:
        raise Conflict("grant.only_centre")
    if sites and row.must_change_password:
        raise Conflict("grant.password_not_set")
    known = {grant.site: grant for grant in store.grants_of(connection, account_id)}
    for site in sorted(set(sites)):
        _require_site(connection, deps, site)
        if site not in known or known[site].revoked_at is not None:
            _tell(connection, deps, act, row, site, "given", known.get(site))
            record(connection, AccountAct.GRANT_GIVEN, act, subject=row.username, params={"site": site})
    for site, grant in known.items():
        if site not in sites and grant.revoked_at is None:
            _tell(connection, deps, act, row, site, "revoked", grant)
            record(connection, AccountAct.GRANT_REVOKED, act, subject=row.username, params={"site": site})
    return grants_view(connection, account_id)


def _require_site(connection: Connection, deps: Deps, site: str) -> None:
    if site == deps.site:
        raise Invalid("grant.to_self", faults=(FieldFault("/sites", "grant.to_self"),))
    if store.sealing_key(connection, site) is None:
        fault = FieldFault("/sites", "grant.site_unknown", site=site)
        raise Invalid("grant.site_unknown", faults=(fault,), site=site)


def grants_view(connection: Connection, account_id: str) -> list[dict[str, Any]]:
    """Where the account may log in besides its home."""
    return [
        {"site": grant.site, "site_name": site_name(grant.site), "given_at": wire_time(grant.given_at)}
        for grant in store.grants_of(connection, account_id)
        if grant.revoked_at is None
    ]


def retell_grants(connection: Connection, deps: Deps, act: Act, account_id: str) -> None:
    """Bring every site that has the account up to its present state: name, roles, password, disabled or not."""
    row = store.account_by_id(connection, account_id)
    if row is None:
        return
    for grant in store.grants_of(connection, account_id):
        if grant.revoked_at is None:
            _tell(connection, deps, act, row, grant.site, "changed", grant)


def hear_key(connection: Connection, deps: Deps, envelope: Envelope, fact: SealingKeyFact, now: datetime) -> None:
    """Keep another site's key; what was sealed for its former one is sealed anew."""
    if fact.site != envelope.site or fact.site == deps.site:
        return
    if store.keep_sealing_key(connection, fact.site, fact.public_key, envelope.aggregateversion):
        for grant in store.grants_to(connection, fact.site):
            row = store.account_by_id(connection, grant.account_id)
            if row is not None:
                _tell(connection, deps, Act(now), row, grant.site, "changed", grant)


def _tell(
    connection: Connection, deps: Deps, act: Act, row: Row[Any], site: str, fact: str, grant: Row[Any] | None
) -> None:
    version = grant.version + 1 if grant is not None else 1
    is_usable = fact != "revoked" and not row.disabled and not row.must_change_password
    key = store.sealing_key(connection, site) if is_usable else None
    place = _place(row.id, deps.site, site, version)
    payload = GrantFact(
        account_id=row.id,
        username=row.username,
        name=row.name,
        roles=[Role(role) for role in row.roles],
        territory=row.territory,
        person_id=row.person_id,
        unit_id=row.unit_id,
        is_usable=is_usable,
        sealed=seal(row.password_hash, key.public_key, place) if key is not None else None,
        to_site=site,
        home_site=deps.site,
        actor_name=act.actor.name if act.actor else None,
    )
    store.keep_grant(connection, row.id, site, version=version, now=act.now, fact=fact)
    kind = f"identity.grant.{fact}.v1"
    append_facts(connection, deps.draft(kind, f"{row.id}.{site}", version, payload, now=act.now, actor=act.actor))


def _place(account_id: str, home_site: str, site: str, version: int) -> str:
    return f"{account_id}|{home_site}|{site}|{version}"


def hear_grant(connection: Connection, deps: Deps, envelope: Envelope, fact: GrantFact, now: datetime) -> bool:
    """Take, change or lock an account of the centre; returns whether its sessions here have ended.

    Only the centre may grant: a site whose machine was stolen must not make itself an account elsewhere.
    """
    if fact.to_site != deps.site or envelope.site != HUB or fact.home_site != HUB:
        return False
    known, version = store.account_by_id(connection, fact.account_id), envelope.aggregateversion
    if known is not None and (known.home_site != fact.home_site or known.version >= version):
        return False
    hashed = _opened(connection, deps, fact, version)
    values = {
        "name": fact.name,
        "roles": sorted(role.value for role in fact.roles),
        "territory": fact.territory,
        "person_id": fact.person_id,
        "unit_id": fact.unit_id,
        "disabled": hashed is None,
        "version": version,
        "updated_at": now,
    }
    act = Act(now)
    username = _free_username(connection, fact) if known is None else known.username
    confirm_arrival(connection, deps, Arrival(fact.account_id, username, version, hashed is not None), now)
    values["receipted"] = version
    if known is None:
        more = {"id": fact.account_id, "username": username, "home_site": fact.home_site, "created_at": now}
        secret = {"password_hash": hashed or "", "must_change_password": False}
        store.insert_account(connection, {**values, **more, **secret})
        record(connection, AccountAct.ACCOUNT_RECEIVED, act, subject=username, params={"site": fact.home_site})
        return False
    store.update_account(connection, known.id, {**values, "password_hash": hashed or known.password_hash})
    record(
        connection, AccountAct.ACCOUNT_RECEIVED, act, subject=known.username,
        params={"site": fact.home_site, "usable": hashed is not None},
    )  # fmt: skip
    if hashed is not None and hashed == known.password_hash:
        return True  # the roles may have changed: what is remembered of the sessions is stale
    store.end_sessions(connection, known.id, "disabled" if hashed is None else "password", now)
    return True


@dataclass(frozen=True, slots=True)
class Arrival:
    """What has become of a granted account at this site."""

    account_id: str
    username: str
    version: int
    is_usable: bool


def confirm_arrival(connection: Connection, deps: Deps, arrival: Arrival, now: datetime) -> None:
    """Tell the centre that its word has taken effect here."""
    payload = GrantReceiptFact(
        account_id=arrival.account_id,
        username=arrival.username,
        grant_version=arrival.version,
        is_usable=arrival.is_usable,
        to_site=deps.site,
        home_site=deps.site,
    )
    subject = f"{arrival.account_id}.{deps.site}"
    append_facts(connection, deps.draft("identity.grant_receipt.made.v1", subject, arrival.version, payload, now=now))


def confirm_earlier(connection: Connection, deps: Deps) -> None:
    """At start: confirm what arrived before anything was confirmed."""
    now = deps.clock.now()
    for row in store.unreceipted(connection):
        confirm_arrival(connection, deps, Arrival(row.id, row.username, row.version, not row.disabled), now)
        store.update_account(connection, row.id, {"receipted": row.version})


def hear_receipt(connection: Connection, envelope: Envelope, fact: GrantReceiptFact) -> None:
    """Another site says what has arrived there; only about itself."""
    if envelope.site == fact.to_site:
        values = {"arrived_at": envelope.time, "opens_there": fact.is_usable, "username_there": fact.username}
        store.keep_arrival(connection, fact.account_id, fact.to_site, fact.grant_version, values)


def _opened(connection: Connection, deps: Deps, fact: GrantFact, version: int) -> str | None:
    """The password's hash; None when the account may not be used here."""
    own = store.sealing_key(connection, deps.site)
    if not fact.is_usable or fact.sealed is None or own is None or own.private_key is None:
        return None
    try:
        return unseal(fact.sealed, own.private_key, _place(fact.account_id, fact.home_site, deps.site, version))
    except CannotOpen:
        _log.warning("grant_not_opened", account_id=fact.account_id)  # sealed for a key that was lost; comes anew
        return None


def _free_username(connection: Connection, fact: GrantFact) -> str:
    """The same name as at home unless somebody here has it: then `name@hub`."""
    if store.account_by_username(connection, fact.username) is None:
        return fact.username
    suffix = f"@{fact.home_site}"
    return fact.username[: _MAX_USERNAME - len(suffix)] + suffix


def granted_account(row: Row[Any]) -> dict[str, Any]:
    """An account with the site that keeps it, None for an own one."""
    return {**account_json(row), "home_site": row.home_site}
