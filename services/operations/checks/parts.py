"""The checks as they are hosted: routes, what they hear, and the job that looks at the clock."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.operations.checks.handlers import CheckLimits, Found, check_view, close_check, open_due
from services.operations.checks.store import Heard, keep_heard, list_checks, silent_since
from shared.contracts.envelope import Envelope
from shared.contracts.events.ops import CheckFinding, CheckState, SiteFact
from shared.http.commands import json_response
from shared.http.hosting import Deps, Job
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.http.schemas import Command
from shared.kernel.access import Action, Actor
from shared.kernel.homes import HUB
from shared.messaging.subscriptions import Subscription

LOOK_SECONDS = 5.0
_WRITE_EVERY = timedelta(seconds=30)
"""A site's beat is put on disk this often at most: enough for a limit of minutes."""


class CloseCheck(Command):
    """What was found."""

    finding: CheckFinding
    note: Annotated[str, Field(max_length=500)] | None = None


class Checks:
    """The checks of one site."""

    def __init__(self, deps: Deps, limits: CheckLimits | None = None) -> None:
        self._deps = deps
        self._limits = limits or CheckLimits()
        self._write_every = min(_WRITE_EVERY, self._limits.silence.value / 10)
        self._started_at = deps.clock.now()
        self._written: dict[str, datetime] = {}

    def subscriptions(self) -> list[Subscription]:
        """The beats of all sites, at the centre; nobody else opens tasks, and there are as many beats as sites."""
        return [] if self._deps.site != HUB else [Subscription("operations__beats", ("ops.site.*.v1",), self._hear)]

    def jobs(self) -> list[Job]:
        """Looks at the clock, at the centre."""
        return [] if self._deps.site != HUB else [Job("site_checks", self._look)]

    async def _hear(self, envelope: Envelope) -> None:
        now, before = self._deps.clock.now(), self._written.get(envelope.site)
        if envelope.site == self._deps.site or (before is not None and now - before < self._write_every):
            return
        fact = SiteFact.model_validate(envelope.data)
        # By our own clock: another site's may be wrong, and whatever arrives now, however old, came over the link now.
        await self._deps.database.write(lambda c: keep_heard(c, Heard(envelope.site, fact.name, now)))
        self._written[envelope.site] = now

    async def _look(self) -> None:
        while True:
            await self.open_due()
            await asyncio.sleep(LOOK_SECONDS)

    async def open_due(self) -> int:
        """Open what is due; asks first, so that an idle site writes nothing. Returns how many."""
        now = self._deps.clock.now()
        long_ago = now - self._limits.silence.value
        if not await self._deps.database.read(lambda c: silent_since(c, long_ago)):
            return 0
        return await self._deps.database.write(lambda c: open_due(c, self._deps, self._limits, self._started_at, now))

    def router(self) -> APIRouter:
        """`/api/checks`."""
        router = APIRouter(prefix="/api/checks", tags=["ops"])
        deps = self._deps
        reader = Annotated[Actor, Depends(deps.auth.require(Action.PICTURE_READ))]
        closer = Annotated[Actor, Depends(deps.auth.require(Action.INCIDENT_CLOSE))]

        @router.get("")
        async def find(
            _actor: reader, state: CheckState | None = None, after: After = None, limit: Limit = 50
        ) -> Response:
            """Tasks to find out why a site is silent, the newest first."""
            key = time_key(after)
            wanted = state.value if state else None
            found = await deps.database.read(lambda c: list_checks(c, state=wanted, after=key, limit=limit + 1))
            return json_response(keyed_page(found, limit, lambda one: (one.state.opened_at, one.state.id), check_view))

        @router.post("/{check_id}/close")
        async def close(request: Request, check_id: str, cmd: CloseCheck, actor: closer) -> Response:
            """Say what was found; the task ends with that and with nothing else."""
            return await deps.commands.answer(
                request, actor, lambda c, now: close_check(c, deps, actor, check_id, Found(cmd.finding, cmd.note, now))
            )

        return router
