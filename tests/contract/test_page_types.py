"""The page's TypeScript says what the server really sends: names, null, numbers, lists and every word of each enum."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from services.incident_intake.schemas import CallerView, HintView, IncidentView, TimelineView
from services.incident_intake.schemas.calls import CallCallerView, CallView
from services.information_reporting.schemas import ChangeView, ClockView, GapView, NewerView, ReportView, StepView
from services.notification.schemas import NotificationView, PolicyStepView, PolicyView
from services.operational_picture.domain.items import Site
from services.operational_picture.domain.picture import Picture
from services.operational_picture.domain.shapes import SHAPES
from services.operational_picture.domain.territories import refresh_territories
from services.operational_picture.schemas import PictureView, PositionView, SiteView
from shared.contracts.events.calls import CallFact
from shared.contracts.events.command import (
    ActivationFact,
    ActivationStep,
    Attendance,
    CommandGroup,
    CommandOrderFact,
    CommandPostFact,
    EvacuationFact,
    EvacuationTeam,
    HeadCount,
    OrderReceiver,
    ReceiverWord,
)
from shared.contracts.events.dispatch import (
    AssignmentFact,
    ConflictFact,
    ConflictSide,
    RequestFact,
    StatusReport,
    UnitFact,
)
from shared.contracts.events.grading import CasualtyWindow, CommandTransfer, Figure, Grading
from shared.contracts.events.intake import Casualties, Handover, IncidentFact, Location, WarningFact
from shared.contracts.events.marks import MarkFact, MarkParams, WindFact
from shared.contracts.events.notify import Attempt, NotificationFact, Target
from shared.contracts.events.ops import CheckFact
from shared.contracts.events.report import PhoneReport
from shared.contracts.events.roster import ShiftFact

TYPES = Path(__file__).parents[2] / "services/operational_picture/web/src/api/types"
_INTERFACE = re.compile(r"^export interface (\w+)(?: extends ([\w, ]+))? \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (\w+)(\?)?: (.+);$", re.MULTILINE)
_ALIAS = re.compile(r"^export type (\w+) =\s*([^;]+);", re.MULTILINE)
_WORDS = re.compile(r'"([^"]+)"')
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """What the page's types say."""

    interfaces: dict[str, tuple[list[str], dict[str, tuple[str, bool]]]]
    aliases: dict[str, str]

    def fields(self, name: str) -> dict[str, tuple[str, bool]]:
        """Field → its type and whether it may be absent; with those of the interfaces it extends."""
        parents, own = self.interfaces[name]
        found: dict[str, tuple[str, bool]] = {}
        for parent in parents:
            found |= self.fields(parent)
        return found | own


def page() -> Page:
    text = re.sub(
        r"/\*\*.*?\*/", "", "".join(one.read_text("utf-8") for one in sorted(TYPES.glob("*.ts"))), flags=re.DOTALL
    )
    interfaces = {
        name: (
            [one.strip() for one in parents.split(",")] if parents else [],
            {field: (kind, bool(optional)) for field, optional, kind in _FIELD.findall(body)},
        )
        for name, parents, body in _INTERFACE.findall(text)
    }
    return Page(interfaces, dict(_ALIAS.findall(text)))


PAGE = page()

ANSWERS: dict[str, type[BaseModel]] = {
    "IncidentRecord": IncidentView,
    "Caller": CallerView,
    "CallRecord": CallView,
    "CallCaller": CallCallerView,
    "FieldError": HintView,
    "TimelineEntry": TimelineView,
    "Notification": NotificationView,
    "NotificationPolicy": PolicyView,
    "PolicyStep": PolicyStepView,
    "SiteInfo": SiteView,
    "Position": PositionView,
    "Picture": PictureView,
    "Casualties": Casualties,
    "IncidentLocation": Location,
    "Handover": Handover,
    "Grading": Grading,
    "Figure": Figure,
    "CasualtyWindow": CasualtyWindow,
    "CommandTransfer": CommandTransfer,
    "Report": ReportView,
    "ReportGap": GapView,
    "ReportChange": ChangeView,
    "ReportNews": NewerView,
    "ReportStep": StepView,
    "PhoneReport": PhoneReport,
    "ReportClock": ClockView,
    "AssignmentStep": StatusReport,
    "ConflictSide": ConflictSide,
    "Attempt": Attempt,
    "Target": Target,
    "MarkParams": MarkParams,
    "EvacuationTeam": EvacuationTeam,
    "HeadCount": HeadCount,
    "Attendance": Attendance,
    "OrderReceiver": OrderReceiver,
    "ReceiverWord": ReceiverWord,
    "ActivationStep": ActivationStep,
    "CommandGroup": CommandGroup,
}
FACTS: dict[str, type[BaseModel]] = {
    "Incident": IncidentFact,
    "CallState": CallFact,
    "Warning": WarningFact,
    "Unit": UnitFact,
    "Assignment": AssignmentFact,
    "UnitRequest": RequestFact,
    "SiteConflict": ConflictFact,
    "Notification": NotificationFact,
    "Shift": ShiftFact,
    "SiteCheck": CheckFact,
    "Mark": MarkFact,
    "Wind": WindFact,
    "Evacuation": EvacuationFact,
    "CommandPost": CommandPostFact,
    "CommandOrder": CommandOrderFact,
    "Activation": ActivationFact,
}
"""The flat properties of features."""
RENAMED = {"conflict_kind": "kind"}
"""The feature's own `kind` would hide it."""
OWN = frozenset({"id", "kind", "home_site", "version", "exercise", "occurred_at", "as_of", "stale", "seq", "geometry"})
"""What the picture itself adds to each feature."""


