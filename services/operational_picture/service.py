"""Builds the service: the live picture, its jobs, its routes, and the page."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.routing import Route

from services.operational_picture.api import build_router
from services.operational_picture.domain.limits import PictureLimits
from services.operational_picture.domain.picture import Picture
from services.operational_picture.handlers.bodies import Bodies
from services.operational_picture.handlers.live import LivePicture
from services.operational_picture.jobs import PictureJobs
from services.operational_picture.metrics import PictureMetrics
from services.operational_picture.pages import Pages
from services.operational_picture.stream import PictureStream
from shared.http.hosting import Deps, Service
from shared.messaging.feed import Feed

MIGRATIONS = Path(__file__).parent / "migrations"
STATIC = Path(__file__).parent / "static"


def build(deps: Deps, feed: Feed | None, limits: PictureLimits | None = None) -> Service:
    """The service; without a feed it shows what was saved and says how old that is."""

    def empty() -> Picture:
        return Picture(deps.site, deps.site_name, deps.exercise, limits or PictureLimits())

    live = LivePicture(empty, deps.clock, PictureMetrics(deps.metrics))
    bodies, jobs = Bodies(live), PictureJobs(deps, live, empty, feed)
    stream = Route("/api/picture/stream", PictureStream(deps, live, bodies), methods=["GET"], name="picture_stream")

    async def unready() -> list[str]:
        if not live.loaded.is_set():
            return ["picture.loading"]
        return ["picture.rebuilding"] if live.rebuilding else []

    def status() -> dict[str, Any]:
        view = {"seq": live.picture.seq, "lag_seconds": round(live.lag_seconds, 3), "screens": len(live.screens)}
        return {"view": view}

    return Service(
        name="operational_picture",
        routers=[APIRouter(routes=[stream]), build_router(deps, live, bodies)],
        mounts=[("/", Pages(STATIC))],
        jobs=jobs.all(),
        unready=unready,
        status=status,
        prove=jobs.prove if feed is not None else None,
        ending=live.screens.end,
    )
