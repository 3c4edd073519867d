"""People of one site among others: beside their own work they ask other sites for units, hand incidents over, answer.

Everything that they ask of other sites runs out within seconds, so that a cut lets some of it expire.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx

from shared.kernel.clock import wire_time
from shared.kernel.homes import HUB
from tests.harness.crew import STATUSES, Crew

_RECENT = 30
_LENT, _LENT_NAME = 4, "支援"
"""Units that are sent to others only."""
_VALID_SECONDS = (2.0, 8.0)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class Neighbours(Crew):
    """The people of one of several sites.

    Args:
        site: where they are.
        others: whom they ask.
        told: incidents that people of all sites tell each other of by telephone; one object for all of them.
        taken: incidents of other sites to whose hand-over they said yes.
        last_deadline: when everything that they asked has run out.
    """

    site: str = "hub"
    others: tuple[str, ...] = ()
    told: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    last_deadline: datetime = _LONG_AGO

    async def work(self) -> None:
        """Until `done`; then everybody finishes what they have begun."""
        doings = (self._call, self._send, self._plot, self._tend, self._ask_for_units, self._hand_over)
        dice = (Random(f"{self.seed}-{self.site}-{doing.__name__}") for doing in doings)
        await asyncio.gather(
            *(doing(die) for doing, die in zip(doings, dice, strict=True)),
            self._answer(),
            self._answer_requests(Random(f"{self.seed}-{self.site}-requests")),
            self._answer_offers(Random(f"{self.seed}-{self.site}-offers")),
            self._decide(Random(f"{self.seed}-{self.site}-decide")),
            self._look_across(Random(f"{self.seed}-{self.site}-across")),
        )

    async def begin(self, seed: int) -> None:
        """Another run on the same site: other decisions, and names that were not used before."""
        self.seed, self.done, self.name = seed, False, f"{self.site}-{seed}"
        if not self.units:
            await self.prepare()
            for number in range(_LENT):
                unit = {"name": f"{self.site} {_LENT_NAME}{number}队", "kind": "flood", "lon": 116.4, "lat": 39.8}
                await self.must("/api/units", unit)

    async def answer_all(self) -> None:
        """Answer the calls that are still open, so that the site comes to rest."""
        while calls := await self._read("/api/notifications", open=True, limit=50):
            answers = [await self.ask(f"/api/notifications/{call['id']}/ack", {"note": "收到"}) for call in calls]
            if not any(answers):
                return

    async def _tend(self, dice: Random) -> None:
        """Follow-ups, notes and ends, of own incidents and of those taken over; some are somebody else's by then."""
        number = 0
        while not self.done:
            await asyncio.sleep(0.05 + dice.random() * 0.15)
            known = self.taken if self.taken and dice.random() < 0.4 else self.incidents
            if not known:
                continue
            path, number, act = f"/api/incidents/{dice.choice(known[-_RECENT:])}", number + 1, dice.random()
            if act < 0.15:
                await self.ask(f"{path}/close", {"summary": f"{self.name} 处置完毕 {number}"})
            elif act < 0.55:
                await self.ask(path, {"casualties": {"injured": number}}, "PATCH")
            else:
                await self.ask(f"{path}/notes", {"text": f"{self.name} 续报 {number}"})

    async def _ask_for_units(self, dice: Random) -> None:
        while not self.done:
            await asyncio.sleep(0.3 + dice.random() * 0.5)
            units = await self._read("/api/units")
            foreign = [one["id"] for one in units if one["home_site"] != self.site and _LENT_NAME in one["name"]]
            if foreign and self.incidents:
                of = dice.choice(self.incidents[-_RECENT:])
                order = {"incident_id": of, "unit_id": dice.choice(foreign), "valid_until": self._until(dice)}
                await self.ask("/api/requests", order)

    async def _look_across(self, dice: Random) -> None:
        """Note something on whosever incident it is, take a request back, go on beside an incident of a cut site."""
        number = 0
        while not self.done:
            await asyncio.sleep(0.2 + dice.random() * 0.4)
            self.told += self.incidents[-1:]
            if not self.told:
                continue
            path, number, act = f"/api/incidents/{dice.choice(self.told[-_RECENT:])}", number + 1, dice.random()
            if act < 0.7:
                await self.ask(f"{path}/remarks", {"text": f"{self.name} 旁记 {number}"})
            elif act < 0.8:
                await self.ask(f"{path}/handover/withdraw", {})
            elif (beside := await self.ask(f"{path}/continue", {"reason": "等不及"})) is not None:
                self.incidents.append(beside["id"])

    async def _hand_over(self, dice: Random) -> None:
        while not self.done:
            await asyncio.sleep(0.3 + dice.random() * 0.5)
            known = self.incidents[-_RECENT:] + self.taken[-_RECENT:]
            if known:
                words = {"to_site": dice.choice(self.others), "reason": "更近", "valid_until": self._until(dice)}
                await self.ask(f"/api/incidents/{dice.choice(known)}/handover", words)

    def _until(self, dice: Random) -> str:
        until = datetime.now(UTC) + timedelta(seconds=dice.uniform(*_VALID_SECONDS))
        self.last_deadline = max(self.last_deadline, until)
        return wire_time(until)

    async def _answer_requests(self, dice: Random) -> None:
        while not self.done:
            await asyncio.sleep(0.15)
            for request in await self._read("/api/requests", direction="in", limit=30):
                if request["state"] != "requested" or dice.random() < 0.1:
                    continue
                verb = "accept" if dice.random() < 0.7 else "decline"
                answer = await self.ask(f"/api/requests/{request['id']}/{verb}", {"note": "收到"})
                if answer is not None and "assignment" in answer:
                    await self._go_and_return(answer["assignment"])

    async def _go_and_return(self, assignment: dict[str, Any]) -> None:
        self.assignments.append(assignment["id"])
        for status in STATUSES:
            await self.ask(f"/api/assignments/{assignment['id']}/status", {"status": status})
        await self.ask(f"/api/units/{assignment['unit_id']}/status", {"status": "standby"})

    async def _answer_offers(self, dice: Random) -> None:
        while not self.done:
            await asyncio.sleep(0.15)
            for offer in await self._read("/api/handovers", limit=30):
                if offer["state"] != "requested" or offer["answer_here"] or dice.random() < 0.1:
                    continue
                verb = "accept" if dice.random() < 0.8 else "decline"
                answer = await self.ask(f"/api/handovers/{offer['id']}/{verb}", {"note": "收到"})
                if answer is not None and verb == "accept":
                    self.taken.append(offer["incident_id"])

    async def _decide(self, dice: Random) -> None:
        """At the centre: say of two incidents that were found whether they are one, of most of them."""
        while not self.done and self.site == HUB:
            await asyncio.sleep(0.5)
            for conflict in await self._read("/api/conflicts", state="open", limit=5):
                if dice.random() < 0.5:
                    words = {"decision": dice.choice(("same", "different")), "reason": "已核实"}
                    await self.ask(f"/api/conflicts/{conflict['id']}/decision", words)

    async def _read(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The first page of a list; empty while the site is away."""
        with contextlib.suppress(httpx.TransportError, ValueError, KeyError):
            return list((await self.client.get(path, params={"limit": 100} | query)).json()["items"])
        return []