def schema_of(model: type[BaseModel]) -> Schema:
    return TypeAdapter(model).json_schema(mode="serialization")


def resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema or len(schema.get("allOf", [])) == 1:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema["allOf"][0]
    return schema


def sent(schema: Schema, root: Schema) -> tuple[bool, set[str], set[str]]:
    """Whether it may be null, what kinds of JSON it may be, and the words if it is an enum."""
    schema = resolved(schema, root)
    if "anyOf" in schema:
        parts = [sent(one, root) for one in schema["anyOf"]]
        kinds = set().union(*(part[1] for part in parts)) - {"null"}
        return any(part[0] for part in parts), kinds, set().union(*(part[2] for part in parts))
    words = set(schema.get("enum", [schema["const"]] if "const" in schema else []))
    kind = schema.get("type", "any")
    kinds = set(kind) if isinstance(kind, list) else {kind}
    return "null" in kinds, {"number" if one == "integer" else one for one in kinds} - {"null"}, words


def said(kind: str) -> tuple[bool, set[str], set[str]]:
    """The same of a TypeScript type."""
    parts = [one.strip() for one in kind.split("|") if one.strip()]
    is_null, kinds, words = "null" in parts, set[str](), set[str]()
    for part in parts:
        if part in {"null", "undefined"}:
            continue
        if part.endswith("[]") or part.startswith(("readonly ", "Array<")):
            kinds.add("array")
        elif part in {"string", "number", "boolean"}:
            kinds.add(part)
        elif _WORDS.fullmatch(part):
            kinds.add("string")
            words.add(part.strip('"'))
        elif part in PAGE.aliases:
            inner = said(PAGE.aliases[part])
            is_null, kinds, words = is_null or inner[0], kinds | inner[1], words | inner[2]
        else:
            kinds.add("any" if part == "unknown" else "object")
    return is_null, kinds, words


def faults(name: str, model: type[BaseModel], given: frozenset[str] = frozenset()) -> list[str]:
    root = schema_of(model)
    told: list[str] = []
    for field, (kind, may_lack) in PAGE.fields(name).items():
        if field in given:
            continue
        schema = root["properties"].get(RENAMED.get(field, field))
        if schema is None:
            told += [] if may_lack else [f"{name}.{field}: the server sends no such field"]
            continue
        want, have = sent(schema, root), said(kind)
        if want[0] != have[0]:
            told.append(f"{name}.{field}: {'may' if want[0] else 'can never'} be null, the page says {kind}")
        if "any" not in want[1] | have[1] and want[1] != have[1]:
            told.append(f"{name}.{field}: is {sorted(want[1])}, the page says {kind}")
        if want[2] and have[2] and want[2] != have[2] - {"unknown"}:
            told.append(f"{name}.{field}: words {sorted(want[2] ^ have[2])} are on one side only")
    return told


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_an_answer_is_as_the_page_believes(name: str) -> None:
    assert faults(name, ANSWERS[name]) == []


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_feature_is_as_the_page_believes(name: str) -> None:
    assert faults(name, FACTS[name], OWN) == []


def test_every_kind_of_feature_is_known_to_the_page() -> None:
    kinds = said("FeatureKind")[2]
    assert kinds == {shape.kind for shape in SHAPES.values()} | {"territory"}


def test_what_every_feature_carries_may_be_null_where_the_page_says_so() -> None:
    picture = Picture("hub", "区指挥中心")
    picture.sites["hub"] = Site("hub", "区指挥中心")
    refresh_territories(picture)
    meta = PAGE.fields("FeatureMeta")
    seen = [item.feature["properties"] for item in picture.shown.values() if item.feature]
    assert seen
    for field, (kind, _) in meta.items():
        values = {type(one[field]).__name__ for one in seen}
        assert ("NoneType" in values) == said(kind)[0], f"{field}: {values}, the page says {kind}"
