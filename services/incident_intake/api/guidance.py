"""What the officer must ask and do: the bureau's lists, and how they stand for one incident."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.guidance.incidents import (
    finish_step,
    give_answers,
    show_guidance,
    skip_step,
    undo_step,
)
from services.incident_intake.handlers.guidance.lists import change_lists, lists_for, reset_lists, show_lists
from services.incident_intake.handlers.observations import record_observation
from services.incident_intake.schemas import Identifier, IncidentView
from services.incident_intake.schemas.desk import (
    ChangeGuidance,
    GiveAnswers,
    RecordObservation,
    ResetGuidance,
    StepDone,
    StepNotApplicable,
    StepUndone,
)
from shared.http.commands import json_response
from shared.kernel.access import Action, Actor


def guidance_router(intake: Intake) -> APIRouter:
    """`/api/guidance`, and the guidance of one incident."""
    router = APIRouter(prefix="/api", tags=["guidance"])
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    decider = Annotated[Actor, Depends(deps.auth.require(Action.SETTINGS_WRITE))]

    @router.get("/guidance")
    async def all_lists(_actor: reader) -> Response:
        """All lists of questions and steps that are in force."""
        return json_response(await deps.database.read(show_lists))

    @router.get("/guidance/{type_code}")
    async def of_type(_actor: reader, type_code: Identifier) -> Response:
        """The lists that hold for a type; of the longest part of its code that has some."""
        return json_response(await deps.database.read(lambda c: lists_for(c, type_code).json()))

    @router.put("/guidance/{type_code}")
    async def change(request: Request, actor: decider, type_code: Identifier, cmd: ChangeGuidance) -> Response:
        """Put other lists in force for a type and all beneath it (`general`: for all that have none)."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: change_lists(c, intake, actor, type_code, cmd, now))

    @router.post("/guidance/{type_code}/reset")
    async def reset(request: Request, actor: decider, type_code: Identifier, cmd: ResetGuidance) -> Response:
        """Let the product's own lists hold again."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: reset_lists(c, intake, actor, type_code, cmd, now))

    _add_incident_routes(router, intake)
    return router


def _add_incident_routes(router: APIRouter, intake: Intake) -> None:
    deps, commands = intake.deps, intake.deps.commands
    reader = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_WRITE))]
    path = "/incidents/{incident_id}/guidance"

    @router.get(path)
    async def of_incident(actor: reader, incident_id: Identifier) -> Response:
        """Questions with their answers, steps with their times."""
        now = deps.clock.now()
        return json_response(await deps.database.read(lambda c: show_guidance(c, actor, incident_id, now)))

    @router.post(path + "/answers")
    async def answer(request: Request, actor: writer, incident_id: Identifier, cmd: GiveAnswers) -> Response:
        """Keep answers; the last one to each question holds."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: give_answers(c, intake, actor, incident_id, cmd, now))

    @router.post(path + "/steps/{step_id}/done")
    async def done(
        request: Request, actor: writer, incident_id: Identifier, step_id: Identifier, cmd: StepDone
    ) -> Response:
        """The step has been done."""
        now = deps.clock.now()
        return await commands.run(
            request, actor, lambda c: finish_step(c, intake, actor, incident_id, step_id, cmd, now)
        )

    @router.post("/incidents/{incident_id}/observations", status_code=201, response_model=IncidentView)
    async def observe(request: Request, actor: writer, incident_id: Identifier, cmd: RecordObservation) -> Response:
        """The temperature at the scene; steps that wait for the cold look at it."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: record_observation(c, intake, actor, incident_id, cmd, now))

    @router.post(path + "/steps/{step_id}/undo")
    async def undo(
        request: Request, actor: writer, incident_id: Identifier, step_id: Identifier, cmd: StepUndone
    ) -> Response:
        """It has not, after all."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: undo_step(c, intake, actor, incident_id, step_id, cmd, now))

    @router.post(path + "/steps/{step_id}/not-applicable")
    async def skip(
        request: Request, actor: writer, incident_id: Identifier, step_id: Identifier, cmd: StepNotApplicable
    ) -> Response:
        """It does not apply here, and why."""
        now = deps.clock.now()
        return await commands.run(request, actor, lambda c: skip_step(c, intake, actor, incident_id, step_id, cmd, now))
