"""Notification on a real store with a clock moved by hand: facts go in as the broker would bring them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from prometheus_client import CollectorRegistry
from sqlalchemy import select

from services.notification.handlers.context import Notify, views
from services.notification.handlers.endings import acknowledge, cancel, confirm_seen
from services.notification.handlers.policies import change_policy
from services.notification.jobs import Engine
from services.notification.schemas import Acknowledge, Cancel, ChangePolicy
from services.notification.service import MIGRATIONS, Config, open_notify
from services.notification.store.notifications import NotificationFilter, list_notifications
from services.notification.subscribers import subscriptions
from shared.contracts.draft import draft
from shared.contracts.envelope import Envelope, decode
from shared.contracts.events.base import Fact
from shared.contracts.events.intake import IncidentFact, IncidentStatus, Location
from shared.contracts.events.roster import DutyPost, PersonFact, ShiftFact
from shared.http.auth import Auth
from shared.http.hosting import Deps
from shared.kernel.access import Actor, Role
from shared.kernel.errors import Unauthenticated
from shared.kernel.ids import new_id
from shared.storage.database import Database
from shared.storage.system import OUTBOX
from tests.harness.clock import HandClock

DUTY = DutyPost.DUTY_OFFICER
LEADER = DutyPost.DUTY_LEADER
FIRST, DEPUTY, LEADS = "值班员甲", "副班丁", "带班乙"


class _Nobody:
    """There is no HTTP here."""

    async def verify(self, token: str, *, attended: bool = True) -> Actor:
        raise Unauthenticated("session.required")


def actor(name: str = "值班员甲", *, username: str = "zhiban1", person_id: str | None = None) -> Actor:
    return Actor(new_id(), username, name, frozenset({Role.DUTY_OFFICER}), person_id=person_id)


@dataclass
class CallBed:
    """One hosted notification without its job: `tick` does what the job does."""

    url: str
    clock: HandClock
    config: Config
    site: str = "hub"
    exercise: bool = False

    async def open(self) -> Self:
        """Open the store; what was running before goes on."""
        self.database = await Database.open(self.url, service="notification", migrations=MIGRATIONS)
        deps = Deps(
            service="notification",
            site=self.site,
            site_name="区指挥中心",
            exercise=self.exercise,
            clock=self.clock,
            database=self.database,
            auth=Auth(_Nobody()),
            metrics=CollectorRegistry(),
        )
        self.notify: Notify = open_notify(deps, self.config)
        self.engine = Engine(self.notify)
        self.heard = {one.consumer: one.handler for one in subscriptions(self.notify)}
        return self

    async def close(self) -> None:
        await self.engine.sender.drop()
        await self.database.close()

    async def reopen(self) -> None:
        """The process is gone and comes again."""
        await self.close()
        await self.open()

    async def tell(
        self, consumer: str, kind: str, payload: Fact, ident: str, version: int = 1, **more: Any
    ) -> Envelope:
        """Bring a fact as the broker would, recorded `age` seconds ago; returns it, so that it can be brought again."""
        at = self.clock.now() - timedelta(seconds=more.pop("age", 0))
        envelope = draft(
            site=more.pop("site", self.site), service="other", kind=kind, aggregate_id=ident, version=version,
            payload=payload, now=at, exercise=self.exercise, **more,
        )  # fmt: skip
        await self.heard[f"notification__{consumer}"](envelope)
        return envelope

    async def person(self, name: str, **fields: Any) -> str:
        """Somebody of the roster, with an account unless told otherwise; returns the id."""
        version = fields.pop("version", 1)
        given = {"id": new_id(), "phone": "13800000002", "account": f"u-{name}", **fields}
        fact = PersonFact(name=name, **given)
        await self.tell("people", "roster.person.registered.v1", fact, fact.id, version)
        return fact.id

    async def shift(self, post: DutyPost, person_id: str, *, hours: float = 12, begins: float = -1, **more: Any) -> str:
        """A shift that runs now."""
        start, version = self.clock.now() + timedelta(hours=begins), more.pop("version", 1)
        fact = ShiftFact(
            id=more.pop("id", new_id()), post=post, person_id=person_id, person_name=more.pop("name", "某人"),
            starts_at=start, ends_at=start + timedelta(hours=hours), home_site=more.pop("home_site", self.site), **more,
        )  # fmt: skip
        await self.tell("shifts", "roster.shift.scheduled.v1", fact, fact.id, version)
        return fact.id

    async def full_roster(self) -> None:
        """A duty officer, a leader with a deputy, and everyone else."""
        officer = await self.person(FIRST, account="zhiban1")
        deputy = await self.person(DEPUTY)
        leader = await self.person(LEADS, deputy_id=deputy)
        chief = await self.person("值班长丙")
        for post, one in ((DUTY, officer), (LEADER, leader), (DutyPost.CHIEF_OFFICER, chief)):
            await self.shift(post, one, hours=100)

    def incident(self, ident: str | None = None, **fields: Any) -> IncidentFact:
        now = self.clock.now()
        values = {
            "id": ident or new_id(), "number": f"DX-{new_id()[-8:]}", "title": "旧宫地区 三层自建房火灾",
            "status": IncidentStatus.REPORTED, "occurred_at": now, "received_at": now, "updated_at": now,
            "home_site": self.site, "location": Location(text="旧宫镇幸福路 3 号", township="旧宫地区"),
            "actor_name": "接报员", **fields,
        }  # fmt: skip
        return IncidentFact.model_validate(values)

    async def report(self, ident: str | None = None, **fields: Any) -> tuple[str, Envelope]:
        """A report arrives; returns the incident's id and the fact."""
        site, age = fields.pop("site", self.site), fields.pop("age", 0)
        fact = self.incident(ident, **fields)
        told = await self.tell("incidents", "intake.incident.reported.v1", fact, fact.id, site=site, age=age)
        return fact.id, told

    async def incident_becomes(
        self, ident: str, fact: str, status: IncidentStatus, version: int, who: str, **more: Any
    ) -> Envelope:
        told = {name: more.pop(name) for name in ("age", "site") if name in more}
        payload = self.incident(ident, status=status, actor_name=who, **more)
        return await self.tell("incidents", f"intake.incident.{fact}.v1", payload, ident, version, **told)

    async def tick(self) -> int:
        """Let everything happen that is due now; how much."""
        total = 0
        async with asyncio.timeout(30):
            while done := await self.engine.tick():
                await self.engine.sender.settle()
                total += done
        return total

    async def forward(self, **by: float) -> int:
        """Fast-forward, then let everything happen that is due."""
        self.clock.advance(**by)
        return await self.tick()

    async def calls(self) -> list[dict[str, Any]]:
        """All call-outs as the API shows them, oldest first."""

        def read(connection: Any) -> list[dict[str, Any]]:
            found = list_notifications(connection, NotificationFilter(), after=None, limit=500)
            return views(connection, found[::-1])

        return await self.database.read(read)

    async def call(self) -> dict[str, Any]:
        """The only call-out."""
        (only,) = await self.calls()
        return only

    async def facts(self) -> list[Envelope]:
        query = select(OUTBOX.c.body).order_by(OUTBOX.c.position)
        rows = await self.database.read(lambda connection: connection.execute(query).all())
        return [decode(bytes(row.body)) for row in rows]

    async def kinds(self) -> list[str]:
        """What was told, by its last word."""
        return [fact.fact for fact in await self.facts()]

    async def answer(self, ident: str, who: Actor | None = None, **body: Any) -> dict[str, Any]:
        now, by = self.clock.now(), who or actor()
        done = await self.database.write(lambda c: acknowledge(c, self.notify, by, ident, Acknowledge(**body), now))
        return dict(done.body)

    async def stop(self, ident: str, reason: str = "误报") -> None:
        now = self.clock.now()
        await self.database.write(lambda c: cancel(c, self.notify, actor(), ident, Cancel(reason=reason), now))

    async def seen(self, ident: str, who: Actor) -> None:
        now = self.clock.now()
        await self.database.write(lambda c: confirm_seen(c, self.notify, who, ident, now))

    async def policy(self, *steps: dict[str, Any]) -> None:
        """Put another policy in force."""
        body = ChangePolicy.model_validate({"steps": list(steps), "basis": "测试", "verified": False})
        now = self.clock.now()
        await self.database.write(lambda c: change_policy(c, self.notify, actor(), body, now))


def called(call: dict[str, Any], step: int | None = None) -> list[str]:
    """Names of those who were called, of one step or all."""
    return [
        one["person_name"]
        for one in call["targets"]
        if one["person_name"] is not None and (step is None or one["step"] == step)
    ]


def outcomes(call: dict[str, Any], step: int | None = None) -> list[str]:
    """Outcomes of all tries, of one step or all."""
    listed = [one for one in call["targets"] if step is None or one["step"] == step]
    return [attempt["outcome"] for one in listed for attempt in one["attempts"]]


@asynccontextmanager
async def call_bed(
    folder: Path, url: str | None = None, *, clock: HandClock | None = None, **config: Any
) -> AsyncIterator[CallBed]:
    """Notification on SQLite unless a PostgreSQL is given."""
    site, exercise = config.pop("site", "hub"), config.pop("exercise", False)
    store = url or f"sqlite:///{folder / 'notification.db'}"
    bed = CallBed(store, clock or HandClock(), replace(Config(), **config), site, exercise)
    await bed.open()
    try:
        yield bed
    finally:
        await bed.close()
