"""Lists as files: page after page is read, written and sent, so that a year of incidents needs no memory."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.incident import Incident, township_names
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.finding.known import known_incidents
from services.incident_intake.handlers.finding.search import wanted_by
from services.incident_intake.schemas.finding import SearchQuery
from services.incident_intake.store.search import INCIDENT, Key, Wanted, count_hits, find_hits
from shared.contracts.events.acts import Act, Detail
from shared.http.table_out import Cell, CsvTable, XlsxTable
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.clock import SHANGHAI
from shared.kernel.homes import site_name
from shared.storage.system import append_facts

AT_ONCE = 500
NAME = "突发事件清单"
_HEADS = {
    "事件编号": 24, "标题": 36, "类型编码": 10, "类型": 18, "状态": 9, "等级": 12, "可能等级": 12, "敏感": 6,
    "敏感原因": 18, "发生时间": 20, "接报时间": 20, "结束时间": 20, "来源": 14, "属地": 14, "地点": 30, "经度": 11,
    "纬度": 11, "死亡": 7, "失联": 7, "重伤": 7, "受伤": 7, "被困": 7, "急性中毒": 9, "直接经济损失(元)": 16,
    "过火面积(公顷)": 14, "简述": 50, "负责站点": 14, "并入": 24,
}  # fmt: skip
"""Columns and their widths in characters. Nothing of callers: a file is destroyed by nobody (突发事件应对法 §85)."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file that comes as it is made."""

    filename: str
    rows: int
    content: AsyncIterator[bytes]


async def begin_export(intake: Intake, actor: Actor, asked: SearchQuery, kind: str) -> Export:
    """Begin the file and put on record who took which list.

    Args:
        kind: `csv` or `xlsx`.

    Raises:
        Invalid: `search.no_words`.
    """
    wanted = wanted_by(actor, asked)
    now = intake.deps.clock.now()
    wanted = wanted and replace(wanted, kinds=(INCIDENT,))
    rows = 0 if wanted is None else await intake.deps.database.read(lambda c: count_hits(c, wanted))
    detail: dict[str, Detail] = {"rows": rows, "format": kind}  # not the question: it may be somebody's name
    told = intake.deps.acted("intake", Act.LIST_EXPORTED, actor, now=now, target=NAME, detail=detail)
    await intake.deps.database.write(lambda connection: append_facts(connection, told))
    stamp = now.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")
    prefix = "【演练】" if intake.deps.exercise else ""
    return Export(f"{prefix}{NAME}-{stamp}.{kind}", rows, _content(intake, wanted, kind))


async def _content(intake: Intake, wanted: Wanted | None, kind: str) -> AsyncIterator[bytes]:
    head = list(_HEADS)
    table = CsvTable(head) if kind == "csv" else XlsxTable(head, name=NAME, widths=list(_HEADS.values()))
    key: Key = None
    while wanted is not None:
        found, key = await intake.deps.database.read(lambda c, key=key: _next_page(c, wanted, key))  # type: ignore[misc]
        # In a thread: pressing hundreds of rows takes as long as several reports.
        yield await asyncio.to_thread(table.rows, found)
        if key is None:
            break
    yield table.end()


def _next_page(connection: Connection, wanted: Wanted, after: Key) -> tuple[list[list[Cell]], Key]:
    hits = find_hits(connection, wanted, after=after, limit=AT_ONCE)
    known = known_incidents(connection, [hit.id for hit in hits])
    above = known_incidents(connection, [one.merged_into for one in known.values() if one.merged_into])
    key = (hits[-1].received_at, hits[-1].id) if len(hits) == AT_ONCE else None
    return [_cells(known[hit.id], above) for hit in hits if hit.id in known], key


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
