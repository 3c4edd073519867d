"""Warnings in (CAP as it stands) and out."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection

from services.incident_intake.cap.reader import read_cap
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.warning_shapes import draw
from services.incident_intake.handlers.warning_views import warning_view
from services.incident_intake.handlers.warnings import import_warnings
from services.incident_intake.schemas import Identifier
from services.incident_intake.store.warnings import StoredWarning, find_warning, list_warnings
from shared.http.commands import json_response
from shared.http.paging import After, Limit, encode_cursor, page, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import NotFound

_CAP_BODY = {"requestBody": {"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}}}


def warnings_router(intake: Intake) -> APIRouter:
    """Routes of warnings."""
    router = APIRouter(prefix="/api/warnings", tags=["warnings"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.WARNING_READ))]
    importer = Annotated[Actor, Depends(deps.auth.require(Action.WARNING_IMPORT))]

    @router.post("", status_code=201, openapi_extra=_CAP_BODY)
    async def take(request: Request, actor: importer) -> Response:
        """Take a CAP document (alone, or in Atom, RSS, EDXL-DE); importing twice changes nothing."""
        now = deps.clock.now()
        body = await request.body()
        reading = await asyncio.to_thread(read_cap, body, now=now)
        drawings = await asyncio.to_thread(draw, reading)
        return await commands.run(request, actor, lambda c: import_warnings(c, intake, actor, reading, drawings, now))

    @router.get("")
    async def list_all(
        _actor: reader,
        current: bool = False,  # noqa: FBT001, FBT002 — a query parameter
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        """Warnings, latest sent first; `current` leaves out what is over."""
        now, key = deps.clock.now(), time_key(after)

        def look(connection: Connection) -> list[StoredWarning]:
            return list_warnings(connection, current_at=now if current else None, after=key, limit=limit + 1)

        found = await deps.database.read(look)
        last = found[limit - 1].record.alert.sent if len(found) > limit else None
        cursor = None if last is None else encode_cursor(wire_time(last), found[limit - 1].id)
        return json_response(page([warning_view(warning, now) for warning in found], limit, cursor))

    @router.get("/{warning_id}")
    async def read(_actor: reader, warning_id: Identifier) -> Response:
        """One warning."""
        found = await deps.database.read(lambda connection: find_warning(connection, warning_id))
        if found is None:
            raise NotFound("warning.not_found", id=warning_id)
        return json_response(warning_view(found, deps.clock.now()))

    return router
