"""The route that takes a table of units."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, UploadFile

from services.resource_dispatch.handlers.imports import COLUMNS, import_units
from shared.http.hosting import Deps
from shared.http.table_file import read_table, read_upload
from shared.kernel.access import Action, Actor


def imports_router(deps: Deps) -> APIRouter:
    """`/api/units/import`."""
    router = APIRouter(prefix="/api/units", tags=["dispatch"])
    writer = Annotated[Actor, Depends(deps.auth.require(Action.UNIT_WRITE))]

    @router.post("/import")
    async def take_file(
        request: Request, file: UploadFile, actor: writer, *, dry_run: bool = False, partial: bool = False
    ) -> Response:
        """Units from a CSV or XLSX; `dry_run` only tells what would happen, `partial` keeps the good rows."""
        content = await read_upload(file)
        table = await asyncio.to_thread(read_table, content, file.filename or "", COLUMNS)
        return await deps.commands.answer(
            request,
            actor,
            lambda c, now: import_units(c, deps, actor, table, now, dry_run=dry_run, partial=partial),
            content=content,
        )

    return router
