"""Keeping the people of the staff."""

import unicodedata
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from services.duty_roster import store
from services.duty_roster.domain.phones import normal_phone
from services.duty_roster.schemas import ChangePerson, RegisterPerson, hint, person_fact, person_json
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from shared.kernel.ids import new_id
from shared.storage.system import append_facts

_PHONES = ("phone", "phone2")
_EMPTY_IS_NONE = ("organisation", "phone", "phone2", "account", "deputy_id")


def register_person(
    connection: Connection, deps: Deps, actor: Actor, command: RegisterPerson, now: datetime
) -> dict[str, Any]:
    """Add a person.

    Raises:
        Invalid: a phone is no phone number, or the deputy does not exist.
        Conflict: `person.account_taken`.
    """
    values = checked_person(command.model_dump())
    values |= {"id": new_id(), "removed": False, "version": 1}
    _check_references(connection, values)
    store.insert_person(connection, values)
    row = _told(connection, deps, actor, values["id"], [], now)
    hints = [] if row.phone else [hint("person.phone_missing", "/phone")]
    return {**person_json(row), "hints": hints}


def change_person(
    connection: Connection, deps: Deps, actor: Actor, person_id: str, command: ChangePerson, now: datetime
) -> dict[str, Any]:
    """Change what the command names.

    Raises:
        NotFound: `person.not_found`.
        Conflict: `person.changed` (with `current`), `person.account_taken`, `person.has_shifts` when one who is still
            scheduled would be removed.
        Invalid: a phone is no phone number, or the deputy does not exist.
    """
    row = person_row(connection, person_id)
    if command.version is not None and command.version != row.version:
        raise Conflict("person.changed", current=person_json(row))
    asked = checked_person(command.model_dump(include=command.model_fields_set - {"version"}))
    given = {name: value for name, value in asked.items() if value is not None or name in _EMPTY_IS_NONE}
    return person_json(update_person(connection, deps, actor, row, given, now))


def update_person(
    connection: Connection, deps: Deps, actor: Actor, row: Row[Any], wanted: dict[str, Any], now: datetime
) -> Row[Any]:
    """Make the person have these (already checked) values; the row itself if it had them."""
    changes = {name: value for name, value in wanted.items() if value != getattr(row, name)}
    if not changes:
        return row
    _check_references(connection, {"id": row.id, **changes})
    if changes.get("removed") and store.has_shifts_after(connection, row.id, now):
        raise Conflict("person.has_shifts", name=row.name)
    store.update_person(connection, row.id, {**changes, "version": row.version + 1})
    return _told(connection, deps, actor, row.id, sorted(changes), now)


def person_row(connection: Connection, person_id: str) -> Row[Any]:
    """The person.

    Raises:
        NotFound: `person.not_found`.
    """
    row = store.person_by_id(connection, person_id)
    if row is None:
        raise NotFound("person.not_found")
    return row


def checked_person(values: dict[str, Any]) -> dict[str, Any]:
    """The values with phones in their normal form and empty texts as None.

    Raises:
        Invalid: a phone is no phone number.
    """
    values = {name: None if value == "" and name in _EMPTY_IS_NONE else value for name, value in values.items()}
    if values.get("account") is not None:
        values["account"] = unicodedata.normalize("NFKC", values["account"]).casefold()  # as identity spells it
    faults = []
    for name in _PHONES:
        if values.get(name) is not None:
            values[name] = normal_phone(values[name])
            if values[name] is None:
                faults.append(FieldFault(f"/{name}", "person.phone_invalid"))
    if faults:
        raise Invalid("request.invalid", faults=tuple(faults))
    return values


def _check_references(connection: Connection, values: dict[str, Any]) -> None:
    account, deputy_id = values.get("account"), values.get("deputy_id")
    if account is not None and store.account_is_taken(connection, account, but=values["id"]):
        raise Conflict("person.account_taken", account=account)
    if deputy_id is not None:
        deputy = store.person_by_id(connection, deputy_id)
        if deputy is None or deputy.removed or deputy_id == values["id"]:
            raise Invalid("request.invalid", faults=(FieldFault("/deputy_id", "person.deputy_unknown"),))


def _told(
    connection: Connection, deps: Deps, actor: Actor, person_id: str, changed: list[str], now: datetime
) -> Row[Any]:
    row = person_row(connection, person_id)
    kind = "roster.person.registered.v1" if row.version == 1 else "roster.person.updated.v1"
    payload = person_fact(row, changed=changed, actor_name=actor.name)
    append_facts(connection, deps.draft(kind, row.id, row.version, payload, now=now, actor=actor))
    return row


def require_own(connection: Connection, actor: Actor, person_id: str, code: str) -> None:
    """Refuse an account that is not this person's own: nobody signs for another.

    Raises:
        Forbidden: the code, naming the person.
    """
    person = person_row(connection, person_id)
    is_own = person.account is not None and person.account.casefold() == actor.username.casefold()
    if not is_own and actor.person_id != person.id:
        raise Forbidden(code, name=person.name)
