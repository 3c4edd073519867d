"""Commands over HTTP: one transaction, one durable answer, and the same answer again for a repeated key."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from fastapi import Request, Response
from sqlalchemy import Connection

from shared.kernel.access import Actor
from shared.kernel.clock import Clock
from shared.kernel.errors import Invalid
from shared.storage.database import Database
from shared.storage.system import Remembered, recall, remember

MAX_KEY = 128


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers when it has been done."""

    status: int
    body: Any


def json_response(body: Any, status: int = 200) -> Response:
    """A JSON answer; times must already be text (`model_dump(mode="json")`)."""
    return Response(orjson.dumps(body), status, media_type="application/json")


class Commands:
    """Runs the commands of one service."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(
        self,
        request: Request,
        actor: Actor,
        work: Callable[[Connection], Answer],
        *,
        content: bytes | None = None,
    ) -> Response:
        """Run `work` in one durable transaction and answer.

        With an `Idempotency-Key` the answer is kept beside the change: the same key with the same body gets it again
        (201 becomes 200), with another body it is refused. The key's scope is account, method and path.

        Args:
            content: what is compared instead of the raw body: of an upload, whose stream is gone once it is read, or
                of a body with a password, of which not even a hash may be kept.

        Raises:
            Invalid: `request.idempotency_mismatch`, `request.idempotency_key_invalid`, or what `work` raises.
        """
        key = request.headers.get("idempotency-key")
        if key is None:
            answer = await self._database.write(work)
            return json_response(answer.body, answer.status)
        if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
            raise Invalid("request.idempotency_key_invalid", max=MAX_KEY)
        scope = f"{actor.account_id} {request.method} {request.url.path} {key}"
        compared = await request.body() if content is None else content
        fingerprint = hashlib.sha256(request.url.query.encode() + b"\n" + compared).hexdigest()
        kept, repeated = await self._database.write(lambda c: self._once(c, scope, fingerprint, work))
        status = 200 if repeated and kept.status == 201 else kept.status
        headers = {"Idempotent-Replayed": "true"} if repeated else None
        return Response(kept.body, status, headers, media_type="application/json")

    async def answer(
        self,
        request: Request,
        actor: Actor,
        act: Callable[[Connection, datetime], Any],
        *,
        status: int = 200,
        content: bytes | None = None,
    ) -> Response:
        """Like `run`, for a command that answers with what `act` gives back.

        Args:
            act: is told the moment at which its transaction runs, so that what is kept in order of time is in the
                order in which it was kept.

        Raises:
            Invalid: as `run` does, or what `act` raises.
        """
        return await self.run(request, actor, lambda c: Answer(status, act(c, self._clock.now())), content=content)

    def _once(
        self, connection: Connection, scope: str, fingerprint: str, work: Callable[[Connection], Answer]
    ) -> tuple[Remembered, bool]:
        known = recall(connection, scope)
        if known is not None:
            if known.fingerprint != fingerprint:
                raise Invalid("request.idempotency_mismatch")
            return known, True
        answer = work(connection)
        kept = Remembered(fingerprint, answer.status, orjson.dumps(answer.body))
        remember(connection, scope, kept, now=self._clock.now())
        return kept, False
