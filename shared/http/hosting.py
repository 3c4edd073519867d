"""What a service is given, and what it gives back to be hosted."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope
from shared.contracts.events.acts import Act, ActFact, Detail
from shared.contracts.events.base import Fact
from shared.http.auth import Auth
from shared.http.commands import Commands
from shared.http.express import ExpressRoute
from shared.kernel.access import Actor
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id
from shared.kernel.precedence import Precedence
from shared.messaging.subscriptions import Subscription
from shared.storage.database import Database
from shared.telemetry.correlation import current_correlation


@dataclass(frozen=True, slots=True)
class Deps:
    """What every service is given. `service` is the name of the one that gets it.

    `precedence` knows of the commands in this process, to which whatever is in no hurry gives way.
    """

    service: str
    site: str
    site_name: str
    exercise: bool
    clock: Clock
    database: Database
    auth: Auth
    metrics: CollectorRegistry
    precedence: Precedence = field(default_factory=Precedence)

    @property
    def commands(self) -> Commands:
        """Runs idempotent commands on the service's database."""
        return Commands(self.database, self.clock)

    def draft(
        self,
        kind: str,
        aggregate_id: str,
        version: int,
        payload: Fact,
        *,
        now: datetime,
        actor: Actor | None = None,
        cause: Envelope | None = None,
    ) -> Envelope:
        """An envelope of this site and service; see `shared.contracts.draft.draft`."""
        return draft(
            site=self.site,
            service=self.service,
            kind=kind,
            aggregate_id=aggregate_id,
            version=version,
            payload=payload,
            now=now,
            exercise=self.exercise,
            actor=actor,
            cause=cause,
            correlation_id=None if cause else current_correlation(),
        )

    def acted(
        self,
        context: str,
        act: Act,
        actor: Actor | None,
        *,
        now: datetime,
        target: str | None = None,
        success: bool = True,
        detail: Mapping[str, Detail] | None = None,
    ) -> Envelope:
        """A fact for the audit book; append it in the transaction of the act.

        Args:
            context: of this service.
            actor: who did it; nobody when it was done at the machine itself.
            detail: names and counts, never personal data.
        """
        name = actor.name if actor else None
        said = ActFact(
            act=act, target=target, success=success, detail=dict(detail or {}), home_site=self.site, actor_name=name
        )
        return self.draft(f"{context}.act.done.v1", new_id(), 1, said, now=now, actor=actor)


@dataclass(frozen=True, slots=True)
class Job:
    """Something that runs as long as the service: it is started again with back-off when it fails.

    Args:
        run: ends only by cancellation; must leave nothing half-done when cancelled.
    """

    name: str
    run: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Service:
    """What a service gives to the process that hosts it."""

    name: str
    routers: Sequence[APIRouter] = ()
    express: Sequence[ExpressRoute] = ()
    mounts: Sequence[tuple[str, ASGIApp]] = ()
    subscriptions: Sequence[Subscription] = ()
    jobs: Sequence[Job] = ()
    unready: Callable[[], Awaitable[list[str]]] | None = None
    """Reasons (codes) why the service cannot do its work now; empty when ready."""
    status: Callable[[], dict[str, Any]] = field(default=dict)
    """What the service adds to `GET /api/status`."""
    prove: Callable[[], Awaitable[tuple[str, int]]] | None = None
    """Compares what the service holds with the facts, after a sudden end: a label of `last_start`, and a count."""
    ending: Callable[[], None] = field(default=lambda: None)
    """Ends the answers that would never end by themselves; the server waits for all that are open."""
