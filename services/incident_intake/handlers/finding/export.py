"""Lists as files: page after page is read, written and sent, so that a year of incidents needs no memory."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.finding.search import wanted_by
from services.incident_intake.handlers.finding.sheets import Sheet
from services.incident_intake.schemas.finding import SearchQuery
from services.incident_intake.store.search import Key, Wanted, count_hits, find_hits
from shared.contracts.events.acts import Act, Detail
from shared.http.table_out import Cell, CsvTable, XlsxTable
from shared.kernel.access import Actor
from shared.kernel.clock import SHANGHAI
from shared.storage.system import append_facts

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Export:
    """A file that comes as it is made."""

    filename: str
    rows: int
    content: AsyncIterator[bytes]


async def begin_export(intake: Intake, actor: Actor, asked: SearchQuery, kind: str, sheet: Sheet) -> Export:
    """Begin the file and put on record who took which list.

    Args:
        kind: `csv` or `xlsx`.

    Raises:
        Invalid: `search.no_words`.
    """
    wanted = wanted_by(actor, asked)
    now = intake.deps.clock.now()
    wanted = wanted and replace(wanted, kinds=(sheet.kind,))
    rows = 0 if wanted is None else await intake.deps.database.read(lambda c: count_hits(c, wanted))
    detail: dict[str, Detail] = {"rows": rows, "format": kind}  # not the question: it may be somebody's name
    told = intake.deps.acted("intake", Act.LIST_EXPORTED, actor, now=now, target=sheet.name, detail=detail)
    await intake.deps.database.write(lambda connection: append_facts(connection, told))
    stamp = now.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")
    prefix = "【演练】" if intake.deps.exercise else ""
    return Export(f"{prefix}{sheet.name}-{stamp}.{kind}", rows, _content(intake, sheet, wanted, kind))


async def _content(intake: Intake, sheet: Sheet, wanted: Wanted | None, kind: str) -> AsyncIterator[bytes]:
    head = list(sheet.heads)
    table = CsvTable(head) if kind == "csv" else XlsxTable(head, name=sheet.name, widths=list(sheet.heads.values()))
    key: Key = None
    while wanted is not None:
        found, key = await intake.deps.database.read(lambda c, key=key: _next_page(c, sheet, wanted, key))  # type: ignore[misc]
        # In a thread: pressing hundreds of rows takes as long as several reports.
        yield await asyncio.to_thread(table.rows, found)
        if key is None:
            break
    yield table.end()


def _next_page(connection: Connection, sheet: Sheet, wanted: Wanted, after: Key) -> tuple[list[list[Cell]], Key]:
    hits = find_hits(connection, wanted, after=after, limit=AT_ONCE)
    key = (hits[-1].received_at, hits[-1].id) if len(hits) == AT_ONCE else None
    return sheet.rows(connection, [hit.id for hit in hits]), key
