"""`/api/people/import` and `/api/roster/import`: tables of the office."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, UploadFile
from sqlalchemy import Connection

from services.duty_roster.domain.policy import RosterPolicy
from services.duty_roster.handlers.imports import PEOPLE_COLUMNS, SHIFT_COLUMNS, TakePeople, TakeShifts
from services.duty_roster.handlers.shifts import Shifts
from shared.contracts.events.acts import Act
from shared.http.commands import Answer
from shared.http.hosting import Deps
from shared.http.table_file import Column, Table, read_table, read_upload
from shared.http.table_import import TakeRow, import_table
from shared.kernel.access import Action, Actor
from shared.storage.system import append_facts


def imports_router(deps: Deps, shifts: Shifts, policy: RosterPolicy) -> APIRouter:
    """Takes CSV and XLSX; `dry_run` only tells what would happen, `partial` keeps the good rows."""
    router = APIRouter(prefix="/api", tags=["roster"])
    writer = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_WRITE))]

    async def take_file(
        request: Request,
        file: UploadFile,
        actor: Actor,
        columns: Sequence[Column],
        taking: Callable[[Table], TakeRow],
        *,
        act: Act,
        dry_run: bool,
        partial: bool,
    ) -> Response:
        content = await read_upload(file)
        table = await asyncio.to_thread(read_table, content, file.filename or "", columns)

        def work(connection: Connection) -> Answer:
            report = import_table(connection, table, taking(table), dry_run=dry_run, partial=partial)
            if not dry_run:
                said = deps.acted("roster", act, actor, now=deps.clock.now(), detail=report.counts())
                append_facts(connection, said)
            return Answer(200, report.as_json())

        return await deps.commands.run(request, actor, work, content=content)

    @router.post("/people/import")
    async def people(
        request: Request, file: UploadFile, actor: writer, *, dry_run: bool = False, partial: bool = False
    ) -> Response:
        """People from a table with 姓名, 单位, 电话, 备用电话, 账号."""

        def taking(table: Table) -> TakeRow:
            return TakePeople(deps, actor, table.columns, deps.clock.now())

        act = Act.PEOPLE_IMPORTED
        return await take_file(request, file, actor, PEOPLE_COLUMNS, taking, act=act, dry_run=dry_run, partial=partial)

    @router.post("/roster/import")
    async def roster(
        request: Request, file: UploadFile, actor: writer, *, dry_run: bool = False, partial: bool = False
    ) -> Response:
        """Shifts from a table with 日期, 岗位, 姓名, 开始, 结束, 备注; the people must be on the staff already."""

        def taking(_table: Table) -> TakeRow:
            return TakeShifts(shifts, policy, actor, deps.clock.now())

        act = Act.SHIFTS_IMPORTED
        return await take_file(request, file, actor, SHIFT_COLUMNS, taking, act=act, dry_run=dry_run, partial=partial)

    return router
