"""Grants one by one, and all of them with how far each has come."""

from typing import Any

from sqlalchemy import Connection, Row

from services.identity import store
from services.identity.handlers.audit import Act
from services.identity.handlers.grants import give_grants
from services.identity.schemas import grant_json
from shared.http.hosting import Deps
from shared.http.paging import keyed_page
from shared.kernel.clock import wire_time
from shared.kernel.homes import HUB, site_name


def add_grant(connection: Connection, deps: Deps, act: Act, account_id: str, site: str) -> list[dict[str, Any]]:
    """Let the account log in at this site too; the others stay. Errors as of `give_grants`."""
    return give_grants(connection, deps, act, account_id, [*_sites_of(connection, account_id), site])


def end_grant(connection: Connection, deps: Deps, act: Act, account_id: str, site: str) -> list[dict[str, Any]]:
    """Revoke the account at this site; the others stay. Errors as of `give_grants`."""
    left = [one for one in _sites_of(connection, account_id) if one != site]
    return give_grants(connection, deps, act, account_id, left)


def _sites_of(connection: Connection, account_id: str) -> list[str]:
    return [grant.site for grant in store.grants_of(connection, account_id) if grant.revoked_at is None]


def grants_page(connection: Connection, deps: Deps, key: tuple[str, str], limit: int) -> dict[str, Any]:
    """One page of all grants by username and site, with the sites to which one can be given."""
    rows = store.grants_after(connection, key, limit + 1)
    body = keyed_page(rows, limit, lambda row: (row.username, row.site), _view)
    sites = [{"site": site, "site_name": site_name(site)} for site in store.sites_with_keys(connection)]
    return {**body, "sites": sites, "may_grant": deps.site == HUB}


def _view(row: Row[Any]) -> dict[str, Any]:
    times = {name: getattr(row, name) for name in ("given_at", "revoked_at", "told_at", "arrived_at")}
    return {
        **grant_json(row),
        **{name: None if moment is None else wire_time(moment) for name, moment in times.items()},
        "site_name": site_name(row.site),
        "state": state_of(row),
    }


def state_of(row: Row[Any]) -> str:
    """How far the centre's last word has come: what counts is what the other site has confirmed."""
    has_arrived = row.arrived_version is not None and row.arrived_version >= row.version
    if row.revoked_at is not None:
        return "revoked" if has_arrived else "revoking"
    if not has_arrived:
        return "giving" if row.arrived_version is None else "changing"
    if row.opens_there:
        return "open"
    return "locked" if row.disabled or row.must_change_password else "unreadable"
