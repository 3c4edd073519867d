"""Seeded cuts of the lab's cables: how, of whom, when, for how long, and who is killed meanwhile."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.harness.lab import Lab

_SHORT, _LONG = (0.3, 2.0), (3.0, 7.0)


@dataclass(frozen=True, slots=True)
class Cut:
    """One cut of one cable.

    Args:
        site: whose cable.
        way: `pulled`, `silent`, `lossy` or `flapping`.
        after: seconds until it begins.
        seconds: how long it lasts.
        percent: of the packets that are lost, if `lossy`.
        killed: site that is killed and started again meanwhile, if any.
        only_broker: kill the broker alone; its keeper starts it again.
    """

    site: str
    way: str
    after: float
    seconds: float
    percent: int
    killed: str | None
    only_broker: bool

    def __str__(self) -> str:
        how = f"{self.way} {self.percent} %" if self.way == "lossy" else self.way
        victim = f", kill -9 {self.killed}{' broker' if self.only_broker else ''}" if self.killed else ""
        return f"{self.site} {how} {self.after:.1f}+{self.seconds:.1f} s{victim}"


def plan(dice: Random, names: Sequence[str]) -> list[Cut]:
    """One to three cuts, of different cables, which may overlap; nobody is killed twice at a time."""
    sites = dice.sample(list(names), min(dice.choice((1, 1, 2, 3)), len(names)))
    victims = dice.sample(list(names), len(sites))
    return [
        Cut(
            site,
            dice.choice(("pulled", "silent", "silent", "lossy", "flapping")),
            after=dice.uniform(0.0, 2.0),
            seconds=dice.uniform(*dice.choice((_SHORT, _LONG))),
            percent=dice.randint(5, 30),
            killed=victim if dice.random() < 0.4 else None,
            only_broker=dice.random() < 0.5,
        )
        for site, victim in zip(sites, victims, strict=True)
    ]


async def suffer(lab: Lab, cuts: Sequence[Cut]) -> None:
    """All of them; afterwards every cable is whole and everybody runs."""
    await asyncio.gather(*(_suffer(lab, cut) for cut in cuts))


async def _suffer(lab: Lab, cut: Cut) -> None:
    await asyncio.sleep(cut.after)
    cable = lab.cables[cut.site]
    killing = asyncio.create_task(_kill(lab, cut))
    try:
        match cut.way:
            case "pulled":
                cable.down()
                await asyncio.sleep(cut.seconds)
            case "flapping":
                await lab.flap(cut.site, 3, cut.seconds / 6)
            case _:
                cable.drop(cut.percent if cut.way == "lossy" else 100)
                await asyncio.sleep(cut.seconds)
    finally:
        cable.up()
        cable.whole()
    await killing


async def _kill(lab: Lab, cut: Cut) -> None:
    if cut.killed is None:
        return
    await asyncio.sleep(cut.seconds / 2)
    site = lab.sites[cut.killed]
    if cut.only_broker:
        with contextlib.suppress(ProcessLookupError):
            os.kill(site.broker_pid, signal.SIGKILL)
        return
    site.kill()
    await site.start()
