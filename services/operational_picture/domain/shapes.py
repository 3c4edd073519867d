"""How the payload of a fact becomes the properties of a feature; derived from the contracts, without their validation.

A replay of a million facts cannot afford a pydantic model each. Unknown fields are dropped, absent ones get the
contract's default, and a value that an enumeration does not know becomes `unknown` and is counted.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from shared.contracts.events.base import Fact
from shared.contracts.events.calls import CallFact
from shared.contracts.events.command import ActivationFact, CommandOrderFact, CommandPostFact, EvacuationFact
from shared.contracts.events.dispatch import AssignmentFact, ConflictFact, RequestFact, UnitFact
from shared.contracts.events.intake import IncidentFact, WarningFact
from shared.contracts.events.marks import MarkFact, WindFact
from shared.contracts.events.notify import NotificationFact
from shared.contracts.events.ops import CheckFact
from shared.contracts.events.roster import ShiftFact

UNKNOWN = "unknown"
_OF_THE_FACT = frozenset({*Fact.model_fields, "reported", "id", "home_site", "succession", "log"})
"""Fields that tell of the change and not of the state, and those that the envelope says better."""

Choices = tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of one kind of feature.

    Args:
        kind: of the feature.
        fields: name in the payload, name in the properties, default.
        choices: enumerated properties and their known values.
        rows: properties that are lists of objects, with the enumerated fields of those.
        moments: where to look for the time of occurrence, the first that is there.
        facts: the known names of facts.
    """

    kind: str
    fields: tuple[tuple[str, str, Any], ...]
    choices: Choices
    rows: tuple[tuple[str, Choices], ...]
    moments: tuple[str, ...]
    facts: frozenset[str]

    def properties(self, data: Mapping[str, Any], odd: Counter[str]) -> dict[str, Any]:
        """The public state in the payload, flat."""
        found = {name: data.get(source, default) for source, name, default in self.fields}
        _keep_known(found, self.choices, odd)
        for name, choices in self.rows:
            rows = found[name]
            found[name] = [_row(row, choices, odd) for row in rows if isinstance(row, dict)] if rows else []
        return found

    def occurred_at(self, properties: Mapping[str, Any]) -> str | None:
        """When it happened at the scene, as far as the payload says."""
        return next((properties[name] for name in self.moments if properties[name] is not None), None)


def _keep_known(found: dict[str, Any], choices: Choices, odd: Counter[str]) -> None:
    for name, known in choices:
        value = found.get(name)
        if value is not None and value not in known:
            found[name] = UNKNOWN
            odd["unknown_value"] += 1


def _row(row: dict[str, Any], choices: Choices, odd: Counter[str]) -> dict[str, Any]:
    kept = dict(row)
    _keep_known(kept, choices, odd)
    return kept


def _classes(annotation: Any) -> list[type]:
    """The classes that an annotation mentions: `list[Target]`, `IncidentGrade | None`."""
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation]
    return [found for part in get_args(annotation) for found in _classes(part)]


def _default(field: FieldInfo) -> Any:
    value = field.get_default(call_default_factory=True, validated_data={})
    return None if value is PydanticUndefined else to_jsonable_python(value)


def _choices(model: type[BaseModel], names: Mapping[str, str]) -> Choices:
    return tuple(
        (names[name], frozenset(member.value for member in found))
        for name, field in model.model_fields.items()
        if name in names
        for found in _classes(field.annotation)
        if issubclass(found, StrEnum)
    )


def _shape(kind: str, model: type[Fact], moments: tuple[str, ...]) -> Shape:
    # `kind` is the feature's own word; a unit's or a call's kind stands beside it under a longer name.
    names = {n: f"{kind}_kind" if n == "kind" else n for n in model.model_fields if n not in _OF_THE_FACT}
    rows = tuple(
        (name, _choices(found, {n: n for n in found.model_fields}))
        for name, field in model.model_fields.items()
        if name in names and str(field.annotation).startswith("list[")
        for found in _classes(field.annotation)
        if issubclass(found, BaseModel)
    )
    return Shape(
        kind,
        tuple((source, name, _default(model.model_fields[source])) for source, name in names.items()),
        _choices(model, names),
        rows,
        moments,
        frozenset(known.split(".")[2] for known in model.KINDS),
    )


SHAPES: dict[tuple[str, str], Shape] = {
    ("intake", "incident"): _shape("incident", IncidentFact, ("occurred_at", "received_at")),
    ("intake", "call"): _shape("call", CallFact, ("received_at",)),
    ("intake", "warning"): _shape("warning", WarningFact, ("onset", "effective", "sent")),
    ("dispatch", "unit"): _shape("unit", UnitFact, ("status_since",)),
    ("dispatch", "assignment"): _shape("assignment", AssignmentFact, ("ordered_at",)),
    ("notify", "notification"): _shape("notification", NotificationFact, ("created_at",)),
    ("dispatch", "request"): _shape("request", RequestFact, ("requested_at",)),
    ("dispatch", "conflict"): _shape("conflict", ConflictFact, ("found_at",)),
    ("roster", "shift"): _shape("shift", ShiftFact, ("starts_at",)),
    ("dispatch", "mark"): _shape("mark", MarkFact, ("drawn_at",)),
    ("dispatch", "wind"): _shape("wind", WindFact, ("at",)),
    ("dispatch", "post"): _shape("command_post", CommandPostFact, ("set_up_at",)),
    ("dispatch", "order"): _shape("order", CommandOrderFact, ("issued_at",)),
    ("dispatch", "evacuation"): _shape("evacuation", EvacuationFact, ("ordered_at",)),
    ("dispatch", "activation"): _shape("activation", ActivationFact, ("started_at",)),
    ("ops", "check"): _shape("check", CheckFact, ("opened_at",)),
}
"""By context and aggregate. What is not here is not drawn."""

SITE = ("ops", "site")
UNDRAWN = frozenset(
    {
        ("roster", "person"),
        ("identity", "account"),
        ("identity", "grant"),
        ("identity", "sealing_key"),
        ("identity", "grant_receipt"),
        ("intake", "handover"),
        ("intake", "remark"),
        ("ops", "power"),
        ("dispatch", "facility"),  # fetched by itself: it is large and rarely changes
        ("report", "report"),
        ("report", "clock"),
        ("roster", "calendar_day"),
        *((context, "act") for context in ("intake", "dispatch", "roster", "notify", "ops", "report")),
    }
)
"""Known, and none of the picture's business."""
