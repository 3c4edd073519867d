"""The lists in force: the product's own until the bureau has put others in their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.checks import refuse
from services.incident_intake.domain.guidance import GENERAL, Guidance, applicable, guidance_faults, in_order, key_of
from services.incident_intake.domain.guidance_files import shipped
from services.incident_intake.domain.incident import type_name
from services.incident_intake.handlers.context import Intake
from services.incident_intake.schemas.desk import ChangeGuidance, ResetGuidance
from services.incident_intake.store.settings import Setting, drop_setting, find_settings, save_setting
from shared.contracts.events.acts import Act
from shared.http.commands import Answer
from shared.http.paging import page
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict, NotFound
from shared.storage.system import append_facts

_START = "guidance."
_CODE_DIGITS = 5


@dataclass(frozen=True, slots=True)
class InForce:
    """The lists of one key. `version` is 0 while they are the product's own."""

    key: str
    guidance: Guidance
    version: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None

    def json(self) -> dict[str, Any]:
        """As answered, steps in the order in which they are done."""
        body = self.guidance.model_dump(mode="json")
        body["checklist"] = [step.model_dump(mode="json") for step in in_order(self.guidance.checklist)]
        return {
            "type_code": self.key,
            "type_name": _name(self.key),
            **body,
            "is_default": self.version == 0,
            "has_default": self.key in shipped(),
            "version": self.version,
            "updated_at": wire_time(self.updated_at) if self.updated_at else None,
            "updated_by": self.updated_by,
        }


def _name(key: str) -> str | None:
    return type_name(key) or type_name(key.ljust(_CODE_DIGITS, "0"))


def lists_in_force(connection: Connection) -> Mapping[str, InForce]:
    """All lists by key."""
    own = {key: InForce(key, guidance) for key, guidance in shipped().items()}
    for one in find_settings(connection, _START):
        key = one.name.removeprefix(_START)
        own[key] = InForce(key, Guidance.model_validate(one.value), one.version, one.updated_at, one.updated_by)
    return own


def lists_for(connection: Connection, type_code: str | None) -> InForce:
    """The lists that hold for a type."""
    lists = lists_in_force(connection)
    return lists[applicable(lists, type_code)]


def show_lists(connection: Connection) -> dict[str, Any]:
    """All lists, the general one last."""
    found = sorted(lists_in_force(connection).values(), key=lambda one: (one.key == GENERAL, one.key))
    return page([one.json() for one in found], len(found), None)


def change_lists(
    connection: Connection, intake: Intake, actor: Actor, type_code: str, cmd: ChangeGuidance, now: datetime
) -> Answer:
    """Put other lists in force for a type and all beneath it; running incidents show them at once.

    Raises:
        NotFound: `guidance.type_unknown`.
        Conflict: `guidance.changed`, with the present ones as `current`.
        Invalid: `guidance.id_twice`, `guidance.field_unknown`, `guidance.airport_words`.
    """
    key = _known_key(type_code)
    before = _at(connection, key, cmd.version)
    guidance = cmd.guidance()
    refuse(guidance_faults(guidance))
    version = (before.version if before else 0) + 1
    save_setting(connection, Setting(_START + key, version, guidance.model_dump(mode="json"), now, actor.name))
    _put_on_record(connection, intake, actor, key, version, guidance, now)
    return Answer(200, lists_in_force(connection)[key].json())


def reset_lists(
    connection: Connection, intake: Intake, actor: Actor, type_code: str, cmd: ResetGuidance, now: datetime
) -> Answer:
    """Let the product's own lists hold again, or where it has none those of the type above.

    Raises:
        NotFound: `guidance.type_unknown`.
        Conflict: `guidance.changed`.
    """
    key = _known_key(type_code)
    _at(connection, key, cmd.version)
    drop_setting(connection, _START + key)
    after = lists_for(connection, key)
    _put_on_record(connection, intake, actor, key, 0, after.guidance, now)
    return Answer(200, after.json())


def _known_key(type_code: str) -> str:
    key = key_of(type_code)
    if key != GENERAL and _name(key) is None:
        raise NotFound("guidance.type_unknown", type_code=type_code)
    return key


def _at(connection: Connection, key: str, version: int | None) -> InForce | None:
    before = lists_in_force(connection).get(key)
    if version is not None and version != (before.version if before else 0):
        raise Conflict("guidance.changed", current=lists_for(connection, key).json())
    return before


def _put_on_record(
    connection: Connection, intake: Intake, actor: Actor, key: str, version: int, guidance: Guidance, now: datetime
) -> None:
    told = {"version": version, "questions": len(guidance.questions), "steps": len(guidance.checklist)}
    fact = intake.deps.acted("intake", Act.GUIDANCE_CHANGED, actor, now=now, target=key, detail=told)
    append_facts(connection, fact)
