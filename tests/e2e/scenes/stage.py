"""The whole product on a clock that a scenario moves: real broker, SQLite, every service, people who log in by HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.duty_roster import jobs as roster
from services.duty_roster.handlers.roll_calls import planned_now
from services.duty_roster.store.roll_calls import due_roll_calls
from services.incident_intake import jobs as intake
from services.information_reporting import jobs as reporting
from services.information_reporting.store.clocks import clocks_to_remind, due_clocks
from services.notification import jobs as notification
from services.notification.store.due import glance
from services.resource_dispatch import jobs as dispatch
from services.resource_dispatch.store.command import due_commands
from shared.contracts.envelope import Envelope, decode
from shared.contracts.events.command import EvacuationFact
from shared.kernel.clock import wire_time
from shared.messaging.subscriptions import Subscription
from shared.storage.system import OUTBOX
from tests.harness.clock import HandClock
from tests.harness.hosting import ADMIN_PASSWORD, Hosted, hosted

_LOOK_SECONDS = 0.05
"""Jobs look this often: the scenario's minutes take milliseconds."""
_PATIENCE_SECONDS = 30.0
_LOGIN_LASTS = timedelta(hours=11)
_PASSWORD = "Juqing-2026-Daxing-9"


@dataclass
class Part:
    """Somebody who acts: an account, and the person of the roster behind it."""

    username: str
    password: str
    person: str
    client: httpx.AsyncClient
    since: datetime


