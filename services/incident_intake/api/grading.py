"""Routes of grading: figures and their sources, a grade by hand, the step of command, the rules."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.figures import choose_figure, state_casualties, tell_one
from services.incident_intake.handlers.grades import grade_by_hand, transfer_command
from services.incident_intake.handlers.grading_rules import change_rules, show_rules, show_standard
from services.incident_intake.schemas import Identifier, IncidentView
from services.incident_intake.schemas.grading import (
    ChangeGradingRules,
    GradeByHand,
    StateCasualties,
    TellFigure,
    TransferCommand,
)
from shared.http.commands import json_response
from shared.kernel.access import Action, Actor


def grading_router(intake: Intake) -> APIRouter:
    """How grave one incident is."""
    router = APIRouter(prefix="/api/incidents/{incident_id}", tags=["incidents"])
    deps, commands = intake.deps, intake.deps.commands
    writer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_WRITE))]
    desk = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_CLOSE))]

    @router.post("/casualties", response_model=IncidentView)
    async def casualties(request: Request, actor: writer, incident_id: Identifier, cmd: StateCasualties) -> Response:
        """Say what the figures are, open or ended; after the window they are kept and not counted."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: state_casualties(c, intake, actor, incident_id, cmd, now))

    @router.post("/figures", status_code=201, response_model=IncidentView)
    async def figure(request: Request, actor: writer, incident_id: Identifier, cmd: TellFigure) -> Response:
        """One number of one source; it stands beside a different one until a person chooses."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: tell_one(c, intake, actor, incident_id, cmd, now))

    @router.post("/figures/{figure_id}/choose", response_model=IncidentView)
    async def choose(request: Request, actor: writer, incident_id: Identifier, figure_id: Identifier) -> Response:
        """Take one of the numbers that stand side by side."""
        now = deps.clock.now()
        return await commands.run(
            request, actor, lambda c: choose_figure(c, intake, actor, incident_id, figure_id, now)
        )

    @router.post("/grade", response_model=IncidentView)
    async def grade(request: Request, actor: writer, incident_id: Identifier, cmd: GradeByHand) -> Response:
        """Grade it by hand and say why; without a grade the rules decide again."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: grade_by_hand(c, intake, actor, incident_id, cmd, now))

    @router.post("/command-transfer", response_model=IncidentView)
    async def transfer(request: Request, actor: desk, incident_id: Identifier, cmd: TransferCommand) -> Response:
        """Put on record that the city commands now (京办 §46)."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: transfer_command(c, intake, actor, incident_id, cmd, now))

    return router


def grading_rules_router(intake: Intake) -> APIRouter:
    """The rules of grading."""
    router = APIRouter(prefix="/api/grading-rules", tags=["settings"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    setter = Annotated[Actor, Depends(deps.auth.require(Action.SETTINGS_WRITE))]

    @router.get("")
    async def rules(_actor: reader, standard: bool = False) -> Response:  # noqa: FBT001, FBT002 — a query parameter
        """The rules in force, or with `standard` those that the product came with."""
        return json_response(show_standard() if standard else await deps.database.read(show_rules))

    @router.put("")
    async def change(request: Request, actor: setter, cmd: ChangeGradingRules) -> Response:
        """Replace the rules; they count from the next change of an incident on."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: change_rules(c, intake, actor, cmd, now))

    return router
