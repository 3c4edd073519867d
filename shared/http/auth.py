"""Sessions at the edge: who is asking, may they, and does the request come from our own page."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import urlsplit

import structlog
from fastapi import Request

from shared.kernel.access import Action, Actor
from shared.kernel.errors import Forbidden, Unauthenticated

COOKIE = "yzt_session"
SECURE_COOKIE = "__Host-yzt_session"
WRITER = "x-yzt-account"
"""Header with the account in whose name a page writes; the cookie may meanwhile be another person's."""
UNATTENDED = "x-yzt-unattended"
"""Header of what a page asks by itself while nobody is at it: such a request keeps no session from ending idle."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SessionVerifier(Protocol):
    """Turns a token into the account behind it: identity in the same process, or identity over HTTP."""

    async def verify(self, token: str, *, attended: bool = True) -> Actor:
        """The actor.

        Args:
            attended: a person acts; else the request does not count as use of the session.

        Raises:
            Unauthenticated: the token is unknown, ended or expired.
        """
        ...


def presented_token(request: Request) -> tuple[str | None, bool]:
    """The token of the request, and whether a browser sent it by itself (cookie)."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip(), False
    return request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE), True


def is_attended(request: Request) -> bool:
    """Whether a person is behind the request: a program always counts as one, a page says when nobody touches it."""
    return UNATTENDED not in request.headers


def require_own_origin(request: Request) -> None:
    """Refuse a browser request that another site's page has caused (CSRF).

    Raises:
        Forbidden: `origin.refused`.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("origin.refused")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise Forbidden("origin.refused")


class Auth:
    """Makes the dependency that guards a route."""

    def __init__(self, verifier: SessionVerifier) -> None:
        self._verifier = verifier

    async def actor_of(self, request: Request) -> Actor:
        """Who is asking.

        Raises:
            Unauthenticated: nobody is logged in.
            Forbidden: the request was caused by another site's page, or written by another account.
        """
        token, from_cookie = presented_token(request)
        if not token:
            raise Unauthenticated("session.required")
        if from_cookie and request.method not in _SAFE_METHODS:
            require_own_origin(request)
        actor = await self._verifier.verify(token, attended=is_attended(request))
        if request.headers.get(WRITER, actor.account_id) != actor.account_id:
            raise Forbidden("session.other_account")
        structlog.contextvars.bind_contextvars(account_id=actor.account_id)
        return actor

    def require(self, action: Action) -> Callable[[Request], Awaitable[Actor]]:
        """A FastAPI dependency that gives the actor, or refuses.

        The action is readable as `.action` on the returned function, so that a test can walk all routes.
        """

        async def guard(request: Request) -> Actor:
            actor = await self.actor_of(request)
            if actor.must_change_password and action is not Action.SESSION_OWN:
                raise Forbidden("session.password_change_required")
            if not actor.may(action):
                raise Forbidden("access.forbidden", action=action.value)
            return actor

        guard.action = action  # type: ignore[attr-defined]
        return guard
