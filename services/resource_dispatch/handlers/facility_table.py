"""The register as a table, taken in and given out in the same columns: what was exported may be imported again."""

import asyncio
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from services.resource_dispatch.domain.facilities import Facility
from services.resource_dispatch.domain.facility_kinds import kind_of, named_kind
from services.resource_dispatch.handlers.facilities import new_facility, register_facility, replace_facility
from services.resource_dispatch.schemas.facilities import NewFacility, StockLine
from services.resource_dispatch.store.facilities import FacilityFilter, find_called, list_facilities
from shared.contracts.events.acts import Act, Detail
from shared.contracts.events.facilities import HazardState, Stock
from shared.http.hosting import Deps
from shared.http.table_file import Column, Table, TableRow
from shared.http.table_import import RowOutcome, import_table
from shared.http.table_out import Cell, CsvTable, XlsxTable
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.clock import SHANGHAI
from shared.kernel.district import townships
from shared.kernel.errors import DomainError, FieldFault, Invalid
from shared.kernel.geo import SourceCrs
from shared.storage.system import append_facts

COLUMNS = (
    Column("name", ("名称", "设施名称"), required=True),
    Column("code", ("类别", "编码", "类型"), required=True),
    Column("subtype", ("子类",)),
    Column("lon", ("经度",), required=True),
    Column("lat", ("纬度",), required=True),
    Column("crs", ("坐标系",)),
    Column("text", ("地址", "地点")),
    Column("township", ("属地", "所在属地")),
    Column("organisation", ("单位", "管理单位")),
    Column("contact_name", ("联系人", "负责人")),
    Column("contact_phone", ("电话", "联系电话")),
    Column("stock", ("储存", "储量")),
    Column("hazard", ("重大隐患",)),
    Column("road_width_m", ("路宽(米)", "路宽")),
    Column("extent_m", ("占地半径(米)", "占地半径")),
    Column("capacity", ("容量", "可容纳人数")),
    Column("occupied", ("在住", "已安置人数")),
    Column("plan_reference", ("预案",)),
    Column("cordon_radius_m", ("警戒半径(米)", "警戒半径")),
    Column("cordon_basis", ("警戒依据",)),
    Column("note", ("备注",)),
)
NAME = "设施台账"
_TITLES = {column.name: column.title for column in COLUMNS}
_TITLES |= {"hazard_state": _TITLES["hazard"], "major_hazard": _TITLES["hazard"]}
_FIELD_CODES = {"missing": "field.required", "string_too_short": "field.required", "string_too_long": "field.too_long"}
_STOCK = re.compile(r"(?P<substance>.*?[^0-9. ]) *[:\uFF1A]? *(?P<amount>[0-9]+(?:[.][0-9]+)?) *(?P<unit>[^0-9 ]*)")
_BETWEEN = re.compile(r"[;\uFF1B\u3001\n]")
_TEXTS = (
    "text", "township", "organisation", "contact_name", "contact_phone", "plan_reference", "cordon_basis", "note",
)  # fmt: skip
_METRES = ("road_width_m", "extent_m", "cordon_radius_m")
_NO_HAZARD = frozenset({"", "否", "无", "no"})
_JUST_HAZARD = frozenset({"是", "有", "yes"})


def import_facilities(
    connection: Connection, deps: Deps, actor: Actor, table: Table, now: datetime, *, dry_run: bool, partial: bool
) -> dict[str, Any]:
    """Register or change an entry for each row; within a site code and name are the key."""
    seen: dict[tuple[str, str], int] = {}

    def take(inner: Connection, row: TableRow) -> RowOutcome:
        wanted = _wanted(row, deps, now)
        key = (wanted.state.code, wanted.state.name)
        if key in seen:
            raise _fault("name", "import.duplicate_row", first_row=seen[key])
        seen[key] = row.number
        return _take(inner, deps, actor, wanted, table.columns, now)

    report = import_table(connection, table, take, dry_run=dry_run, partial=partial)
    if not dry_run:
        detail = report.counts()
        append_facts(connection, deps.acted("dispatch", Act.FACILITIES_IMPORTED, actor, now=now, detail=detail))
    return report.as_json()


def _take(
    connection: Connection, deps: Deps, actor: Actor, wanted: Facility, columns: frozenset[str], now: datetime
) -> RowOutcome:
    known = find_called(connection, deps.site, wanted.state.code, wanted.state.name)
    if known is None:
        register_facility(connection, deps, actor, wanted, now)
        return RowOutcome.CREATED
    fields = {*columns, *(("major_hazard", "hazard_state") if "hazard" in columns else ())} - {"crs", "hazard"}
    contact = {"contact_name": wanted.contact_name, "contact_phone": wanted.contact_phone}
    values = {**wanted.state.model_dump(), **contact}
    given = {name: values[name] for name in fields}
    after = replace_facility(connection, deps, actor, known, given, now)
    return RowOutcome.UNCHANGED if after.version == known.version else RowOutcome.UPDATED


def _fault(name: str, code: str, **params: object) -> Invalid:
    return Invalid(code, faults=(FieldFault(f"/{_TITLES[name]}", code, **params),))


def _wanted(row: TableRow, deps: Deps, now: datetime) -> Facility:
    try:
        return new_facility(_command(row.cells), deps, now)
    except ValidationError as error:
        raise _of_validation(error) from error
    except DomainError as error:
        faults = tuple(
            FieldFault(
                f"/{_TITLES.get(fault.pointer.lstrip('/'), fault.pointer.lstrip('/'))}", fault.code, **fault.params
            )
            for fault in error.faults
        )
        raise Invalid(error.code, faults=faults, **error.params) from error


