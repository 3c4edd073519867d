"""A gate before all routes: what the node cannot take now is refused before anything is begun."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.problem import of_domain_error
from shared.kernel.errors import DomainError

Refusal = Callable[[str, str], DomainError | None]
"""Method and path of a request to why it is refused, or nothing."""


class Gate:
    """Asks `refusal` about every request."""

    def __init__(self, app: ASGIApp, *, refusal: Refusal) -> None:
        self._app = app
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = self._refusal(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if error is None:
            await self._app(scope, receive, send)
        else:
            await of_domain_error(error, scope["path"])(scope, receive, send)
