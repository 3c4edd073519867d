"""Routes of grants: at which other sites an account may log in, and whether they know it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlalchemy import Connection

from services.identity.api.edge import origin_of
from services.identity.handlers.audit import Act
from services.identity.handlers.context import Identity
from services.identity.handlers.grant_list import add_grant, end_grant, grants_page
from services.identity.handlers.grants import give_grants, grants_view
from services.identity.schemas import GiveGrants
from shared.http.commands import Answer, json_response
from shared.http.paging import After, Limit, decode_cursor
from shared.kernel.access import Action, Actor

Site = Annotated[str, Path(min_length=1, max_length=32)]


def build_grants_router(identity: Identity) -> APIRouter:
    """`/api/grants`, and those of one account."""
    router = APIRouter(prefix="/api", tags=["identity"])
    deps = identity.deps
    admin = Annotated[Actor, Depends(deps.auth.require(Action.ACCOUNT_ADMIN))]

    def act_of(request: Request, actor: Actor) -> Act:
        return Act(identity.now(), actor, origin_of(request, identity.config))

    @router.get("/grants")
    async def every(_actor: admin, limit: Limit = 50, after: After = None) -> Response:
        """All grants by username and site, each with how far it has come, and the sites that can be chosen."""
        username, site = decode_cursor(after, str, str) if after else ("", "")
        key = (str(username), str(site))
        return json_response(await deps.database.read(lambda c: grants_page(c, deps, key, limit)))

    @router.get("/accounts/{account_id}/grants")
    async def grants(account_id: str, _actor: admin) -> Response:
        """The other sites at which the account may log in."""
        return json_response({"items": await deps.database.read(lambda c: grants_view(c, account_id))})

    @router.post("/accounts/{account_id}/grants")
    async def give(request: Request, account_id: str, body: GiveGrants, actor: admin) -> Response:
        """Let the account log in at these other sites too, also while they are cut off; the others lose it."""
        act = act_of(request, actor)

        def work(connection: Connection) -> Answer:
            return _answer(give_grants(connection, deps, act, account_id, body.sites))

        return await deps.commands.run(request, actor, work)

    @router.put("/accounts/{account_id}/grants/{site}")
    async def add(request: Request, account_id: str, site: Site, actor: admin) -> Response:
        """Let the account log in at this site too."""
        act = act_of(request, actor)
        return await deps.commands.run(request, actor, lambda c: _answer(add_grant(c, deps, act, account_id, site)))

    @router.delete("/accounts/{account_id}/grants/{site}")
    async def end(request: Request, account_id: str, site: Site, actor: admin) -> Response:
        """Take that back; until the site has heard it the account still opens there."""
        act = act_of(request, actor)
        return await deps.commands.run(request, actor, lambda c: _answer(end_grant(c, deps, act, account_id, site)))

    return router


def _answer(items: list[dict[str, Any]]) -> Answer:
    return Answer(200, {"items": items})
