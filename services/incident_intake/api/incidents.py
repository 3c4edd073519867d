"""Taking, changing and reading incidents."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.incident_intake.handlers.change import change_incident
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.reading import accesses_page, incidents_page, read_incident, timeline_page
from services.incident_intake.handlers.report import report_incident
from services.incident_intake.schemas import (
    ChangeIncident,
    Identifier,
    IncidentView,
    ReportIncident,
    TimelineView,
)
from services.incident_intake.store.incidents import OPEN, IncidentFilter
from shared.contracts.events.intake import IncidentStatus
from shared.contracts.levels import IncidentGrade
from shared.http.commands import json_response
from shared.http.express import ExpressRoute
from shared.http.paging import After, Limit, time_key
from shared.http.schemas import SaidTime
from shared.kernel.access import Action, Actor

Statuses = Annotated[list[IncidentStatus] | None, Query()]
Words = Annotated[Identifier | None, Query(max_length=100)]
Code = Annotated[Identifier | None, Query(max_length=20)]


def reports_express(intake: Intake) -> ExpressRoute:
    """First reports once more, on the short way."""
    guard = intake.deps.auth.require(Action.INCIDENT_WRITE)
    return ExpressRoute("/api/incidents", ReportIncident, guard, _taking(intake))


def _taking(intake: Intake) -> Callable[[Request, Actor, ReportIncident], Awaitable[Response]]:
    deps, commands = intake.deps, intake.deps.commands

    async def take(request: Request, actor: Actor, cmd: ReportIncident) -> Response:
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: report_incident(c, intake, actor, cmd, now))

    return take


def incidents_router(intake: Intake) -> APIRouter:
    """Routes of incidents."""
    router = APIRouter(prefix="/api", tags=["incidents"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_WRITE))]
    auditor = Annotated[Actor, Depends(deps.auth.require(Action.AUDIT_READ))]

    take = _taking(intake)

    @router.post("/incidents", status_code=201, response_model=IncidentView)
    async def report(request: Request, actor: writer, cmd: ReportIncident) -> Response:
        """Take a first report. Nothing is required but one word of what or where; gaps come back as hints."""
        return await take(request, actor, cmd)

    @router.patch("/incidents/{incident_id}", response_model=IncidentView)
    async def change(request: Request, actor: writer, incident_id: Identifier, cmd: ChangeIncident) -> Response:
        """Take a follow-up (续报): what is left out stays."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: change_incident(c, intake, actor, incident_id, cmd, now))

    @router.get("/incidents")
    async def list_incidents(
        actor: reader,
        status: Statuses = None,
        open: bool | None = None,  # noqa: A002, FBT001 — the query parameter's name
        grade: IncidentGrade | None = None,
        type: Code = None,  # noqa: A002 — the query parameter's name
        township: Code = None,
        q: Words = None,
        sensitive: bool | None = None,  # noqa: FBT001
        since: SaidTime | None = None,
        until: SaidTime | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        """Incidents, newest report first; callers are masked."""
        wanted = IncidentFilter(
            statuses=OPEN if open else tuple(status or ()),
            grade=grade,
            type_code=type,
            township=township,
            text=q,
            sensitive=sensitive,
            since=since,
            until=until,
        )
        key = time_key(after)
        body = await deps.database.read(lambda c: incidents_page(c, intake, actor, wanted, after=key, limit=limit))
        return json_response(body)

    @router.get("/incidents/{incident_id}", response_model=IncidentView)
    async def read(actor: reader, incident_id: Identifier) -> Response:
        """One incident. The caller is unmasked for those who may, and their reading is put on record."""
        return json_response(await read_incident(intake, actor, incident_id))

    @router.get("/incidents/{incident_id}/timeline", response_model=dict[str, list[TimelineView] | str | None])
    async def timeline(actor: reader, incident_id: Identifier, after: After = None, limit: Limit = 50) -> Response:
        """What happened, newest occurrence first; a late report stands where it belongs and says so."""
        key = time_key(after)
        return json_response(
            await deps.database.read(lambda c: timeline_page(c, actor, incident_id, after=key, limit=limit))
        )

    @router.get("/caller-access")
    async def caller_access(_actor: auditor, after: After = None, limit: Limit = 50) -> Response:
        """Who has read which caller unmasked, newest first."""
        key = time_key(after)
        return json_response(await deps.database.read(lambda c: accesses_page(c, after=key, limit=limit)))

    return router