def _of_validation(error: ValidationError) -> Invalid:
    faults = []
    for item in error.errors():
        name = str(item["loc"][0]) if item["loc"] else "name"
        faults.append(FieldFault(f"/{_TITLES.get(name, name)}", _FIELD_CODES.get(item["type"], "field.out_of_range")))
    return Invalid("request.invalid", faults=tuple(faults))


def _command(cells: dict[str, str]) -> NewFacility:
    kind = named_kind(cells["code"])
    if kind is None:
        raise _fault("code", "facility.kind_unknown", given=cells["code"])
    lon, lat = _number(cells, "lon"), _number(cells, "lat")
    if lon is None or lat is None:
        raise _fault("lon" if lon is None else "lat", "field.required")
    given: dict[str, Any] = {
        "code": kind.code,
        "subtype": cells["subtype"] or kind.subtype,
        "name": cells["name"],
        "lon": lon,
        "lat": lat,
        "crs": _crs(cells["crs"]),
        "stock": _stock(cells["stock"]),
        **_hazard(cells["hazard"]),
        **{name: cells[name] or None for name in _TEXTS},
        **{name: _number(cells, name) for name in _METRES},
        **{name: _whole(cells, name) for name in ("capacity", "occupied")},
    }
    return NewFacility(**given)


def _number(cells: dict[str, str], name: str) -> float | None:
    if not cells[name]:
        return None
    try:
        return float(cells[name])
    except ValueError as error:
        raise _fault(name, "field.type", given=cells[name]) from error


def _whole(cells: dict[str, str], name: str) -> int | None:
    number = _number(cells, name)
    if number is not None and number != int(number):
        raise _fault(name, "field.type", given=cells[name])
    return None if number is None else int(number)


def _crs(text: str) -> SourceCrs:
    wanted = text.lower().replace("-", "")
    found = next((crs for crs in SourceCrs if wanted == crs.value), None)
    if wanted and found is None:
        raise _fault("crs", "facility.crs_unknown", given=text)
    return found or SourceCrs.WGS84


def _hazard(text: str) -> dict[str, Any]:
    """Whether there is a major hidden danger and how far it has come: 「是」「整改中」「已销号」."""
    if text in _NO_HAZARD:
        return {"major_hazard": False}
    state = next((one for one in HazardState if text in {one.value, label(f"hazard_state.{one.value}")}), None)
    if state is None and text not in _JUST_HAZARD:
        raise _fault("hazard", "facility.hazard_unknown", given=text)
    return {"major_hazard": True, "hazard_state": state or HazardState.REGISTERED}


def _stock(text: str) -> list[StockLine]:
    """「氢气 4.8 吨;柴油 20 立方米」; what has no amount is kept without one."""
    lines = []
    for part in _BETWEEN.split(text):
        given = part.strip()
        found = _STOCK.fullmatch(given)
        if found is not None:
            unit = found["unit"] or None
            lines.append(StockLine(substance=found["substance"].strip(), amount=float(found["amount"]), unit=unit))
        elif given:
            lines.append(StockLine(substance=given))
    return lines


def stock_text(stock: Iterable[Stock]) -> str:
    """The same written again."""
    return ";".join(" ".join(_words(one)) for one in stock)


def _words(one: Stock) -> list[str]:
    amount = [] if one.amount is None else [f"{one.amount:g}"]
    return [one.substance, *amount, *([one.unit] if one.unit else [])]


def _cells(facility: Facility, names: dict[str, str]) -> list[Cell]:
    state = facility.state
    hazard = label(f"hazard_state.{state.hazard_state.value}") if state.hazard_state else "否"
    kind = kind_of(state.code, None)
    return [
        state.name, kind.code, state.subtype, state.lon, state.lat, SourceCrs.WGS84.value, state.text,
        names.get(state.township or "", state.township), state.organisation, facility.contact_name,
        facility.contact_phone, stock_text(state.stock), hazard, state.road_width_m, state.extent_m, state.capacity,
        state.occupied, state.plan_reference, state.cordon_radius_m, state.cordon_basis, state.note,
    ]  # fmt: skip


async def export_facilities(deps: Deps, actor: Actor, wanted: FacilityFilter, kind: str) -> tuple[str, bytes]:
    """This site's register as a file, and its name; on record is who took it.

    Args:
        kind: `csv` or `xlsx`.
    """
    now = deps.clock.now()

    def work(connection: Connection) -> list[Facility]:
        found = list_facilities(connection, wanted, after=None, limit=None)
        own = [one for one in found if one.state.home_site == deps.site]
        detail: dict[str, Detail] = {"rows": len(own), "format": kind}
        append_facts(connection, deps.acted("dispatch", Act.LIST_EXPORTED, actor, now=now, target=NAME, detail=detail))
        return own

    own = await deps.database.write(work)
    content = await asyncio.to_thread(_written, own, kind)
    prefix = "【演练】" if deps.exercise else ""
    return f"{prefix}{NAME}-{now.astimezone(SHANGHAI):%Y%m%d-%H%M}.{kind}", content


def _written(own: list[Facility], kind: str) -> bytes:
    names = {one.code: one.name for one in townships()}
    head = [column.title for column in COLUMNS]
    table: CsvTable | XlsxTable
    table = CsvTable(head) if kind == "csv" else XlsxTable(head, name=NAME, widths=[16] * len(head))
    rows: Callable[..., bytes] = table.rows
    return rows([_cells(one, names) for one in own]) + table.end()
