"""Several sites in one process, and a carrier of facts between them that shuffles, repeats and cuts as told.

Quick, since there is no broker: what the sites' handlers make of any order of facts is seen here; the real transport
has tests of its own.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from services.operational_picture.handlers.live import LivePicture
from shared.contracts.envelope import Envelope, encode
from shared.http.hosting import Service
from shared.kernel.clock import Clock
from shared.kernel.homes import site_name
from tests.harness.hosting import Hosted, hosted

SERVICES = ("identity", "incident_intake", "resource_dispatch")


@dataclass
class Sites:
    """Hosted nodes and what each of them has heard.

    Args:
        chance: decides orders and repetitions; None carries everything once, in the order in which it was recorded.
    """

    nodes: dict[str, Hosted]
    chance: Random | None = None
    cut: set[frozenset[str]] = field(default_factory=set)
    _heard: dict[str, set[str]] = field(default_factory=dict)

    def __getitem__(self, site: str) -> Hosted:
        return self.nodes[site]

    def sever(self, one: str, other: str) -> None:
        """Nothing passes between the two from now on."""
        self.cut.add(frozenset((one, other)))

    def mend(self, one: str, other: str) -> None:
        """Facts pass again."""
        self.cut.discard(frozenset((one, other)))

    async def facts(self, site: str) -> list[Envelope]:
        """All facts of a site, service by service."""
        node = self.nodes[site]
        found = [fact for name in node.node.databases for fact in await node.facts(name)]
        return sorted(found, key=lambda fact: fact.id)

    async def carry(self) -> int:
        """Bring every fact to every site that it can reach, until nothing new is said; returns how many."""
        count = 0
        while waiting := await self._waiting():
            if self.chance is not None:
                waiting += self.chance.choices(waiting, k=len(waiting) // 2)
                self.chance.shuffle(waiting)
            for site, fact in waiting:
                await self.bring(site, fact)
                self._heard.setdefault(site, set()).add(fact.id)
            count += len(waiting)
        return count

    async def _waiting(self) -> list[tuple[str, Envelope]]:
        everything = [fact for site in self.nodes for fact in await self.facts(site)]
        return [
            (site, fact)
            for fact in sorted(everything, key=lambda one: one.id)
            for site in self.nodes
            if fact.id not in self._heard.get(site, set()) and frozenset((site, fact.site)) not in self.cut
        ]

    async def bring(self, site: str, fact: Envelope) -> None:
        """Give one fact to all subscriptions of a site that want it."""
        for service in self.nodes[site].node.services.values():
            await _give(service, fact)
        if "operational_picture" in self.nodes[site].node.databases:
            live = await self._picture(site)
            live.take([(live.picture.seq + 1, encode(fact))])
            live.at_the_end()

    async def _picture(self, site: str) -> LivePicture:
        """The picture that follows a stream elsewhere; here its facts are brought to it."""
        service = self.nodes[site].node.services["operational_picture"]
        live: LivePicture = service.jobs[0].run.__self__.live  # type: ignore[attr-defined]
        await live.loaded.wait()
        return live


async def _give(service: Service, fact: Envelope) -> None:
    for subscription in service.subscriptions:
        if any(_matches(kind, fact.kind) for kind in subscription.kinds):
            await subscription.handler(fact)


def _matches(pattern: str, kind: str) -> bool:
    wanted, given = pattern.split("."), kind.split(".")
    return len(wanted) == len(given) and all(one in {"*", other} for one, other in zip(wanted, given, strict=True))


@asynccontextmanager
async def sites(
    folder: Path,
    *names: str,
    services: tuple[str, ...] = SERVICES,
    clock: Clock | None = None,
    database_urls: dict[str, str] | None = None,
    chance: Random | None = None,
) -> AsyncIterator[Sites]:
    """Started nodes with these names, nothing between them but what `carry` brings."""
    async with AsyncExitStack() as stack:
        nodes = {}
        for name in names:
            url = (database_urls or {}).get(name)
            node = hosted(
                folder / name, services=services, clock=clock, site=name, site_name=site_name(name), database_url=url
            )
            nodes[name] = await stack.enter_async_context(node)
        yield Sites(nodes, chance)
