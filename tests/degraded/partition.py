"""Sites that are cut from each other at seeded moments while people write on all sides of the cut.

One run: a hub and edges as real processes in network namespaces, cuts as `tests.harness.cuts` plans them from the seed,
healing, and the truth of `tests.harness.agreement`.
"""

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from tests.degraded.faults import Outcome
from tests.harness.agreement import faults_between
from tests.harness.cuts import plan, suffer
from tests.harness.lab import Lab
from tests.harness.neighbours import Neighbours
from tests.harness.ports import Ports

EDGES = ("yufa", "weishan")
_BEFORE, _AFTER = (0.8, 1.5), (0.5, 1.5)
_PAUSE = 0.25
"""Three sites share one machine; what is looked for is what meets, not how much."""
_START_SECONDS, _FINISH_SECONDS = 240.0, 240.0
RUNS_TOGETHER = 5


class Border:
    """A hub and its edges with people at work, for one run after the other.

    What earlier runs left stays, and is looked at again after each.

    Args:
        folder: data and logs.
        ports: where ports are reserved.
        edges: names of the edges.
    """

    def __init__(self, folder: Path, ports: Ports, edges: tuple[str, ...] = EDGES) -> None:
        self.lab = Lab(folder, ports, edges)
        self.crews: dict[str, Neighbours] = {}
        self.runs = 0
        self._told: Counter[str] = Counter()

    async def run(self, seed: int) -> Outcome:
        """Work, cuts, healing, and the truth."""
        began, acknowledged, refused = time.monotonic(), self._acknowledged, self._refused
        dice = Random(f"partition-{seed}")
        cuts = plan(dice, tuple(self.lab.sites))
        self.runs += 1
        await asyncio.gather(*(crew.begin(seed) for crew in self.crews.values()))
        work = asyncio.gather(*(crew.work() for crew in self.crews.values()))
        try:
            await asyncio.sleep(dice.uniform(*_BEFORE))
            await suffer(self.lab, cuts)
            await asyncio.sleep(dice.uniform(*_AFTER))
            for crew in self.crews.values():
                crew.done = True
            await asyncio.wait_for(work, _FINISH_SECONDS)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        await asyncio.gather(*(crew.answer_all() for crew in self.crews.values()))
        faults, told = await faults_between(self.lab, self.crews)
        new, self._told = told - self._told, told
        words = ", ".join(f"{kind.partition('.')[2]} {count}" for kind, count in new.items())
        seconds, story = time.monotonic() - began, f"{'; '.join(map(str, cuts))}: {words}"
        return Outcome(self._acknowledged - acknowledged, dict(self._refused - refused), faults, seconds, story)

    @property
    def _acknowledged(self) -> int:
        return sum(len(crew.acked) for crew in self.crews.values())

    @property
    def _refused(self) -> Counter[int]:
        refused: Counter[int] = Counter()
        for crew in self.crews.values():
            refused.update(crew.refused)
        return refused

    async def __aenter__(self) -> Self:
        await self.lab.__aenter__()
        try:
            await self.lab.start("hub")
            await asyncio.gather(*(self.lab.start(edge) for edge in self.lab.edges))
            await self.lab.joined(_START_SECONDS)
            told: list[str] = []
            for name, site in self.lab.sites.items():
                others = tuple(other for other in self.lab.sites if other != name)
                client = await site.client()
                self.crews[name] = Neighbours(client, 0, name, pause=_PAUSE, site=name, others=others, told=told)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for crew in self.crews.values():
            await crew.client.aclose()
        await self.lab.__aexit__(kind, error, at)


class Borders:
    """Runs seed after seed. A few share one lab, since its start takes longer than a run; a broken one is left.

    Args:
        keep: leave the folder of a run that broke a promise.
    """

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._border: Border | None = None
        self._ports = Ports()
        self._folder = Path()

    async def run(self, seed: int) -> Outcome:
        """One run."""
        if self._border is None:
            self._folder = Path(tempfile.mkdtemp(prefix=f"yzt-partition-{seed}-"))
            self._border = await Border(self._folder, self._ports).__aenter__()
        outcome = None
        try:
            outcome = await self._border.run(seed)
        finally:
            broke = outcome is None or bool(outcome.faults)
            if broke or self._border.runs >= RUNS_TOGETHER:
                await self.close(broke=broke)
        return outcome

    async def close(self, *, broke: bool = False) -> None:
        """End the lab, if one is there."""
        border, self._border = self._border, None
        if border is not None:
            await border.__aexit__(None, None, None)
            self._ports.close()
            if not (self._keep and broke):
                shutil.rmtree(self._folder, ignore_errors=True)
