"""One run: sites are started one after another, join, rest, play S1, and everything is compared afterwards."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.degraded.s1.footprint import idle_use, weights
from tests.degraded.s1.ledger import Ledger, features, until
from tests.degraded.s1.people import TOWNSHIPS, gather_cast
from tests.degraded.s1.script import Storm
from tests.degraded.s1.watch import CutWatch
from tests.degraded.test_sites import shared_hash
from tests.harness.lab import Lab

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Form:
    """How a run is played.

    Args:
        edges: how many; 榆垡 and 礼贤 are always among them, with more than two one has no link from before it begins.
        pace: seconds for a minute of the table between T+0 and T+150.
        rest: seconds for which idle sites are measured.
        rounds: how often S1 is played on the same sites, one after the other.
        silence: YZT_BEAT_SECONDS, …_SUSPECTED_…, …_LOST_…, …_CHECK_…
    """

    edges: int
    pace: float = 0.0
    rest: float = 0.0
    rounds: int = 1
    silence: tuple[float, float, float, float] = (1.0, 2.5, 9.0, 10.0)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the edges, which answer for townships of the same names."""
        first = ["yufa", "lixian", "zhangziying"]
        return tuple((first + [token for token in TOWNSHIPS if token not in first])[: self.edges])

    @property
    def environment(self) -> dict[str, str]:
        """For all sites."""
        names = ("BEAT", "SITE_SUSPECTED", "SITE_LOST", "SITE_CHECK")
        return {f"YZT_{name}_SECONDS": str(value) for name, value in zip(names, self.silence, strict=True)}


async def run(lab: Lab, form: Form, say: Say) -> dict[str, Any]:
    """Play it on a lab that is wired and not started; returns what was measured.

    Raises:
        AssertionError: a promise was broken.
    """
    figures: dict[str, Any] = {"edges": form.edges, "load_at_start": round(os.getloadavg()[0], 1)}
    figures |= await _start(lab, say)
    if form.rest:
        figures["rss_mb_idle"] = weights(lab)
        figures["cpu_percent_idle"] = await idle_use(lab, form.rest)
        say(f"idle: {figures['rss_mb_idle']} MB, {figures['cpu_percent_idle']} %")
    clients = {name: await site.client() for name, site in lab.sites.items()}
    try:
        figures |= await play(lab, clients, form, say)
    finally:
        for client in clients.values():
            await client.aclose()
    return figures | {"load_at_end": round(os.getloadavg()[0], 1)}


async def _start(lab: Lab, say: Say) -> dict[str, Any]:
    """Each waits until the one before is ready, so that two cores can bear it."""
    began, each = time.monotonic(), []
    for name in lab.sites:
        at = time.monotonic()
        await lab.start(name)
        each.append(time.monotonic() - at)
        say(f"{name} ready after {each[-1]:.1f} s")
    ready = time.monotonic()
    await lab.joined(60 + 10 * len(lab.edges))
    joined = time.monotonic()
    return {
        "start_seconds_each_at_most": round(max(each), 1),
        "last_ready_to_all_joined_seconds": round(joined - ready, 1),
        "all_joined_seconds": round(joined - began),
    }


async def play(lab: Lab, clients: dict[str, httpx.AsyncClient], form: Form, say: Say) -> dict[str, Any]:
    """All rounds on sites that run and have joined; what every round promised is looked for after each."""
    ledger, happened = Ledger(clients), set[str]()
    figures: dict[str, Any] = {}
    for number in range(1, form.rounds + 1):
        storm = await _round(ledger, lab, form, number, say)
        happened |= {incident["id"] for name, incident in storm.incidents.items() if name != "copy"}
        measured = storm.figures | await _compared(lab, ledger, storm, happened)
        say(f"round {number}: {measured}")
        figures[f"round_{number}"] = measured
    return figures | {"rss_mb_after": weights(lab)}


async def _round(ledger: Ledger, lab: Lab, form: Form, number: int, say: Say) -> Storm:
    began = time.monotonic()
    watch = CutWatch(ledger.clients["hub"])
    cast = await gather_cast(ledger, lab.edges, number)
    say(f"round {number}: cast gathered after {time.monotonic() - began:.0f} s")
    absent = lab.edges[2] if len(lab.edges) > 2 else ""
    storm = Storm(lab, ledger, cast, watch, absent=absent, pace=form.pace, number=number)
    try:
        await storm.play()
    finally:
        await watch.end()
    storm.figures |= {"looks_at_the_hub": watch.looks, "shown": dict(watch.shown)}
    storm.figures["played_seconds"] = round(time.monotonic() - began)
    return storm


async def _compared(lab: Lab, ledger: Ledger, storm: Storm, happened: set[str]) -> dict[str, Any]:
    began = time.monotonic()
    await agree(ledger.clients)
    agreed = round(time.monotonic() - began, 1)
    facts = ledger.require_whole(lab)
    again = sum([await ledger.require_repeatable(site) for site in ("yufa", "lixian", storm.absent) if site])
    await require_shown_everywhere(storm, happened)
    promised = {"acknowledged": len(ledger.kept), "sent_again": again, "facts": facts}
    return {"all_pictures_equal_seconds": agreed, **promised}


async def agree(clients: dict[str, httpx.AsyncClient]) -> None:
    """Wait until every picture is the hub's; those that were are not asked again while the hub's stays."""

    async def equal() -> bool:
        hub = await shared_hash(clients["hub"])
        if known.get("hub") != hub:
            known.clear()
            known["hub"] = hub
        for name, client in clients.items():
            if known.get(name) != hub:
                known[name] = await shared_hash(client)
                if known[name] != hub:
                    return False
        return True

    known: dict[str, str] = {}
    await until("all pictures are equal", equal, patience=300, pause=1.0)


async def require_shown_everywhere(storm: Storm, happened: set[str]) -> None:
    """Each incident once on every picture, closed; what was taken down by hand lives on in 榆垡's own."""
    for site, client in storm.ledger.clients.items():
        found = await features(client, "incident")
        assert set(found) == happened, f"{site} shows {len(found)} incidents, {len(happened)} happened"
        assert {one["status"] for one in found.values()} == {"closed"}
    yufa = storm.incidents["yufa"]["id"]
    shown = await features(storm.ledger.clients["hub"], "incident")
    assert shown[yufa]["casualties"]["trapped"] == 65
    listed = await storm.ledger.get("yufa", f"/api/incidents/{yufa}")
    assert listed["status"] == "closed"
