"""Bodies of identity's requests and answers."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import Row

from services.identity.domain.audit import Link
from shared.contracts.events.identity import AccountFact
from shared.http.schemas import Command
from shared.kernel.access import Actor, Role
from shared.kernel.clock import wire_time

Secret = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=128)]
"""A password: spaces at its ends belong to it."""
Username = Annotated[str, Field(min_length=1, max_length=40)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Reference = Annotated[str, Field(min_length=1, max_length=36)]


class OpenSession(Command):
    """Log in."""

    username: Username
    password: Secret = Field(repr=False)


class ChangePassword(Command):
    """Change one's own password."""

    current: Secret = Field(repr=False)
    new: Secret = Field(repr=False)


class CreateAccount(Command):
    """A new account; without a password a one-time password is made and answered once."""

    username: Username
    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=8)]
    territory: Reference | None = None
    person_id: Reference | None = None
    unit_id: Reference | None = None
    password: Secret | None = Field(None, repr=False)


class ChangeAccount(Command):
    """Fields to change; those that are absent stay. `version` guards against overwriting another's change."""

    name: Name | None = None
    roles: Annotated[list[Role], Field(min_length=1, max_length=8)] | None = None
    territory: Reference | None = None
    person_id: Reference | None = None
    unit_id: Reference | None = None
    disabled: bool | None = None
    version: int | None = None


class GiveGrants(Command):
    """All other sites at which the account may log in; those left out lose it."""

    sites: Annotated[list[Reference], Field(max_length=64)]


def actor_of(row: Row[Any]) -> Actor:
    """The actor behind an account row."""
    return Actor(
        account_id=row.id,
        username=row.username,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        territory=row.territory,
        person_id=row.person_id,
        unit_id=row.unit_id,
        must_change_password=row.must_change_password,
    )


def actor_json(actor: Actor) -> dict[str, Any]:
    """An account as its own session shows it."""
    return {
        "id": actor.account_id,
        "username": actor.username,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "territory": actor.territory,
        "person_id": actor.person_id,
        "unit_id": actor.unit_id,
        "must_change_password": actor.must_change_password,
        "disabled": False,
    }


def account_json(row: Row[Any]) -> dict[str, Any]:
    """An account as the administrator sees it; never a hash."""
    return {
        **actor_json(actor_of(row)),
        "disabled": row.disabled,
        "version": row.version,
        "created_at": wire_time(row.created_at),
        "updated_at": wire_time(row.updated_at),
    }


def grant_json(row: Row[Any]) -> dict[str, Any]:
    """A grant with its account, without its times."""
    return {
        "account_id": row.account_id,
        "username": row.username,
        "name": row.name,
        "roles": sorted(row.roles),
        "disabled": row.disabled,
        "site": row.site,
        "username_there": row.username_there,
    }


def account_fact(row: Row[Any], *, changed: list[str], actor_name: str | None) -> AccountFact:
    """The payload that tells the other services about the account."""
    return AccountFact(
        id=row.id,
        username=row.username,
        name=row.name,
        roles=[Role(role) for role in row.roles],
        territory=row.territory,
        person_id=row.person_id,
        unit_id=row.unit_id,
        disabled=row.disabled,
        changed=changed,
        actor_name=actor_name,
    )


def audit_json(link: Link) -> dict[str, Any]:
    """An audit entry; `hash` lets a reader note the head of the chain elsewhere."""
    entry = link.entry
    return {
        "id": str(entry.seq),
        "at": wire_time(entry.at),
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "action": entry.action.value,
        "target": entry.object,
        "outcome": "success" if entry.success else "failure",
        "address": entry.address,
        "detail": entry.params,
        "hash": link.hash,
    }
