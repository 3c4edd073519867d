"""A real node inside the test: the product's own composition, served through ASGI, logged in through identity."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from services.composition import Node
from services.settings import SERVICES, load_settings
from shared.contracts.envelope import Envelope, decode
from shared.http.hosting import Deps
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id
from shared.messaging.ending import Ending
from shared.storage.system import OUTBOX

ADMIN_PASSWORD = "Yizhangtu-2026-Daxing"
BASE = "http://testserver"


class Hosted:
    """A started node with HTTP clients of any role."""

    def __init__(self, node: Node) -> None:
        self.node = node
        assert node.app is not None
        self._transport = httpx.ASGITransport(app=node.app, raise_app_exceptions=False)
        self._clients: list[httpx.AsyncClient] = []
        self._admin: httpx.AsyncClient | None = None

    def anonymous(self) -> httpx.AsyncClient:
        """A client that is not logged in."""
        client = httpx.AsyncClient(transport=self._transport, base_url=BASE, timeout=30)
        self._clients.append(client)
        return client

    async def login(self, username: str, password: str) -> httpx.AsyncClient:
        """A client with the bearer token of that account."""
        client = self.anonymous()
        answer = await client.post("/api/session", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        client.cookies.clear()
        return client

    async def admin(self) -> httpx.AsyncClient:
        """The administrator's client."""
        if self._admin is None:
            self._admin = await self.login("admin", ADMIN_PASSWORD)
        return self._admin

    async def client(self, *roles: str, **account: Any) -> httpx.AsyncClient:
        """A client of a new account with these roles; more account fields (`territory`, `unit_id`) by name."""
        username, password = f"u{new_id()[-12:]}", f"Pw-{new_id()}"
        body = {"username": username, "name": "测试员", "roles": list(roles), "password": password, **account}
        answer = await (await self.admin()).post("/api/accounts", json=body)
        assert answer.status_code == 201, answer.text
        client = await self.login(username, password)
        changed = await client.post("/api/session/password", json={"current": password, "new": f"N-{password}"})
        assert changed.status_code == 204, changed.text
        await client.aclose()
        return await self.login(username, f"N-{password}")

    def deps(self, service: str) -> Deps:
        """What the service was given."""
        return self.node.deps[service]

    async def facts(self, service: str) -> list[Envelope]:
        """All facts in the service's outbox, in order; but what only the audit book hears changes nothing."""
        query = select(OUTBOX.c.body).order_by(OUTBOX.c.position)
        rows = await self.node.databases[service].read(lambda connection: connection.execute(query).all())
        return [fact for row in rows if (fact := decode(bytes(row.body))).aggregate != "act"]

    async def close(self) -> None:
        """Close the clients; the node is stopped by `hosted`."""
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def hosted(
    folder: Path,
    *,
    services: tuple[str, ...] = SERVICES,
    database_url: str | None = None,
    broker: bool = False,
    clock: Clock | None = None,
    admin_password: str | None = ADMIN_PASSWORD,
    **options: object,
) -> AsyncIterator[Hosted]:
    """A node on `folder`; started again on the same folder it is the same node after a restart."""
    names = tuple(dict.fromkeys(("identity", *services)))
    settings = load_settings(
        data=folder, service=names, database_url=database_url, admin_password=admin_password,
        **{"disk_reserve_mb": 0, **options},
    )  # fmt: skip
    node = Node(settings, clock)
    await node.start(broker=broker)
    running = Hosted(node)
    try:
        yield running
    finally:
        await running.close()
        ending = Ending(60)
        await node.stop(ending)
        assert ending.left == []
