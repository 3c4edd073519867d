"""The picture as a stream of server-sent events; plain ASGI, because a framework's response costs too much here.

On connect a screen gets what it missed since its cursor, or a snapshot; then frames and a sign of life. It ends when
the screen goes away, reads too slowly, or its session ends.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import structlog
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from services.operational_picture.domain.changes import Key
from services.operational_picture.handlers.bodies import Bodies
from services.operational_picture.handlers.encoding import parse_cursor, public_epoch, sse
from services.operational_picture.handlers.live import LivePicture
from services.operational_picture.handlers.screens import Screen
from shared.http.hosting import Deps
from shared.kernel.access import Action, Actor
from shared.kernel.errors import DomainError, Forbidden, Unauthenticated

_log = structlog.get_logger(__name__)
CHECK_SESSION_SECONDS = 20.0
"""An ended session stops seeing the picture within this and one heartbeat."""
STUCK_SECONDS = 20.0
"""A screen that takes nothing for this long is gone without having said so."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class PictureStream:
    """`GET /api/picture/stream` as an ASGI application."""

    openapi: ClassVar[dict[str, Any]] = {
        "tags": ["picture"],
        "summary": "Stream",
        "description": "Server-sent events `snapshot`, `frame` and `heartbeat`; goes on behind the given cursor.",
        "operationId": "picture_stream",
        "parameters": [
            {
                "name": name,
                "in": place,
                "required": False,
                "schema": {"type": "string"},
                "description": "`<epoch>:<seq>`",
            }
            for name, place in (("cursor", "query"), ("Last-Event-ID", "header"))
        ],
        "responses": {
            "200": {"description": "Events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
        },
    }

    def __init__(self, deps: Deps, live: LivePicture, bodies: Bodies) -> None:
        self._guard: Callable[[Request], Awaitable[Actor]] = deps.auth.require(Action.PICTURE_READ)
        self._live = live
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        actor = await self._guard(request)
        cursor = parse_cursor(request.headers.get("last-event-id") or request.query_params.get("cursor"))
        await self._live.ready_for(actor.bound_territory, cursor)
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await self._serve(request, actor.bound_territory, cursor, send)

    async def _serve(self, request: Request, key: Key, cursor: tuple[str, int] | None, send: Send) -> None:
        ended = asyncio.Event()
        screen = Screen(key, ended.set)
        first = self._first(key, cursor)
        self._live.screens.add(screen)  # in the same step as `first` was made: nothing falls between the two
        parts = (
            asyncio.create_task(_pump(screen, first, send)),
            asyncio.create_task(_until_gone(request)),
            asyncio.create_task(self._until_session_ends(request, key)),
            asyncio.create_task(ended.wait()),
        )
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            return  # the server ends, or has seen the screen go: both are the ordinary end, not an error to print
        finally:
            self._live.screens.discard(screen)
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        # A clean end tells the reader at once; whoever is stuck or gone does not take it, and need not.
        with contextlib.suppress(TimeoutError, OSError, RuntimeError):
            async with asyncio.timeout(1):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _first(self, key: Key, cursor: tuple[str, int] | None) -> bytes:
        live = self._live
        live.flush()
        missed = live.resume(key, cursor)
        if missed is not None:
            return missed
        return sse("snapshot", public_epoch(live.mark.epoch, key), live.picture.seq, self._bodies.plain(key))

    async def _until_session_ends(self, request: Request, key: Key) -> None:
        while True:
            await asyncio.sleep(CHECK_SESSION_SECONDS)
            try:
                actor = await self._guard(request)
            except (Unauthenticated, Forbidden):
                return
            except DomainError as error:  # the store of sessions is away: the picture goes on
                _log.warning("session_not_checked", code=error.code)
                continue
            if actor.bound_territory != key:
                return


async def _pump(screen: Screen, first: bytes, send: Send) -> None:
    chunk = first
    while True:
        async with asyncio.timeout(STUCK_SECONDS):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        chunk = await screen.next()


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
