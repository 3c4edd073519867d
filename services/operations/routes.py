"""What operators see of a running node: its state, and the dead letters with retry and discard."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from nats.errors import Error as NatsError
from pydantic import Field

from services.operations.disk import DiskWatch
from services.operations.last_start import LastStart
from services.operations.links import links_view
from services.operations.notices import notices_view
from services.operations.power import Power
from services.settings import Settings
from shared.contracts.envelope import decode
from shared.contracts.events.acts import Act, Detail
from shared.http.auth import Auth
from shared.http.commands import json_response
from shared.http.hosting import Deps, Service
from shared.http.paging import page
from shared.http.schemas import Command
from shared.i18n import label
from shared.kernel.access import Action, Actor
from shared.kernel.clock import Clock, wire_time
from shared.kernel.errors import DomainError, Malformed, Unavailable
from shared.kernel.steady import SteadyClock
from shared.messaging.bus import Bus, BusState
from shared.messaging.dead_letters import DeadLetter, DeadLetters
from shared.messaging.nats_server import Stored
from shared.storage.database import Database
from shared.storage.outbox import DatabaseOutbox
from shared.storage.system import append_facts

_LAST = 2**63 - 1
Sequence = Annotated[int, Path(ge=1, le=_LAST)]
"""A place among the dead letters."""


class Discard(Command):
    """Why a dead letter is given up."""

    reason: Annotated[str, Field(min_length=2, max_length=500)]


@dataclass(frozen=True, slots=True)
class OperationsDeps:
    """What the operational routes look at."""

    settings: Settings
    version: str
    clock: Clock
    auth: Auth
    bus: Bus | None
    databases: Mapping[str, Database]
    services: Mapping[str, Service]
    disk: DiskWatch
    journal: Deps | None = None
    """Where acts of operation are recorded; only the process that keeps the site's journal has it."""
    last_start: LastStart | None = None
    power: Power | None = None

    def dead_letters(self) -> DeadLetters:
        """The dead letters of this site.

        Raises:
            Unavailable: there is no broker to hold them now.
        """
        bus = self.bus
        if bus is None or not bus.state().broker:
            raise Unavailable("broker.away", retry_after=5)
        return bus.dead_letters

    async def settle(self, act: Act, letter: DeadLetter, actor: Actor, reason: str | None = None) -> None:
        """Send a dead letter back, or give it up; on record beforehand, since what is done can no longer be refused.

        Raises:
            NotFound: `dead_letter.unknown`.
            Unavailable: there is no journal or no broker now.
        """
        if self.journal is None:
            raise Unavailable("dead_letter.no_journal", retry_after=30)
        letters = self.dead_letters()
        await self._record(self.journal, act, letter, actor, reason)
        try:
            if act is Act.DEAD_LETTER_RETRIED:
                await letters.retry(letter.seq, actor=actor.account_id)
            else:
                await letters.discard(letter.seq, actor=actor.account_id, reason=reason or "")
        except (DomainError, NatsError, OSError) as error:
            why = error.code if isinstance(error, DomainError) else "broker.away"
            await self._record(self.journal, act, letter, actor, why, success=False)
            raise

    async def _record(
        self, journal: Deps, act: Act, letter: DeadLetter, actor: Actor, reason: str | None, *, success: bool = True
    ) -> None:
        told: dict[str, Detail] = {"seq": letter.seq, "fact": letter.subject, "fact_id": _fact_id(letter)}
        told |= {"error": letter.error, "reason": reason}
        said = journal.acted(
            "ops", act, actor, now=self.clock.now(), target=letter.consumer, success=success, detail=told
        )
        await journal.database.write(lambda connection: append_facts(connection, said))

    async def _waiting_letters(self) -> int | None:
        try:
            return sum((await self.dead_letters().depth()).values())
        except (DomainError, NatsError, OSError):
            return None  # not known while the broker is away: not the same as none

    async def status(self) -> dict[str, Any]:
        """The body of `GET /api/status`."""
        now = self.clock.now()
        outboxes = []
        for name, database in self.databases.items():
            depth, oldest = await DatabaseOutbox(database).backlog()
            age = None if oldest is None else max(0.0, (now - oldest).total_seconds())
            outboxes.append({"service": name, "depth": depth, "oldest_seconds": age})
        bus = self.bus
        state = bus.state() if bus else None
        return {
            "site": self.settings.site,
            "site_name": self.settings.site_name,
            "exercise": self.settings.exercise,
            "version": self.version,
            "broker": {
                "connected": bool(state and state.broker),
                "ready": bool(state and state.ready),
                "error": state.error if state else "broker.away",
                **_store_view(state),
            },
            "outbox": outboxes,
            "links": links_view(bus),
            "notices": notices_view(bus, self.disk.state),
            "dead_letters": await self._waiting_letters(),
            "disk_free_bytes": shutil.disk_usage(self.settings.home).free,
            "disk": self.disk.view(),
            "last_start": self.last_start.view() if self.last_start else None,
            "power": self.power.view() if self.power else None,
            "clock": wire_time(now),
            "clock_jump": jump_view(self.clock),
            **{key: value for service in self.services.values() for key, value in service.status().items()},
        }


