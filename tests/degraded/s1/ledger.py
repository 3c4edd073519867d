"""Everything that was acknowledged while a scenario was played, and whether all of it is there afterwards, once."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.kernel.ids import new_id
from tests.degraded.test_sites import Fact, events_of, mended, out_of_order, settled_logs
from tests.harness.lab import Lab

_PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A command that was answered with 2xx."""

    site: str
    path: str
    body: dict[str, Any]
    key: str
    answer: dict[str, Any]


@dataclass
class Ledger:
    """Asks sites and keeps what they promised.

    Args:
        clients: the administrator's at each site.
    """

    clients: dict[str, httpx.AsyncClient]
    kept: list[Kept] = field(default_factory=list)

    async def ask(self, site: str, path: str, body: dict[str, Any], *, method: str = "POST") -> dict[str, Any]:
        """The answer, which has to be 2xx."""
        key = new_id()
        answer = await self.clients[site].request(method, path, json=body, headers={"Idempotency-Key": key})
        assert answer.is_success, f"{site} {path} {body}: {answer.status_code} {answer.text}"
        said: dict[str, Any] = answer.json() if answer.content else {}
        if method == "POST":
            self.kept.append(Kept(site, path, body, key, said))
        return said

    async def get(self, site: str, path: str, **query: Any) -> Any:
        """What the site says."""
        answer = await self.clients[site].get(path, params=query)
        assert answer.is_success, f"{site} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def warn(self, site: str, message: bytes) -> dict[str, Any]:
        """Import a CAP message; returns the warning."""
        headers = {"Content-Type": "application/xml"}
        answer = await self.clients[site].post("/api/warnings", content=message, headers=headers)
        assert answer.is_success, answer.text
        [warning] = answer.json()["imported"]
        self.kept.append(Kept(site, "/api/warnings", {}, "", {"imported": [warning]}))
        return dict(warning)

    async def table(self, site: str, path: str, text: str) -> None:
        """Import a table."""
        answer = await self.clients[site].post(path, files={"file": ("table.csv", text.encode(), "text/csv")})
        assert answer.is_success, answer.text
        assert not answer.json()["errors"], answer.text

    def promised(self) -> Iterator[tuple[str, int]]:
        """Aggregate and version of everything that an answer showed."""
        for one in self.kept:
            for thing in (one.answer, *one.answer.get("imported", ()), *_incidents_of(one.answer)):
                if isinstance(thing.get("version"), int) and isinstance(thing.get("id"), str):
                    yield thing["id"], thing["version"]

    async def require_repeatable(self, site: str) -> int:
        """The same commands under the same keys get the same answers and do nothing; returns how many were sent."""
        again = [one for one in self.kept if one.site == site and one.key]
        for one in again:
            said = await self.clients[site].post(one.path, json=one.body, headers={"Idempotency-Key": one.key})
            assert (said.status_code, said.json()) == (200, one.answer), f"{site} {one.path} {one.key}: {said.text}"
        return len(again)

    def require_whole(self, lab: Lab) -> int:
        """Every promise stands in the hub's log and in that of each edge, once and in order; returns how many facts."""
        promised = set(self.promised())
        logs, late = settled_logs(lab), mended(lab)
        for name, facts in logs.items():
            _require_sound(name, facts, late)
            missing = promised - {(aggregate, version) for _, _, _, aggregate, version in facts}
            assert not missing, f"{name} lacks {len(missing)} promised facts: {sorted(missing)[:5]}"
        events = {name: events_of(facts) for name, facts in logs.items()}
        for name, found in events.items():
            differing = found ^ events["hub"]
            assert not differing, f"{name} and the hub differ by {len(differing)} facts"
        return len(events["hub"])


def _incidents_of(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for line in answer.get("lines", ()):
        if isinstance(line, dict) and line.get("incident"):
            yield line["incident"]


def _require_sound(name: str, facts: list[Fact], late: set[str]) -> None:
    twice = [event for event, count in Counter(fact[2] for fact in facts).items() if count > 1]
    assert not twice, f"{name} has {len(twice)} facts twice"
    wrong = list(out_of_order(facts, late))
    assert not wrong, f"{name}: out of order: {wrong}"


async def features(client: httpx.AsyncClient, kind: str) -> dict[str, dict[str, Any]]:
    """The things of one kind on a site's picture: properties by id."""
    found = (await client.get("/api/picture")).json()["features"]
    return {f["id"].partition(":")[2]: f["properties"] for f in found if f["properties"]["kind"] == kind}


async def until(what: str, check: Any, patience: float = _PATIENCE, pause: float = 0.2) -> Any:
    """What `check` gives as soon as it is true."""
    found = None
    try:
        async with asyncio.timeout(patience):
            while not (found := await check()):
                await asyncio.sleep(pause)
    except TimeoutError:
        raise AssertionError(f"never came true: {what}") from None
    return found
