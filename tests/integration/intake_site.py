"""A hosted intake for its tests: builders of reports, a clock that can be moved, both stores."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from tests.harness.hosting import Hosted, hosted

PLACE = {"lon": 116.44, "lat": 39.80, "text": "旧宫镇幸福路 3 号"}
"""A point within the district."""


class MovableClock:
    """The machine's clock, moved by tests."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


class IntakeSite:
    """A running node that hosts identity and intake."""

    def __init__(self, node: Hosted, clock: MovableClock) -> None:
        self.node = node
        self.clock = clock
        self._officer: httpx.AsyncClient | None = None

    async def officer(self) -> httpx.AsyncClient:
        """A duty officer's client."""
        if self._officer is None:
            self._officer = await self.node.client("duty_officer")
        return self._officer

    def pass_time(self, span: timedelta) -> None:
        """Let the site's clock run ahead; sessions may have ended by then, so everybody logs in anew."""
        self.clock.offset += span
        self._officer = None
        self.node._admin = None

    async def report(self, client: httpx.AsyncClient | None = None, **fields: Any) -> dict[str, Any]:
        """A report that is taken; returns the incident."""
        body = {"title": "仓库冒烟", "location": PLACE, **fields}
        answer = await (client or await self.officer()).post("/api/incidents", json=body)
        assert answer.status_code == 201, answer.text
        incident: dict[str, Any] = answer.json()
        return incident

    async def act(self, incident: dict[str, Any], act: str, **body: Any) -> dict[str, Any]:
        """An act on the incident (`close`, `merge`…) that succeeds; returns the answer."""
        answer = await (await self.officer()).post(f"/api/incidents/{incident['id']}/{act}", json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def change(self, incident: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A follow-up that succeeds; returns the incident."""
        answer = await (await self.officer()).patch(f"/api/incidents/{incident['id']}", json=fields)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def timeline(self, incident: dict[str, Any]) -> list[dict[str, Any]]:
        """All lines, newest first."""
        answer = await (await self.officer()).get(f"/api/incidents/{incident['id']}/timeline?limit=200")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def kinds(self) -> list[str]:
        """Kinds of all facts told so far, in order."""
        return [fact.kind for fact in await self.node.facts("incident_intake")]

    async def rows(self, query: str) -> list[Any]:
        """Rows straight from the store."""
        database = self.node.node.databases["incident_intake"]
        return list(await database.read(lambda connection: connection.execute(text(query)).all()))


@asynccontextmanager
async def intake_site(
    folder: Path, *, database_url: str | None = None, clock: MovableClock | None = None, site: str = "hub"
) -> AsyncIterator[IntakeSite]:
    """The site, on SQLite unless a PostgreSQL is given; on the same folder it is the same site after a restart."""
    moved = clock or MovableClock()
    async with hosted(folder, services=("incident_intake",), database_url=database_url, clock=moved, site=site) as node:
        yield IntakeSite(node, moved)
