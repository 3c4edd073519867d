"""Acts on an incident that must say why: notes, recover, close, reopen, merge, split."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.endings import (
    close_incident,
    merge_incident,
    recover_incident,
    reopen_incident,
    split_incident,
)
from services.incident_intake.handlers.notes import add_note
from services.incident_intake.handlers.unit_report import take_unit_report
from services.incident_intake.schemas import (
    CloseIncident,
    Identifier,
    IncidentView,
    MergeIncident,
    NoteInput,
    RecoverIncident,
    TimelineView,
    WithReason,
)
from services.incident_intake.schemas.calls import TakeUnitReport
from shared.kernel.access import Action, Actor


def acts_router(intake: Intake) -> APIRouter:
    """Routes of acts on one incident."""
    router = APIRouter(prefix="/api/incidents/{incident_id}", tags=["incidents"])
    deps, commands = intake.deps, intake.deps.commands
    writer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_WRITE))]
    closer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_CLOSE))]

    @router.post("/notes", status_code=201, response_model=TimelineView)
    async def note(request: Request, actor: writer, incident_id: Identifier, cmd: NoteInput) -> Response:
        """Add a line to the timeline."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: add_note(c, intake, actor, incident_id, cmd, now))

    @router.post("/close", response_model=IncidentView)
    async def close(request: Request, actor: closer, incident_id: Identifier, cmd: CloseIncident) -> Response:
        """End the incident; figures may still be corrected afterwards."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: close_incident(c, intake, actor, incident_id, cmd, now))

    @router.post("/unit-report", status_code=201, response_model=IncidentView)
    async def unit_report(request: Request, actor: writer, incident_id: Identifier, cmd: TakeUnitReport) -> Response:
        """The unit where it happened has reported by itself: its hour ends (国务院令 493 号 §9)."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: take_unit_report(c, intake, actor, incident_id, cmd, now))

    @router.post("/recover", response_model=IncidentView)
    async def recover(request: Request, actor: closer, incident_id: Identifier, cmd: RecoverIncident) -> Response:
        """处置→善后: the danger is over; it stays open for reports and in the list, until it is closed."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: recover_incident(c, intake, actor, incident_id, cmd, now))

    @router.post("/reopen", response_model=IncidentView)
    async def reopen(request: Request, actor: closer, incident_id: Identifier, cmd: WithReason) -> Response:
        """Take an ending back."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: reopen_incident(c, intake, actor, incident_id, cmd, now))

    @router.post("/merge", response_model=IncidentView)
    async def merge(request: Request, actor: writer, incident_id: Identifier, cmd: MergeIncident) -> Response:
        """Say that this is the same incident as another; nothing is deleted."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: merge_incident(c, intake, actor, incident_id, cmd, now))

    @router.post("/split", response_model=IncidentView)
    async def split(request: Request, actor: writer, incident_id: Identifier, cmd: WithReason) -> Response:
        """Take a merge back."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: split_incident(c, intake, actor, incident_id, cmd, now))

    return router
