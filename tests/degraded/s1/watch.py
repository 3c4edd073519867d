"""Looks at the hub's screen all the time: a township without a link must never be shown as normal."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.kernel.district import townships

_PAUSE = 0.25
_CODES = {township.token: township.code for township in townships()}


@dataclass
class CutWatch:
    """What the hub showed of the sites that had no link, moment by moment.

    Args:
        client: at the hub.
    """

    client: httpx.AsyncClient
    cut: set[str] = field(default_factory=set)
    shown: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)
    looks: int = 0
    _task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look until `end`."""
        self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Look no more; a look that failed fails here."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            if not self._task.cancelled() and (error := self._task.exception()):
                raise error

    def lost(self, site: str) -> bool:
        """Whether it was seen as cut off."""
        return self.shown[site][-1:] == ["disconnected"]

    async def _run(self) -> None:
        while True:
            cut = set(self.cut)
            body = (await self.client.get("/api/picture")).json()
            self.looks += 1
            for site in cut & self.cut:
                self._judge(site, body)
            await asyncio.sleep(_PAUSE)

    def _judge(self, site: str, body: dict[str, Any]) -> None:
        states = self.shown[site]
        drawn = next(f["properties"] for f in body["features"] if f["id"] == f"territory:{_CODES[site]}")
        state = drawn["state"]
        if not states or states[-1] != state:
            states.append(state)
        if state == "connected":
            if len(states) > 1:
                self.faults.append(f"{site} is cut and was shown as {states}")
            return
        if state != "disconnected":
            return  # 疑失联: the township is said to be shaky, its last facts may still be the present ones
        current = [f["id"] for f in body["features"] if _is_shown_as_current(f["properties"], site)]
        if current or not drawn["stale"]:
            self.faults.append(f"{site} is cut and these look current: {current or drawn['name']}")


def _is_shown_as_current(properties: dict[str, Any], site: str) -> bool:
    return properties["home_site"] == site and properties["stale"] is False