@dataclass
class Stage:
    """What a scenario is played on.

    Args:
        start: T0.
        slowest: real seconds that a row's acts took at most until they were everywhere.
    """

    node: Hosted
    clock: HandClock
    start: datetime
    parts: dict[str, Part] = field(default_factory=dict)
    slowest: float = 0.0
    _facts: int = 0
    _positions: dict[str, int] = field(default_factory=dict)
    _owed: dict[str, int] = field(default_factory=dict)

    def moment(self, minute: float) -> datetime:
        """A minute of the scenario as an instant."""
        return self.start + timedelta(minutes=minute)

    def wire(self, minute: float) -> str:
        """The same as it stands in JSON."""
        return wire_time(self.moment(minute))

    async def come(self, minute: float) -> None:
        """Let this minute come; what became due on the way is done, in its order."""
        self.clock.set(self.moment(minute))
        await self.settle()

    async def cast(self, name: str, words: str, *roles: str, **account: Any) -> Part:
        """Give somebody an account and a place on the staff."""
        admin = self.parts["admin"].client
        made = await admin.post("/api/people", json={"name": words, "phone": "13800000000", "account": name})
        assert made.is_success, made.text
        body = {"username": name, "name": words, "roles": roles, "password": f"{_PASSWORD}-0", **account}
        answer = await admin.post("/api/accounts", json=body)
        assert answer.is_success, answer.text
        client = await self.node.login(name, f"{_PASSWORD}-0")
        changed = await client.post("/api/session/password", json={"current": f"{_PASSWORD}-0", "new": _PASSWORD})
        assert changed.is_success, changed.text
        client = await self.node.login(name, _PASSWORD)
        part = Part(name, _PASSWORD, made.json()["id"], client, self.clock.now())
        self.parts[name] = part
        return part

    async def as_(self, name: str) -> httpx.AsyncClient:
        """The client of a part; whoever has been away for a shift logs in again."""
        part = self.parts[name]
        if self.clock.now() - part.since > _LOGIN_LASTS:
            part.client, part.since = await self.node.login(part.username, part.password), self.clock.now()
        return part.client

    async def settle(self) -> None:
        """Wait until every fact is told, handled and drawn, and nothing is due any more."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while await self._unsettled():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"not settled: {await self._unsettled()}") from None
        self.slowest = max(self.slowest, time.monotonic() - began)

    async def _unsettled(self) -> str | None:
        """What is still under way; the stores are asked only once the known facts have been dealt with."""
        if waiting := self._undelivered():
            return waiting
        before = self._facts
        for name in self.node.node.deps:
            await self._count(name)
        return f"{self._facts - before} new facts" if self._facts > before else await self._due()

    def _undelivered(self) -> str | None:
        view = self.node.node.services["operational_picture"].status()["view"]
        if view["seq"] < self._facts:
            return f"picture at {view['seq']} of {self._facts}"
        assert self.node.node.bus is not None
        for state in self.node.node.bus.state().consumers:
            assert not state.dead, f"{state.consumer}: {state.last_error}"
            if state.handled < self._owed.get(state.consumer, 0):
                return f"{state.consumer} at {state.handled} of {self._owed[state.consumer]}"
        return None

    async def _count(self, service: str) -> None:
        query = select(OUTBOX.c.position, OUTBOX.c.body).order_by(OUTBOX.c.position)
        query = query.where(OUTBOX.c.position > self._positions.get(service, 0))
        rows = await self.node.deps(service).database.read(lambda connection: connection.execute(query).all())
        for row in rows:
            self._positions[service] = row.position
            self._facts += 1
            fact = decode(bytes(row.body))
            for hearer in self.node.node.services.values():
                for subscription in hearer.subscriptions:
                    if _hears(subscription, fact):
                        self._owed[subscription.consumer] = self._owed.get(subscription.consumer, 0) + 1

    async def _due(self) -> str | None:
        now = self.clock.now()
        clocks = await self.node.deps("information_reporting").database.read(
            lambda c: [*due_clocks(c, now), *clocks_to_remind(c, now)]
        )
        seen = await self.node.deps("notification").database.read(lambda c: glance(c, now))
        calls = await self.node.deps("duty_roster").database.read(
            lambda c: [*due_roll_calls(c, now), *filter(None, [planned_now(c, now)])]
        )
        late = await self.node.deps("resource_dispatch").database.read(lambda c: due_commands(c, EvacuationFact, now))
        due = [*clocks, *calls, *late, *seen.due_steps, *seen.due_reports]
        return f"{len(due)} due, sends {seen.has_due_sends}" if due or seen.has_due_sends else None


def _hears(subscription: Subscription, fact: Envelope) -> bool:
    def fits(kind: str) -> bool:
        wanted, told = kind.split("."), fact.kind.split(".")
        return all(one in {"*", other} for one, other in zip(wanted, told, strict=True))

    return any(map(fits, subscription.kinds)) and (subscription.hears is None or subscription.hears(fact.type))


@asynccontextmanager
async def stage(folder: Path, start: datetime, patch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """A site with officers, a leader, the forces and facilities of the sample; the scenario says who is on duty."""
    patch.setattr(reporting, "LOOK_SECONDS", _LOOK_SECONDS)
    patch.setattr(reporting, "DAY_SECONDS", _LOOK_SECONDS * 4)
    patch.setattr(roster, "LOOK_SECONDS", _LOOK_SECONDS)
    patch.setattr(notification, "LOOK_SECONDS", _LOOK_SECONDS)
    patch.setattr(intake, "CONDITIONS_SECONDS", _LOOK_SECONDS * 4)
    patch.setattr(dispatch, "LOOK_SECONDS", _LOOK_SECONDS)
    clock = HandClock(start - timedelta(hours=1))
    async with hosted(folder, broker=True, clock=clock) as node:
        running = Stage(node, clock, start)
        admin = await node.admin()
        running.parts["admin"] = Part("admin", ADMIN_PASSWORD, "", admin, clock.now())
        await running.cast("officer", "值班员甲", "duty_officer")
        await running.cast("second", "值班员乙", "duty_officer")
        await running.cast("day", "值班员戊", "duty_officer")
        await running.cast("leader", "带班丙", "duty_leader")
        await _forces(admin)
        yield running


async def _forces(admin: httpx.AsyncClient) -> None:
    for kind in ("units", "facilities"):
        csv = (files("services.demo") / "data" / f"{kind}.csv").read_bytes()
        answer = await admin.post(f"/api/{kind}/import", files={"file": (f"{kind}.csv", csv)})
        assert answer.is_success, answer.text