def _why(code: str) -> str:
    """The sentence for a reason; any defect of a handler (`handler.<exception>`) has the same one."""
    if code.startswith("handler."):
        return label("problem.handler.failed", error=code.removeprefix("handler."))
    return label(f"problem.{code}")


def _store_view(state: BusState | None) -> dict[str, Any]:
    """How full the broker's store is, with a sentence when somebody must make room."""
    stored = state.stored if state else Stored()
    code = "broker.full" if state and state.full else "broker.nearly_full" if stored.nearly else None
    said = label(f"problem.{code}") if code else None
    return {"stored_bytes": stored.used, "stored_limit_bytes": stored.limit, "notice": said}


def broker_notices(bus: Bus | None) -> list[str]:
    """For `/readyz`: reports are taken all the same, so these are no reasons to be unready."""
    state = bus.state() if bus else None
    notice = _store_view(state)["notice"]
    lacking = [(link.state.site, link.lacking) for link in (state.links if state else []) if link.lacking]
    said = [label("problem.link.lacking", site=site, count=count) for site, count in lacking]
    return [notice, *said] if notice else said


def jump_view(clock: Clock) -> dict[str, Any] | None:
    """The last step of the machine's clock since the start; nothing while it keeps time."""
    jump = clock.jump if isinstance(clock, SteadyClock) else None
    if jump is None:
        return None
    return {"seconds": jump.seconds, "noticed_at": wire_time(jump.noticed_at), "accepted": jump.accepted}


def _fact_id(letter: DeadLetter) -> str:
    """The id of the fact; of what cannot be read, its place in the stream."""
    try:
        return decode(letter.body).id
    except Malformed:
        return f"#{letter.stream_seq}"


def _letter_view(letter: DeadLetter) -> dict[str, Any]:
    try:
        fact: Any = orjson.loads(letter.body)
    except orjson.JSONDecodeError:
        fact = letter.body[:500].decode("utf-8", "replace")
    return {
        "seq": letter.seq,
        "consumer": letter.consumer,
        "reason": letter.error,
        "detail": _why(letter.error),
        "attempts": letter.attempts,
        "retries": letter.retries,
        "stream_seq": letter.stream_seq,
        "subject": letter.subject,
        "at": wire_time(letter.died_at),
        "data": fact,
    }


def operations_router(deps: OperationsDeps) -> APIRouter:
    """`/api/status` and `/api/dead-letters`."""
    router = APIRouter(tags=["ops"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.OPS_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.OPS_WRITE))]
    anyone = Annotated[Actor, Depends(deps.auth.require(Action.PICTURE_READ))]

    @router.get("/api/status")
    async def status(_actor: anyone) -> Response:
        """How the node is: broker, outboxes, view, disk. Shown on every screen's status strip."""
        return json_response(await deps.status())

    @router.get("/api/dead-letters")
    async def dead_letters(
        _actor: reader,
        consumer: Annotated[str | None, Query(max_length=80)] = None,
        after: Annotated[int | None, Query(ge=0, le=_LAST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Facts that a consumer could not take, oldest first, each with the reason."""
        letters = await deps.dead_letters().list(consumer, after or 0, limit + 1)
        items = [_letter_view(letter) for letter in letters]
        return json_response(page(items, limit, str(items[limit - 1]["seq"]) if len(items) > limit else None))

    @router.post("/api/dead-letters/{seq}/retry")
    async def retry(seq: Sequence, actor: writer) -> Response:
        """Give the fact to its consumer once more; the audit book keeps who did."""
        await deps.settle(Act.DEAD_LETTER_RETRIED, await deps.dead_letters().get(seq), actor)
        return json_response({"seq": seq, "retried": True}, 202)

    @router.post("/api/dead-letters/{seq}/discard")
    async def discard(seq: Sequence, body: Discard, actor: writer, _request: Request) -> Response:
        """Give the fact up, with a reason; the audit book keeps who and why."""
        await deps.settle(Act.DEAD_LETTER_DISCARDED, await deps.dead_letters().get(seq), actor, body.reason)
        return json_response({"seq": seq, "discarded": True})

    return router
