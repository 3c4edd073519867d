"""Warnings in (CAP and Chinese JSON as they stand), issued here, and out."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection

from services.incident_intake.cap.document import read_document
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.issuing import cancel_warning, change_warning, issue_warning, kinds_view
from services.incident_intake.handlers.warning_areas import areas_of
from services.incident_intake.handlers.warning_documents import cap_document
from services.incident_intake.handlers.warning_history import history_of
from services.incident_intake.handlers.warning_shapes import draw
from services.incident_intake.handlers.warning_views import warning_view
from services.incident_intake.handlers.warnings import import_warnings
from services.incident_intake.schemas import CancelWarning, ChangeWarning, Identifier, IssueWarning
from services.incident_intake.store.warnings import StoredWarning, find_warning, list_warnings
from shared.http.commands import json_response
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.errors import NotFound

_TEXT = {"schema": {"type": "string"}}
_OBJECT = {"schema": {"type": "object"}}
_BODY = {"requestBody": {"required": True, "content": {"application/xml": _TEXT, "application/json": _OBJECT}}}


def warnings_router(intake: Intake) -> APIRouter:
    """Routes of warnings."""
    router = APIRouter(prefix="/api/warnings", tags=["warnings"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.WARNING_READ))]
    issuer = Annotated[Actor, Depends(deps.auth.require(Action.WARNING_ISSUE))]
    importer = Annotated[Actor, Depends(deps.auth.require(Action.WARNING_IMPORT))]

    @router.post("", status_code=201, openapi_extra=_BODY)
    async def take(request: Request, actor: importer) -> Response:
        """Take a document: CAP (alone, or in Atom, RSS, EDXL-DE), or the JSON of a known Chinese source.

        Importing twice changes nothing.
        """
        now = deps.clock.now()
        body = await request.body()
        reading = await asyncio.to_thread(read_document, body, now=now)
        drawings = await asyncio.to_thread(draw, reading)
        return await commands.run(request, actor, lambda c: import_warnings(c, intake, actor, reading, drawings, now))

    @router.post("/issue", status_code=201)
    async def issue(request: Request, actor: issuer, cmd: IssueWarning) -> Response:
        """Issue a warning of the district: blue and yellow, orange and red with the authority's reference."""
        now = deps.clock.now()
        areas = await asyncio.to_thread(areas_of, cmd.area_townships, cmd.polygon)
        return await commands.run(request, actor, lambda c: issue_warning(c, intake, actor, cmd, areas, now))

    async def change(request: Request, actor: Actor, warning_id: str, cmd: ChangeWarning, *, upwards: bool) -> Response:
        now = deps.clock.now()
        is_new = bool(cmd.area_townships or cmd.polygon)
        areas = await asyncio.to_thread(areas_of, cmd.area_townships or (), cmd.polygon) if is_new else ()
        return await commands.run(
            request, actor, lambda c: change_warning(c, intake, actor, warning_id, cmd, areas, now, upwards=upwards)
        )

    @router.post("/{warning_id}/raise", status_code=201)
    async def raise_it(request: Request, actor: issuer, warning_id: Identifier, cmd: ChangeWarning) -> Response:
        """Issue it anew in a higher colour; the old message stays, as superseded."""
        return await change(request, actor, warning_id, cmd, upwards=True)

    @router.post("/{warning_id}/lower", status_code=201)
    async def lower(request: Request, actor: issuer, warning_id: Identifier, cmd: ChangeWarning) -> Response:
        """Issue it anew in a lower colour."""
        return await change(request, actor, warning_id, cmd, upwards=False)

    @router.post("/{warning_id}/cancel", status_code=201)
    async def cancel(request: Request, actor: issuer, warning_id: Identifier, cmd: CancelWarning) -> Response:
        """Lift it."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: cancel_warning(c, intake, actor, warning_id, cmd, now))

    @router.get("/kinds")
    async def kinds(_actor: reader) -> Response:
        """What may be warned of, and who issues here."""
        return json_response(kinds_view(intake))

    @router.get("/{warning_id}/cap", response_class=Response)
    async def as_cap(_actor: reader, warning_id: Identifier) -> Response:
        """A warning issued here as a CAP 1.2 document."""
        found = await deps.database.read(lambda connection: find_warning(connection, warning_id))
        body, name = cap_document(found, warning_id)
        headers = {"Content-Disposition": f'attachment; filename="{name}.xml"'}
        return Response(body, media_type="application/cap+xml", headers=headers)

    @router.get("/{warning_id}/history")
    async def history(_actor: reader, warning_id: Identifier) -> Response:
        """All messages of the same event, the first one first."""
        now = deps.clock.now()
        found = await deps.database.read(lambda connection: history_of(connection, warning_id))
        return json_response({"items": [warning_view(one, now) for one in found]})

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
        return json_response(
            keyed_page(found, limit, lambda one: (one.record.alert.sent, one.id), lambda one: warning_view(one, now))
        )

    @router.get("/{warning_id}")
    async def read(_actor: reader, warning_id: Identifier) -> Response:
        """One warning."""
        found = await deps.database.read(lambda connection: find_warning(connection, warning_id))
        if found is None:
            raise NotFound("warning.not_found", id=warning_id)
        return json_response(warning_view(found, deps.clock.now()))

    return router
