"""Limits, plan and contacts of roll calls, as the bureau keeps them."""

from typing import Any

from sqlalchemy import Connection

from services.duty_roster import store
from services.duty_roster.domain.roll_call import Plan
from services.duty_roster.handlers.settings import Kept
from services.duty_roster.schemas.roll_calls import PlanInput, SetContacts
from shared.contracts.events.roll_call import RollCallUnit
from shared.kernel.district import townships
from shared.kernel.errors import FieldFault, Invalid

ROLL_CALL_RULES = Kept(
    "roll_call_rules",
    {
        "count": 5,
        "timeout_seconds": 180,
        "close_after_seconds": 600,
        "plans": [
            {
                "day_kinds": ["holiday", "special_period"], "start": "20:00", "until": "01:00",
                "every_minutes": 60, "kind": "video", "count": 5,
            }
        ],
        "basis": "应答 3 分钟、节假日 20 时至次日 1 时每小时抽 5 家均为自定；北京市视频点名频次未核实",
        "verified": False,
    },
)  # fmt: skip
CONTACTS = Kept("roll_call_contacts", {"contacts": []})


def plans(connection: Connection) -> list[Plan]:
    """When roll calls start by themselves."""
    return [PlanInput(**one).plan() for one in ROLL_CALL_RULES.body(connection)["plans"]]


def has_contacts(connection: Connection) -> bool:
    """Whether anybody at all could be called: without, a plan would only sound alarms."""
    return bool(CONTACTS.body(connection)["contacts"])


def shown_contacts(connection: Connection) -> dict[str, Any]:
    """Every township with its responsible person and leader, as far as they are named and still on the staff."""
    named = {unit.code: unit for unit in called_units(connection, [one.code for one in townships()])}
    names = ("code", "name", "person_id", "person_name", "leader_id", "leader_name")
    head = CONTACTS.show(connection)
    return {**head, "contacts": [{name: getattr(unit, name) for name in names} for unit in named.values()]}


def check_contacts(connection: Connection, command: SetContacts) -> None:
    """Refuse what could not be called.

    Raises:
        Invalid: `roll_call.unit_unknown`, `roll_call.unit_twice`, `person.unknown`.
    """
    known = {one.code for one in townships()}
    people = store.people_by_ids(connection, {
        person for one in command.contacts for person in (one.person_id, one.leader_id) if person
    })  # fmt: skip
    faults, seen = [], set[str]()
    for index, one in enumerate(command.contacts):
        if one.code not in known:
            faults.append(FieldFault(f"/contacts/{index}/code", "roll_call.unit_unknown", unit=one.code))
        if one.code in seen:
            faults.append(FieldFault(f"/contacts/{index}/code", "roll_call.unit_twice"))
        seen.add(one.code)
        for field in ("person_id", "leader_id"):
            person_id = getattr(one, field)
            if person_id and (person_id not in people or people[person_id].removed):
                faults.append(FieldFault(f"/contacts/{index}/{field}", "person.unknown"))
    if faults:
        raise Invalid("request.invalid", faults=tuple(faults))


def called_units(connection: Connection, codes: list[str]) -> list[RollCallUnit]:
    """The townships with whom to call; nobody where nobody is named or the person has left."""
    named = {one["code"]: one for one in CONTACTS.body(connection)["contacts"]}
    ids = {one[field] for one in named.values() for field in ("person_id", "leader_id") if one.get(field)}
    people = {ident: row for ident, row in store.people_by_ids(connection, ids).items() if not row.removed}
    names = {one.code: one.name for one in townships()}
    units = []
    for code in codes:
        contact = named.get(code, {})
        person, leader = people.get(contact.get("person_id")), people.get(contact.get("leader_id"))
        units.append(
            RollCallUnit(
                code=code,
                name=names[code],
                person_id=person.id if person else None,
                person_name=person.name if person else None,
                leader_id=leader.id if leader else None,
                leader_name=leader.name if leader else None,
            )
        )
    return units
