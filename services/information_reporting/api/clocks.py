"""`/api/report-clocks`, `/api/report-rules`, `/api/report-failures`."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.information_reporting.handlers.context import Reporting
from services.information_reporting.handlers.reading import clocks_page, failures
from services.information_reporting.handlers.rules import change_rules, show_rules
from services.information_reporting.schemas import ChangeRules
from shared.http.commands import json_response
from shared.http.paging import After, Limit, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.clock import UtcDatetime

_MONTH = timedelta(days=30)


def clocks_router(reporting: Reporting) -> APIRouter:
    """What is due, by which rule, and what was late."""
    router = APIRouter(prefix="/api", tags=["reporting"])
    deps = reporting.deps
    reader = Annotated[Actor, Depends(deps.auth.require(Action.REPORT_READ))]
    planner = Annotated[Actor, Depends(deps.auth.require(Action.SETTINGS_WRITE))]

    @router.get("/report-clocks")
    async def clocks(
        actor: reader,
        incident_id: Annotated[str | None, Query(max_length=36)] = None,
        open: bool | None = None,  # noqa: A002, FBT001 — the query parameter's name
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """Clocks, the soonest due first, with the seconds that are left (negative: overdue) and the rule's basis.

        Of an incident also who reports on it: `reporter`.
        """
        key, now = time_key(after), deps.clock.now()
        body = await deps.database.read(
            lambda c: clocks_page(
                c, actor, incident_id=incident_id, is_open=open, after=key, limit=limit, now=now, here=deps.site
            )
        )
        return json_response(body)

    @router.get("/report-rules")
    async def rules(_actor: reader) -> Response:
        """The rules in force, each with its basis and whether the bureau has checked it, and the heading of papers."""
        return json_response(await deps.database.read(show_rules))

    @router.put("/report-rules")
    async def replace_rules(request: Request, actor: planner, cmd: ChangeRules) -> Response:
        """Replace the rules; running clocks keep the deadline they began with."""
        now = deps.clock.now()
        return await deps.commands.run(request, actor, lambda c: change_rules(c, reporting, actor, cmd, now))

    @router.get("/report-failures")
    async def failed(actor: reader, since: UtcDatetime | None = None, until: UtcDatetime | None = None) -> Response:
        """What was late (迟报) and what was missing (漏报) of what was due in a period; the last 30 days by default."""
        now = deps.clock.now()
        end = until or now
        start = since or end - _MONTH
        body = await deps.database.read(lambda c: failures(c, actor, since=start, until=end, now=now))
        return json_response(body)

    return router
