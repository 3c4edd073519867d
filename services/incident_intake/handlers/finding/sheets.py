"""What stands in a list that leaves the site: its columns, and how its rows are read from the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.call import Call
from services.incident_intake.domain.incident import Incident, township_names, type_name
from services.incident_intake.handlers.finding.known import known_incidents
from services.incident_intake.store.calls import find_calls
from services.incident_intake.store.search import CALL, INCIDENT
from shared.http.table_out import Cell
from shared.i18n import label
from shared.kernel.clock import SHANGHAI
from shared.kernel.homes import site_name

_HEADS = {
    "事件编号": 24, "标题": 36, "类型编码": 10, "类型": 18, "状态": 9, "等级": 12, "可能等级": 12, "敏感": 6,
    "敏感原因": 18, "发生时间": 20, "接报时间": 20, "结束时间": 20, "来源": 14, "属地": 14, "地点": 30, "经度": 11,
    "纬度": 11, "死亡": 7, "失联": 7, "重伤": 7, "受伤": 7, "被困": 7, "急性中毒": 9, "直接经济损失(元)": 16,
    "过火面积(公顷)": 14, "简述": 50, "负责站点": 14, "并入": 24,
}  # fmt: skip
_CALL_HEADS = {
    "接报编号": 24, "接报时间": 20, "登记时间": 20, "登记人": 12, "来源": 14, "结果": 12, "所属事件": 24,
    "类型编码": 10, "类型": 18, "属地": 14, "地点": 30, "经度": 11, "纬度": 11, "来电人已告知": 30, "移送去向": 24,
    "移送时间": 20, "移送人": 12, "移送理由": 30, "对方接收人": 12, "误报理由": 30,
}  # fmt: skip
"""Columns and their widths in characters. Nothing of callers, nor what they said, which is destroyed with them: a file
is destroyed by nobody (突发事件应对法 §85)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sort of list.

    Args:
        kind: what of the index stands in it.
        rows: of these ids, in their order; what is not there any more is left out.
    """

    name: str
    kind: str
    heads: Mapping[str, int]
    rows: Callable[[Connection, Sequence[str]], list[list[Cell]]]


def _incidents(connection: Connection, ids: Sequence[str]) -> list[list[Cell]]:
    known = known_incidents(connection, ids)
    above = known_incidents(connection, [one.merged_into for one in known.values() if one.merged_into])
    return [_cells(known[one], above) for one in ids if one in known]


def _calls(connection: Connection, ids: Sequence[str]) -> list[list[Cell]]:
    known = find_calls(connection, ids)
    above = known_incidents(connection, [one.incident_id for one in known.values() if one.incident_id])
    return [_call_cells(known[one], above) for one in ids if one in known]


def _cells(one: Incident, above: Mapping[str, Incident]) -> list[Cell]:
    moments: tuple[datetime | None, ...] = (one.occurred_at, one.received_at, one.closed_at)
    return [
        one.number, one.title, one.type_code, one.type_name, label(f"incident_status.{one.status}"),
        label(f"incident_grade.{one.grade}") if one.grade else None,
        label(f"incident_grade.{one.possible_grade}") if one.possible_grade else None,
        one.sensitive, "；".join(one.sensitive_reasons), *moments, label(f"incident_source.{one.source}"),
        township_names().get(one.township or ""), one.place_text, one.lon, one.lat,
        one.dead, one.missing, one.serious, one.injured, one.trapped, one.acute_poisoned, one.loss_yuan,
        one.burnt_hectares, one.description, site_name(one.home_site),
        above[one.merged_into].number if one.merged_into and one.merged_into in above else one.merged_into,
    ]  # fmt: skip


def _call_cells(one: Call, above: Mapping[str, Incident]) -> list[Cell]:
    to = one.transfer
    passed = (to.to, to.at, to.by, to.reason, to.answered_by) if to else (None,) * 5
    told = "；".join(
        f"{other.who} {other.at.astimezone(SHANGHAI):%m-%d %H:%M}" if other.at else other.who
        for other in one.told_others
    )
    return [
        one.number, one.received_at, one.recorded_at, one.recorded_by_name, label(f"incident_source.{one.source}"),
        label(f"call_outcome.{one.outcome}"),
        above[one.incident_id].number if one.incident_id and one.incident_id in above else one.incident_id,
        one.type_code, type_name(one.type_code), township_names().get(one.township or ""), one.place_text, one.lon,
        one.lat, told, *passed, one.closed_reason,
    ]  # fmt: skip


INCIDENT_SHEET = Sheet("突发事件清单", INCIDENT, _HEADS, _incidents)
CALL_SHEET = Sheet("接报登记清单", CALL, _CALL_HEADS, _calls)
