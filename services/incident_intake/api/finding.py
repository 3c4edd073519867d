"""Finding things: searches, searches that are kept, and lists as files."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.finding.export import begin_export
from services.incident_intake.handlers.finding.search import search_page
from services.incident_intake.handlers.finding.sheets import CALL_SHEET, INCIDENT_SHEET, Sheet
from services.incident_intake.handlers.finding.views import forget_view, save_view, views_of
from services.incident_intake.schemas import Identifier
from services.incident_intake.schemas.finding import (
    MAX_QUESTION,
    FoundKind,
    SavedViewView,
    SaveView,
    SearchQuery,
)
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.levels import IncidentGrade
from shared.http.commands import json_response
from shared.http.paging import After, Limit, time_key
from shared.http.schemas import SaidTime
from shared.http.table_out import MEDIA_TYPES
from shared.kernel.access import Action, Actor


def _split(given: object) -> object:
    """`kinds=incident,call` is the same as `kinds=incident&kinds=call`."""
    return [one for part in given for one in str(part).split(",")] if isinstance(given, list) else given


Question = Annotated[Identifier | None, Query(max_length=MAX_QUESTION)]
Code = Annotated[Identifier | None, Query(max_length=20)]
SiteName = Annotated[Identifier | None, Query(max_length=32)]
Kinds = Annotated[list[FoundKind] | None, BeforeValidator(_split), Query()]
FileFormat = Literal["csv", "xlsx"]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()}}
}


def asked_query(
    q: Question = None,
    kinds: Kinds = None,
    status: Annotated[list[IncidentStatus] | None, Query()] = None,
    open: bool | None = None,  # noqa: A002, FBT001 — the query parameter's name
    grade: IncidentGrade | None = None,
    type: Code = None,  # noqa: A002 — the query parameter's name
    township: Code = None,
    sensitive: bool | None = None,  # noqa: FBT001
    since: SaidTime | None = None,
    until: SaidTime | None = None,
    home_site: SiteName = None,
) -> SearchQuery:
    """The search in a request's query."""
    return SearchQuery.model_construct(
        q=q, kinds=kinds or [], status=status or [], open=open, grade=grade, type=type, township=township,
        sensitive=sensitive, since=since, until=until, home_site=home_site,
    )  # fmt: skip


Asked = Annotated[SearchQuery, Depends(asked_query)]


async def _file(intake: Intake, actor: Actor, asked: SearchQuery, kind: FileFormat, sheet: Sheet) -> Response:
    made = await begin_export(intake, actor, asked, kind, sheet)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.filename)}",
        "X-Rows": str(made.rows),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(made.content, headers=headers, media_type=MEDIA_TYPES[kind])


def finding_router(intake: Intake) -> APIRouter:
    """Routes of finding; before those of single incidents, or `export` would be taken for an id."""
    router = APIRouter(prefix="/api", tags=["finding"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]

    @router.get("/search")
    async def search(actor: reader, asked: Asked, after: After = None, limit: Limit = 50) -> Response:
        """Incidents of all sites and calls of this one, by any part of their texts or by the letters of pinyin.

        `index` says what is not in yet. Reports (信息报送) are searched at `/api/reports`.
        """
        key = time_key(after)
        body = await deps.database.read(lambda c: search_page(c, intake, actor, asked, after=key, limit=limit))
        return json_response(body)

    @router.get("/incidents/export", responses=_FILE)
    async def export(actor: reader, asked: Asked, format: FileFormat) -> Response:  # noqa: A002 — the parameter's name
        """The same search as a file, which comes as it is made; no cell of it is a formula."""
        return await _file(intake, actor, asked, format, INCIDENT_SHEET)

    @router.get("/calls/export", responses=_FILE)
    async def export_calls(actor: reader, asked: Asked, format: FileFormat) -> Response:  # noqa: A002 — as above
        """The register of calls as a file, without who called and what was said."""
        return await _file(intake, actor, asked, format, CALL_SHEET)

    @router.get("/views")
    async def listed(actor: reader) -> Response:
        """The searches that this account keeps."""
        return json_response(await deps.database.read(lambda c: views_of(c, actor)))

    @router.post("/views", status_code=201, response_model=SavedViewView)
    async def save(request: Request, actor: reader, cmd: SaveView) -> Response:
        """Keep a search under a name."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: save_view(c, actor, cmd, now))

    @router.delete("/views/{view_id}", status_code=204)
    async def forget(actor: reader, view_id: Identifier) -> Response:
        """Keep it no longer."""
        await deps.database.write(lambda c: forget_view(c, actor, view_id))
        return Response(status_code=204)

    return router
