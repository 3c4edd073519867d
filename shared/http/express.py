"""The short way for the few commands that must not wait: what is said as usual is answered without the framework.

Whatever is unusual about a request (no session, other content, a faulty body) goes the ordinary way with everything
that was read of it, so that there is one place which words refusals.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problem import of_domain_error
from shared.http.schemas import Command
from shared.kernel.access import Actor
from shared.kernel.errors import DomainError

_JSON = frozenset({"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"})


@dataclass(frozen=True, slots=True)
class ExpressRoute:
    """A POST that has an ordinary route too, of which everything is said there; this one must answer the same.

    Args:
        path: without parameters.
        model: of the body.
        guard: of `Auth.require`.
        answer: the ordinary route's own function.
    """

    path: str
    model: type[Command]
    guard: Callable[[Request], Awaitable[Actor]]
    answer: Callable[[Request, Actor, Any], Awaitable[Response]]


class Express:
    """Stands before the routes."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[ExpressRoute]) -> None:
        self._app = app
        self._routes = {route.path: route for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get(scope.get("path", ""))
        if route is None or scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        read: list[Message] = []
        body = await _body(receive, read)
        response = None if body is None else await _answer(route, scope, body)
        if response is None:
            await self._app(scope, _again(read, receive), send)
        else:
            await response(scope, receive, send)


async def _answer(route: ExpressRoute, scope: Scope, body: bytes) -> Response | None:
    """Nothing, and nothing done, if the request is unusual."""
    request = Request(scope, _again([{"type": "http.request", "body": body}], _nothing_more))
    try:
        if request.headers.get("content-type", "").lower() not in _JSON:
            return None
        # As the framework reads it, to the same faults.
        said = json.loads(body)
        actor = await route.guard(request)
        command = route.model.model_validate(said)
    except (DomainError, ValidationError, ValueError, RecursionError):
        return None
    scope["route"] = route  # names it in the metrics
    try:
        return await route.answer(request, actor, command)
    except DomainError as error:
        return of_domain_error(error, scope["path"])


async def _body(receive: Receive, read: list[Message]) -> bytes | None:
    """The whole body; None if the client went away. `read` gets every message."""
    while True:
        message = await receive()
        read.append(message)
        if message["type"] != "http.request":
            return None
        if not message.get("more_body", False):
            return b"".join(each.get("body", b"") for each in read)


def _again(read: list[Message], receive: Receive) -> Receive:
    waiting = iter(read)

    async def repeated() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return repeated


async def _nothing_more() -> Message:
    return {"type": "http.disconnect"}
