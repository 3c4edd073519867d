"""Verifying sessions at an identity service in another process, with a short memory."""

import hashlib
import time
from typing import Any

import httpx

from shared.http.auth import UNATTENDED
from shared.kernel.access import Actor, Role
from shared.kernel.errors import Unauthenticated, Unavailable

FRESH_SECONDS = 5.0
"""How long an answer is trusted: a session that was ended elsewhere works here for so long at most."""
MAX_CACHED = 20_000


def _actor(account: dict[str, Any]) -> Actor:
    known = {role.value for role in Role}
    return Actor(
        account_id=account["id"],
        username=account["username"],
        name=account["name"],
        roles=frozenset(Role(role) for role in account["roles"] if role in known),  # a newer identity may know more
        territory=account.get("territory"),
        person_id=account.get("person_id"),
        unit_id=account.get("unit_id"),
        must_change_password=account.get("must_change_password", False),
    )


class RemoteSessions:
    """`shared.http.auth.SessionVerifier` over `GET /api/session`.

    Args:
        base_url: where identity answers, for example `http://identity:8000`.
    """

    def __init__(self, base_url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        # Identity is a neighbour: a proxy of the environment must never see tokens.
        self._client = httpx.AsyncClient(base_url=base_url, timeout=5, trust_env=False, transport=transport)
        self._known: dict[str, tuple[Actor, float, bool]] = {}
        """The actor, until when that is trusted, and whether identity was told that a person acts."""

    async def verify(self, token: str, *, attended: bool = True) -> Actor:
        """The actor behind the token; identity hears whether a person acts, since it keeps the clock of idle sessions.

        Raises:
            Unauthenticated: identity does not accept the token.
            Unavailable: identity cannot be asked now, so nobody is let in.
        """
        key = hashlib.sha256(token.encode()).hexdigest()
        known = self._known.get(key)
        if known is not None and time.monotonic() < known[1] and (known[2] or not attended):
            return known[0]
        self._known.pop(key, None)
        actor = await self._ask(token, attended=attended)
        if len(self._known) >= MAX_CACHED:
            self._known.clear()
        self._known[key] = (actor, time.monotonic() + FRESH_SECONDS, attended)
        return actor

    async def _ask(self, token: str, *, attended: bool) -> Actor:
        headers = {"Authorization": f"Bearer {token}"} | ({} if attended else {UNATTENDED: "1"})
        try:
            answer = await self._client.get("/api/session", headers=headers)
        except (httpx.HTTPError, UnicodeEncodeError) as error:
            raise Unavailable("session.identity_away", retry_after=5) from error
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise Unauthenticated("session.expired")
        if answer.status_code != httpx.codes.OK:
            raise Unavailable("session.identity_away", retry_after=5)
        return _actor(answer.json()["account"])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
