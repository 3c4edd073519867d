"""Taking a table of units: the name within the site is the key, so the same file twice changes nothing."""

import re
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from services.resource_dispatch.domain.held import Unit
from services.resource_dispatch.handlers.units import record_unit, state_of
from services.resource_dispatch.schemas import Contact, NewUnit
from services.resource_dispatch.store.units import find_named
from shared.contracts.events.acts import Act
from shared.contracts.events.dispatch import UnitFact, UnitKind, UnitRelation
from shared.http.hosting import Deps
from shared.http.table_file import Column, Table, TableRow
from shared.http.table_import import RowOutcome, import_table
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import DomainError, FieldFault, Invalid
from shared.storage.system import append_facts

COLUMNS = (
    Column("name", ("名称", "队伍名称", "力量名称"), required=True),
    Column("kind", ("类型", "队伍类型"), required=True),
    Column("relation", ("关系", "指挥关系")),
    Column("township", ("属地", "所在属地")),
    Column("lon", ("经度",)),
    Column("lat", ("纬度",)),
    Column("capabilities", ("能力", "专长")),
    Column("contact_name", ("联系人", "负责人")),
    Column("contact_phone", ("电话", "联系电话")),
    Column("members", ("人数",)),
    Column("note", ("备注",)),
)
_TITLES = {column.name: column.title for column in COLUMNS}
_BY_POINTER = {"/contact/name": "联系人", "/contact/phone": "电话"}
_COMPARED = ("kind", "relation", "township", "capabilities", "contact", "members", "note")
_FIELD_CODES = {"missing": "field.required", "string_too_short": "field.required", "string_too_long": "field.too_long"}


def import_units(
    connection: Connection, deps: Deps, actor: Actor, table: Table, now: datetime, *, dry_run: bool, partial: bool
) -> dict[str, Any]:
    """Register or update a unit for each row; see `import_table` for what happens to faulty ones."""
    seen: dict[str, int] = {}

    def take(inner: Connection, row: TableRow) -> RowOutcome:
        cmd = _command(row)
        if cmd.name in seen:
            raise _fault("名称", "import.duplicate_row", first_row=seen[cmd.name])
        seen[cmd.name] = row.number
        return _take(inner, deps, actor, _checked(cmd, deps, now), table.columns, now)

    report = import_table(connection, table, take, dry_run=dry_run, partial=partial)
    if not dry_run:
        append_facts(connection, deps.acted("dispatch", Act.UNITS_IMPORTED, actor, now=now, detail=report.counts()))
    return report.as_json()


def _fault(title: str, code: str, **params: object) -> Invalid:
    return Invalid(code, faults=(FieldFault(f"/{title}", code, **params),))


def _coded(text: str, codes: type[UnitKind] | type[UnitRelation], prefix: str) -> str:
    """A code from the code itself or from its Chinese label."""
    for code in codes:
        if text in {code.value, label(f"{prefix}.{code.value}")}:
            return code.value
    raise _fault("类型" if prefix == "unit_kind" else "关系", "import.unknown_value", given=text)


def _number(text: str, title: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise _fault(title, "field.type", given=text) from error


def _command(row: TableRow) -> NewUnit:
    cells = row.cells
    members = _number(cells["members"], "人数")
    try:
        return NewUnit(
            name=cells["name"],
            kind=UnitKind(_coded(cells["kind"], UnitKind, "unit_kind")),
            relation=UnitRelation(_coded(cells["relation"] or "dispatch", UnitRelation, "unit_relation")),
            township=cells["township"] or None,
            lon=_number(cells["lon"], "经度"),
            lat=_number(cells["lat"], "纬度"),
            capabilities=[part for part in re.split(r"[、,,;;\s]+", cells["capabilities"]) if part],
            contact=Contact(name=cells["contact_name"] or None, phone=cells["contact_phone"] or None),
            members=None if members is None else int(members),
            note=cells["note"] or None,
        )
    except ValidationError as error:
        raise _of_validation(error) from error


def _of_validation(error: ValidationError) -> Invalid:
    faults = []
    for item in error.errors():
        pointer = "/" + "/".join(str(part) for part in item["loc"])
        title = _BY_POINTER.get(pointer) or _TITLES.get(str(item["loc"][0]) if item["loc"] else "", pointer)
        faults.append(FieldFault(f"/{title}", _FIELD_CODES.get(item["type"], "field.out_of_range")))
    return Invalid("request.invalid", faults=tuple(faults))


def _checked(cmd: NewUnit, deps: Deps, now: datetime) -> UnitFact:
    try:
        return state_of(cmd, deps, now)
    except DomainError as error:
        faults = tuple(
            FieldFault(f"/{_TITLES.get(fault.pointer.lstrip('/'), fault.pointer)}", fault.code, **fault.params)
            for fault in error.faults
        )
        raise Invalid(error.code, faults=faults, **error.params) from error


def _take(
    connection: Connection, deps: Deps, actor: Actor, wanted: UnitFact, columns: frozenset[str], now: datetime
) -> RowOutcome:
    known = find_named(connection, deps.site, wanted.name)
    if known is None:
        record_unit(connection, deps, Unit(wanted, 0), fact="registered", changed=[], now=now, actor=actor)
        return RowOutcome.CREATED
    given = {name for name in _COMPARED if name in columns or (name == "contact" and "contact_phone" in columns)}
    update = {name: getattr(wanted, name) for name in given if getattr(wanted, name) != getattr(known.state, name)}
    moved = (wanted.lon, wanted.lat) != (known.state.lon, known.state.lat)
    if wanted.lon is not None and known.state.lon is None and moved:
        update |= {"lon": wanted.lon, "lat": wanted.lat, "position_at": wanted.position_at}
    if not update:
        return RowOutcome.UNCHANGED
    state = known.state.model_copy(update=update)
    unit = Unit(state, known.version)
    record_unit(connection, deps, unit, fact="updated", changed=sorted(update), now=now, actor=actor)
    return RowOutcome.UPDATED
