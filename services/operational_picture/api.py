"""The picture as one document, for machines and as a sheet of paper."""

import asyncio
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.operational_picture.domain.sheet import Sheet, draw_sheet
from services.operational_picture.handlers.bodies import Bodies
from services.operational_picture.handlers.live import LivePicture
from services.operational_picture.schemas import PictureView
from shared.http.hosting import Deps
from shared.kernel.access import Action, Actor


def build_router(deps: Deps, live: LivePicture, bodies: Bodies) -> APIRouter:
    """The route that gives the whole picture."""
    router = APIRouter(prefix="/api/picture", tags=["picture"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.PICTURE_READ))]

    @router.get("", response_model=PictureView)
    async def picture(request: Request, actor: reader) -> Response:
        """Everything this account may see, with the cursor `<epoch>:<seq>` from which the stream goes on."""
        key = actor.bound_territory
        await live.ready_for(key, None)
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(bodies.plain(key), headers=headers, media_type="application/json")
        headers["Content-Encoding"] = "gzip"
        return Response(await bodies.pressed(key), headers=headers, media_type="application/json")

    @router.get("/sheet.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
    async def sheet(actor: reader) -> Response:
        """The present state as a PDF of A4 pages (打印态势单), to be had before the power goes."""
        key = actor.bound_territory
        await live.ready_for(key, None)
        now = deps.clock.now()
        drawn = draw_sheet(live.picture, key, now, now - timedelta(seconds=live.lag_seconds))
        name = {"Content-Disposition": 'inline; filename="yizhangtu-sheet.pdf"', "Cache-Control": "no-store"}
        return Response(await asyncio.to_thread(_paper, drawn), headers=name, media_type="application/pdf")

    return router


def _paper(sheet: Sheet) -> bytes:
    from services.operational_picture.paper import render_sheet  # noqa: PLC0415 — only whoever prints needs its 5 MB

    return render_sheet(sheet)
