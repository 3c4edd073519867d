"""A desk with intake, reporting and notification on one clock that a test moves; facts are handed on at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from services.information_reporting.handlers.context import Reporting
from services.information_reporting.jobs import tick, turn_days
from services.information_reporting.metrics import ReportingMetrics
from services.information_reporting.service import DEFAULT
from shared.contracts.envelope import Envelope
from shared.messaging.subscriptions import Subscription
from tests.harness.clock import HandClock
from tests.harness.hosting import Hosted, hosted

SERVICES = ("incident_intake", "duty_roster", "information_reporting", "notification")
HEARERS = ("information_reporting", "notification")


class Desk:
    """What a duty room sees."""

    def __init__(self, app: Hosted, clock: HandClock, officer: httpx.AsyncClient, leader: httpx.AsyncClient) -> None:
        self.app, self.clock, self.officer, self.leader = app, clock, officer, leader
        self._handed: dict[str, int] = {}
        self.reporting = Reporting(app.deps("information_reporting"), DEFAULT, ReportingMetrics(CollectorRegistry()))

    async def pump(self) -> None:
        """Hand every new fact to whoever hears it, until nobody tells anything new."""
        while True:
            fresh: list[Envelope] = []
            for name in SERVICES:
                facts = await self.app.facts(name)
                fresh += facts[self._handed.get(name, 0) :]
                self._handed[name] = len(facts)
            if not fresh:
                return
            for fact in fresh:
                for hearer in HEARERS:
                    for subscription in self.app.node.services[hearer].subscriptions:
                        if _hears(subscription, fact):
                            await subscription.handler(fact)

    async def pass_time(self, **by: float) -> None:
        """Move on; what is due is done. After hours people log in again."""
        self.clock.advance(**by)
        if by.keys() & {"hours", "days"}:
            self.app._admin = None
            self.officer, self.leader = await _people(self.app, staffed=self.officer is not self.leader)
        await tick(self.reporting)
        await self.pump()

    async def turn_days(self) -> None:
        """What the centre does with each civil day."""
        await turn_days(self.reporting)
        await self.pump()

    async def report(self, **said: Any) -> dict[str, Any]:
        """An incident."""
        body = {"type_code": "12G03", "location": {"text": "示例村 3 号", "township": "110115006"}, **said}
        answer = await self.officer.post("/api/incidents", json=body)
        assert answer.status_code == 201, answer.text
        await self.pump()
        return dict(answer.json())

    async def news(self, incident: dict[str, Any], **said: Any) -> None:
        """A change of the incident."""
        answer = await self.officer.patch(f"/api/incidents/{incident['id']}", json=said)
        assert answer.status_code == 200, answer.text
        await self.pump()

    async def close(self, incident: dict[str, Any]) -> None:
        """The incident is over."""
        answer = await self.leader.post(f"/api/incidents/{incident['id']}/close", json={"summary": "已处置"})
        assert answer.status_code == 200, answer.text
        await self.pump()

    async def act(self, report: dict[str, Any], act: str, status: int = 200, **said: Any) -> dict[str, Any]:
        """A step of a report, by whoever may go it."""
        who = self.leader if act in {"sign", "return"} else self.officer
        answer = await who.post(f"/api/reports/{report['id']}/{act}", json=said)
        assert answer.status_code == status, answer.text
        await self.pump()
        return dict(answer.json())

    async def draft(self, status: int = 201, **said: Any) -> dict[str, Any]:
        """A new report."""
        answer = await self.officer.post("/api/reports", json=said)
        assert answer.status_code == status, answer.text
        await self.pump()
        return dict(answer.json())

    async def out(self, report: dict[str, Any], channel: str = "network") -> dict[str, Any]:
        """Submitted, signed and sent."""
        await self.act(report, "submit")
        await self.act(report, "sign")
        return await self.act(report, "send", channel=channel, to="市应急管理局")

    async def clocks(self, incident: dict[str, Any] | None = None, **query: Any) -> dict[str, dict[str, Any]]:
        """The clocks of an incident by rule and occasion."""
        about = {"incident_id": incident["id"]} if incident else {}
        items = (await self.officer.get("/api/report-clocks", params={**about, "limit": 200, **query})).json()["items"]
        return {f"{one['rule_id']}/{one['occasion'].split(':')[0]}": one for one in items}

    async def calls(self) -> list[dict[str, Any]]:
        """Call-outs about clocks, oldest first."""
        items = (await self.officer.get("/api/notifications", params={"limit": 200})).json()["items"]
        return [one for one in reversed(items) if one["kind"] == "report_clock"]


def _hears(subscription: Subscription, fact: Envelope) -> bool:
    def fits(kind: str) -> bool:
        wanted, told = kind.split("."), fact.kind.split(".")
        return all(one in {"*", other} for one, other in zip(wanted, told, strict=True))

    heard = any(fits(kind) for kind in subscription.kinds)
    return heard and (subscription.hears is None or subscription.hears(fact.type))


async def _people(app: Hosted, *, staffed: bool) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    if staffed:
        return await app.client("duty_officer"), await app.client("duty_leader")
    return await app.admin(), await app.admin()


@asynccontextmanager
async def desk(folder: Path, store_url: str | None = None, *, staffed: bool = False) -> AsyncIterator[Desk]:
    """A running desk; `staffed` with an officer and a leader, else one person may do everything, which is faster."""
    hand = HandClock()
    async with hosted(folder, services=SERVICES, database_url=store_url, clock=hand) as app:
        yield Desk(app, hand, *await _people(app, staffed=staffed))
