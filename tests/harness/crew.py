"""People at work on a site that is being hurt: they report, send units, answer calls, write notes, and keep every 2xx.

Whoever gets no answer asks again under the same key, as the page does, until there is one.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from shared.kernel.clock import wire_time
from tests.harness.civil import shift_around_now

CALLERS, DISPATCHERS, UNITS = 3, 2, 10
_PAUSE = 0.05
STATUSES = ("accepted", "en_route", "on_scene", "working", "returning", "back")


@dataclass(frozen=True, slots=True)
class Acked:
    """A command that was answered with 2xx."""

    path: str
    body: dict[str, Any]
    key: str
    answer: dict[str, Any]
    method: str = "POST"


@dataclass
class Crew:
    """The people of one run.

    Args:
        client: logged in with every right; replaced after a restart, sessions survive it.
        seed: of everything they decide.
        name: in every key, so that runs on one site do not meet.
        pause: at most so many seconds lie between two reports of one caller.
    """

    client: httpx.AsyncClient
    seed: int
    name: str
    acked: list[Acked] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)
    incidents: list[str] = field(default_factory=list)
    assignments: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    done: bool = False
    pause: float = 0.06
    _count: int = 0

    async def prepare(self) -> None:
        """Units to send and somebody on duty to call."""
        for number in range(UNITS):
            body = {"name": f"{self.name} 第{number}队", "kind": "fire_rescue", "lon": 116.44, "lat": 39.8}
            unit = await self.must("/api/units", body)
            self.units.append(unit["id"])
        person = await self.must("/api/people", {"name": f"值班员{self.name}", "phone": "13800000000"})
        start, end = shift_around_now()
        shift = {"post": "duty_officer", "person_id": person["id"], "starts_at": wire_time(start)}
        await self.must("/api/roster/shifts", {**shift, "ends_at": wire_time(end)})

    async def work(self) -> None:
        """Until `done`; then everybody finishes what they have begun."""
        callers = [self._call(Random(f"{self.seed}-call-{n}")) for n in range(CALLERS)]
        senders = [self._send(Random(f"{self.seed}-send-{n}")) for n in range(DISPATCHERS)]
        await asyncio.gather(*callers, *senders, self._answer(), self._plot(Random(f"{self.seed}-plot")))

    async def must(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer, which has to be 2xx."""
        answer = await self.ask(path, body)
        assert answer is not None, (path, body, self.refused)
        return answer

    async def ask(self, path: str, body: dict[str, Any], method: str = "POST") -> dict[str, Any] | None:
        """The body of the 2xx, however long it takes; None if the site said no (4xx)."""
        self._count += 1
        key = f"{self.name}-{self._count}"
        while True:
            answer = await self._once(method, path, body, key)
            if answer is not None and answer.is_success:
                self.acked.append(Acked(path, body, key, answer.json(), method))
                return dict(answer.json())
            status = answer.status_code if answer is not None else 0
            self.refused[status] = self.refused.get(status, 0) + 1
            if 400 <= status < 500 and status != 429:
                return None
            assert status in {0, 429, 503}, f"{path}: {status} {answer.text if answer is not None else ''}"
            await asyncio.sleep(_PAUSE)

    async def _once(self, method: str, path: str, body: dict[str, Any], key: str) -> httpx.Response | None:
        with contextlib.suppress(httpx.TransportError):
            return await self.client.request(method, path, json=body, headers={"Idempotency-Key": key})
        return None

    async def _call(self, dice: Random) -> None:
        while not self.done:
            location = {"lon": 116.3 + dice.random() / 5, "lat": 39.6 + dice.random() / 5}
            body = {"type_code": "12G03", "description": f"来电 {dice.randrange(10**6)}", "location": location}
            incident = await self.must("/api/incidents", body)
            self.incidents.append(incident["id"])
            if dice.random() < 0.4:
                of = dice.choice(self.incidents)
                await self.ask(f"/api/incidents/{of}/notes", {"text": f"补充 {dice.randrange(10**6)}"})
            await asyncio.sleep(dice.random() * self.pause)

    async def _send(self, dice: Random) -> None:
        while not self.done:
            await asyncio.sleep(0.02 + dice.random() * 0.1)
            if not self.incidents:
                continue
            order = {"incident_id": dice.choice(self.incidents[-20:]), "unit_id": dice.choice(self.units)}
            assignment = await self.ask("/api/assignments", order)
            if assignment is None:
                continue
            self.assignments.append(assignment["id"])
            for status in STATUSES[: dice.randint(0, len(STATUSES))]:
                await self.ask(f"/api/assignments/{assignment['id']}/status", {"status": status})
            if assignment["unit_id"] in self.units and dice.random() < 0.5:
                await self.ask(f"/api/units/{assignment['unit_id']}/status", {"status": "standby"})

    async def _plot(self, dice: Random) -> None:
        """Draw on the map, change it, lift it, put it back."""
        number = 0
        while not self.done:
            await asyncio.sleep(0.1 + dice.random() * 0.3)
            if not self.incidents:
                continue
            number, act = number + 1, dice.random()
            if act < 0.5 or not self.marks:
                point = {"type": "Point", "coordinates": [116.3 + dice.random() / 5, 39.6 + dice.random() / 5]}
                words = {"kind": "assembly_point", "geometry": point, "label": f"{self.name} 集合点 {number}"}
                mark = await self.ask("/api/marks", words | {"incident_id": dice.choice(self.incidents[-20:])})
                self.marks += [mark["id"]] if mark is not None else []
            elif act < 0.8:
                await self.ask(f"/api/marks/{dice.choice(self.marks)}", {"capacity": number}, "PATCH")
            elif act < 0.9:
                await self.ask(f"/api/marks/{dice.choice(self.marks)}/remove", {"reason": "已解除"})
            else:
                await self.ask(f"/api/marks/{dice.choice(self.marks)}/restore", {})

    async def _answer(self) -> None:
        while not self.done:
            await asyncio.sleep(0.2)
            with contextlib.suppress(httpx.TransportError, ValueError, KeyError):
                calls = await self.client.get("/api/notifications", params={"open": True, "limit": 3})
                for call in calls.json()["items"]:
                    await self.ask(f"/api/notifications/{call['id']}/ack", {"note": "收到"})
