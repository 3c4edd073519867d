"""S1 流域性暴雨,多属地断网断电断路 (domain §10) played on a hub and its edges, step by step as its table tells.

Played and asserted, by the table's minutes:

- −720: CAP blue, then yellow as its Update: the old level is gone from every picture; 22 heads called, 22 receipts.
- −180: orange; every team stands by on the hub's map; the 4 townships along 永定河 are called and answer.
- 0: red; 22 heads are called, who does not answer is called again, all answer.
- +25: 榆垡 and 礼贤 fall silent: 疑失联, 失联, a task to check each, closed by a person; nothing looks current.
- +42: the line from 榆垡 by 北斗, filed under its name while its own log holds the same.
- +50: the same by satellite phone, 困 65: one incident, the figure changed, both tellings kept.
- +60: three flood teams and boats of the hub; teams of the cut sites sent there, their states told by radio.
- +95: the hub on its UPS, minutes left in its status; the sheet of the present state printed.
- +150: 礼贤 is back: a late report is placed by its time, marked late, 到场 stays.
- +1500: red to blue, lifted; teams back, incidents closed; 榆垡 returns after all that and is recognised.

Not played, since no service reaches it yet: the third call and the next in rank, 响应启动 (0);
初报 and 续报 with their clocks (+42, +50); tracks and closed roads (+60); a track told afterwards (+150); 转移安置,
避难场所 and 零报告 (+240); 终报 and 个人信息销毁待办 (+1500).
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.kernel.clock import SHANGHAI, parse_time, wire_time
from tests.degraded.s1.calls import answered, call_heads, called_again
from tests.degraded.s1.ledger import Ledger, features, until
from tests.degraded.s1.people import ALONG_THE_RIVER, TOWNSHIPS, Cast, all_teams_stand_by
from tests.degraded.s1.rain import Rain
from tests.degraded.s1.watch import CutWatch
from tests.harness.lab import Lab

_CHAIN = ("accepted", "en_route", "on_scene")
_HOME = ("working", "returning", "back")
FIGURES = {"dead": 0, "missing": 2, "injured": 3, "trapped": 60}


@dataclass
class Storm:
    """One run of the scenario.

    Args:
        absent: has no link from before the first warning until the end; empty if nobody.
        pace: seconds that a minute of the table's T+0 to T+150 takes at least.
        number: of the round, from 1; what earlier ones left stays where it is.
    """

    lab: Lab
    ledger: Ledger
    cast: Cast
    watch: CutWatch
    absent: str = ""
    pace: float = 0.0
    number: int = 1
    figures: dict[str, Any] = field(default_factory=dict)
    incidents: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, list[str]] = field(default_factory=dict)
    _rain: Rain = field(default_factory=Rain)
    _zero: float = 0.0
    _cut_at: dict[str, float] = field(default_factory=dict)

    async def play(self) -> None:
        """All of it; afterwards every link is whole and everything has arrived."""
        self.watch.begin()
        if self.absent:
            self._cut(self.absent)
        await self.blue_and_yellow()
        await self.orange()
        await self.red()
        await self.links_lost()
        await self.line_by_beidou()
        await self.told_again_by_satellite_phone()
        await self.teams_sent()
        await self.on_battery()
        await self.lixian_returns()
        await self.lifted_and_closed()
        await self.the_last_return()
        await self.watch.end()
        assert not self.watch.faults, self.watch.faults[:5]

    async def blue_and_yellow(self) -> None:
        await self._warns("blue")
        await self._warns("yellow")
        calls = await call_heads(self.ledger, self.cast, tuple(TOWNSHIPS), "暴雨黄色预警,请回执")
        await answered(self.ledger, self.cast, calls)
        self.figures["receipts"] = len(calls)

    async def orange(self) -> None:
        await self._warns("orange")
        await all_teams_stand_by(self.ledger, self.cast)
        calls = await call_heads(self.ledger, self.cast, ALONG_THE_RIVER, "暴雨橙色预警,请到岗带班")
        await answered(self.ledger, self.cast, calls)

    async def red(self) -> None:
        self._zero = time.monotonic()
        await self._warns("red")
        calls = await call_heads(self.ledger, self.cast, tuple(TOWNSHIPS), "暴雨红色预警,立即转移危险区域人员")
        slow = {token: calls[token] for token in ("caiyu", "anding")}
        await answered(self.ledger, self.cast, {token: calls[token] for token in calls.keys() - slow.keys()})
        await called_again(self.ledger, slow)
        await answered(self.ledger, self.cast, slow)
        self.figures["red_all_called_and_answered_seconds"] = round(time.monotonic() - self._zero, 1)
        for site in self.lab.edges:
            if site not in {"yufa", "lixian"}:
                await self._report(site, f"{TOWNSHIPS[site].name} 桥下积水", {"trapped": 0})

    async def links_lost(self) -> None:
        await self._moment(25)
        for site in ("yufa", "lixian"):
            self._cut(site)
        for site in self._cut_at:
            await self._is_checked(site)
        for site in ("lixian", "yufa"):
            seen = self.watch.shown[site]
            assert seen[-1] == "disconnected", seen
            assert "degraded" in seen, f"{site} was never shown as 疑失联: {seen}"

    async def line_by_beidou(self) -> None:
        await self._moment(42)
        own = await self._report("yufa", "榆垡镇 堤外积水围困群众", FIGURES)
        line = await self._line_of_yufa(own, FIGURES, 2 * self.number - 1)
        began = time.monotonic()
        copy = await self._file(line, "beidou")
        await self._hub_shows(copy, FIGURES)
        self.figures["line_on_the_map_seconds"] = round(time.monotonic() - began, 2)
        self.incidents["copy"] = {**self.incidents["yufa"], "id": copy}
        assert (await self._on_map("hub", "incident", copy))["on_behalf_of_site"] == "yufa"
        assert self.incidents["yufa"]["id"] not in await features(self.ledger.clients["hub"], "incident")

    async def told_again_by_satellite_phone(self) -> None:
        await self._moment(50)
        own, more = self.incidents["yufa"], {**FIGURES, "trapped": 65}
        patched = await self.ledger.ask(
            "yufa", f"/api/incidents/{own['id']}", {"casualties": {"trapped": 65}}, method="PATCH"
        )
        assert patched["casualties"]["trapped"] == 65
        line = await self._line_of_yufa(own, more, 2 * self.number)
        copy = await self._file(line, "satellite", outcome="update")
        assert copy == self.incidents["copy"]["id"], "the same incident"
        await self._hub_shows(copy, more)
        timeline = (await self.ledger.get("hub", f"/api/incidents/{copy}/timeline"))["items"]
        told = [entry["params"]["channel"] for entry in timeline if entry["code"] == "timeline.short_line"]
        assert sorted(told) == ["beidou", "satellite"], "both tellings can be read"

    async def teams_sent(self) -> None:
        await self._moment(60)
        await self._report("lixian", "礼贤镇 堤防渗水", {"trapped": 4})
        for site, incident in (("hub", "copy"), ("yufa", "yufa"), ("lixian", "lixian")):
            for unit in self.cast.teams[site]:
                body = {"incident_id": self.incidents[incident]["id"], "unit_id": unit}
                order = await self.ledger.ask(site, "/api/assignments", body)
                self.orders.setdefault(site, []).append(order["id"])
        # Before the link is back only the order has been told of; what the team did is told by radio, to its own desk.
        for site in ("hub", "yufa", "lixian"):
            await self._told(site, _CHAIN)

    async def on_battery(self) -> None:
        await self._moment(95)
        ups = {"source": "UPS-1", "on_battery": True, "minutes_left": 42}
        await self.ledger.clients["hub"].post("/api/ops/power", json=ups)
        power = (await self.ledger.get("hub", "/api/status"))["power"]
        assert (power["on_battery"], power["minutes_left"]) == (True, 42)
        sheet = await self.ledger.clients["hub"].get("/api/picture/sheet.pdf")
        assert sheet.content.startswith(b"%PDF-"), sheet.text[:200]

    async def lixian_returns(self) -> None:
        await self._moment(150)
        healed = self._heal("lixian")
        [order] = self.orders["lixian"]
        before = await self.ledger.get("lixian", f"/api/assignments/{order}")
        since = {one["status"]: parse_time(one["occurred_at"]) for one in before["history"]}
        between = since["en_route"] + (since["on_scene"] - since["en_route"]) / 2
        late = {"status": "en_route", "occurred_at": wire_time(between), "note": "补传:途中改道", "source": "field"}
        after = await self.ledger.ask("lixian", f"/api/assignments/{order}/status", late)
        assert (after["applied"], after["status"]) == (False, "on_scene"), "到场 is not set back to 出动"
        assert [one["late"] for one in after["history"]] == [False, False, True, False], "placed by its time, 迟到"

        async def arrived() -> bool:
            found = await features(self.ledger.clients["hub"], "assignment")
            return order in found and found[order]["version"] == after["version"]

        await until("the late report is at the hub", arrived)
        self.figures["lixian_heal_seconds"] = round(time.monotonic() - healed, 2)
        shown = await self._on_map("hub", "assignment", order)
        assert shown["status"] == "on_scene", shown
        await self._connected("lixian")

    async def lifted_and_closed(self) -> None:
        await self._warns("blue")
        await self.ledger.warn("hub", self._rain.lifted())
        await self._in_force(None)
        for site in ("hub", "yufa", "lixian"):
            await self._told(site, _HOME)
            for unit in self.cast.teams[site]:
                await self.ledger.ask(site, f"/api/units/{unit}/status", {"status": "standby"})
        for name, incident in self.incidents.items():
            site = "hub" if name == "copy" else name
            closed = await self.ledger.ask(site, f"/api/incidents/{incident['id']}/close", {"summary": "险情排除"})
            assert closed["status"] == "closed"
        await self.ledger.clients["hub"].post("/api/ops/power", json={"source": "UPS-1", "on_battery": False})

    async def the_last_return(self) -> None:
        for site in [name for name in self._cut_at if name != "lixian"]:
            began, healed = self._cut_at[site], self._heal(site)
            last = self.incidents[site]["id"]

            async def arrived(ident: str = last) -> bool:
                found = await features(self.ledger.clients["hub"], "incident")
                return ident in found and found[ident]["status"] == "closed"

            await until(f"all of {site} is at the hub", arrived)
            self.figures[f"{site}_heal_seconds"] = round(time.monotonic() - healed, 2)
            self.figures[f"{site}_cut_seconds"] = round(healed - began)
            await self._connected(site)
        copy, own = self.incidents["copy"]["id"], self.incidents["yufa"]["id"]

        async def recognised() -> bool:
            said = await self.ledger.get("hub", f"/api/incidents/{copy}")
            return bool(said["status"] == "merged" and said["merged_into"] == own)

        await until("what was taken down for 榆垡 is known again in its own log", recognised)

    # --- what the acts are made of

    async def _moment(self, minute: float) -> None:
        """Not before this minute of the table."""
        await asyncio.sleep(max(0.0, self._zero + minute * self.pace - time.monotonic()))

    def _cut(self, site: str) -> None:
        self.lab.cables[site].drop()
        self.watch.cut.add(site)
        self._cut_at[site] = time.monotonic()

    def _heal(self, site: str) -> float:
        self.watch.cut.discard(site)
        self.lab.cables[site].whole()
        return time.monotonic()

    def _reached(self) -> list[str]:
        """Sites that have a link now."""
        return [site for site in self.lab.sites if site not in self.watch.cut]

    async def _warns(self, color: str) -> None:
        warning = await self.ledger.warn("hub", self._rain.warns(color))
        await self._in_force(warning["id"])
        assert warning["color"] == color, warning

    async def _in_force(self, ident: str | None) -> None:
        """On every picture that can be reached this warning and no other, so no older level is left over."""
        wanted = {ident} - {None}
        for site in self._reached():

            async def alone(site: str = site) -> bool:
                return set(await features(self.ledger.clients[site], "warning")) == wanted

            await until(f"{site} shows {ident} and no other warning", alone)

    async def _report(self, site: str, title: str, casualties: dict[str, int]) -> str:
        place = TOWNSHIPS[site]
        location = {"lon": place.lon, "lat": place.lat, "township": place.code, "text": f"{place.name}示例村"}
        body = {
            "title": title,
            "type_code": "11A02",
            "source": "grid_worker",
            "location": location,
            "casualties": casualties,
        }
        self.incidents[site] = await self.ledger.ask(site, "/api/incidents", body)
        return str(self.incidents[site]["id"])

    async def _line_of_yufa(self, own: Any, figures: dict[str, int], number: int) -> str:
        """The line as the cut site's own system makes it, to be sent by hand."""
        ident = own if isinstance(own, str) else own["id"]
        said = await self.ledger.get("yufa", f"/api/incidents/{ident}")
        occurred = datetime.fromisoformat(said["occurred_at"]).astimezone(SHANGHAI)
        fields = {
            "unit": TOWNSHIPS["yufa"].code[-3:],
            "occurred": f"{occurred:%m%d%H%M}",
            "event": "11A02",
            "grade": "0",
            **{name: str(value) for name, value in figures.items()},
            "moved": "120",
            "outage": "NPR",
            "risk": "堤外积水1.2米",
            "need": "冲锋舟2艇",
            "by": "示例",
            "seq": str(number),
        }
        answer = await self.ledger.clients["yufa"].post("/api/short-lines/render", json={"fields": fields})
        assert answer.is_success, answer.text
        return str(answer.json()["text"])

    async def _file(self, line: str, channel: str, *, outcome: str = "new") -> str:
        filed = await self.ledger.ask("hub", "/api/short-lines", {"text": line, "channel": channel})
        [one] = filed["lines"]
        assert one["outcome"] == outcome, one
        return str(one["incident"]["id"])

    async def _hub_shows(self, ident: str, figures: dict[str, int]) -> None:
        async def shown() -> bool:
            found = (await features(self.ledger.clients["hub"], "incident")).get(ident)
            return found is not None and figures.items() <= found["casualties"].items()

        await until(f"the hub's map has {figures}", shown)

    async def _told(self, site: str, statuses: tuple[str, ...]) -> None:
        for order in self.orders[site]:
            for status in statuses:
                body = {"status": status, "source": "radio"}
                said = await self.ledger.ask(site, f"/api/assignments/{order}/status", body)
                assert (said["applied"], said["status"]) == (True, status)

    async def _on_map(self, site: str, kind: str, ident: str) -> dict[str, Any]:
        return (await features(self.ledger.clients[site], kind))[ident]

    async def _is_checked(self, site: str) -> None:
        """The hub says 失联 and asks a person to find out; who does so closes the task."""

        async def task() -> dict[str, Any] | None:
            found = (await self.ledger.get("hub", "/api/checks", state="open"))["items"]
            return next((one for one in found if one["site"] == site), None)

        async def lost() -> bool:
            return self.watch.lost(site)

        found = await until(f"a task to check {site}", task)
        await until(f"{site} is shown as 失联", lost)
        body = {"finding": "reached_needs_help", "note": "卫星电话接通,断网断电"}
        closed = await self.ledger.ask("hub", f"/api/checks/{found['id']}/close", body)
        assert closed["state"] == "closed"

    async def _connected(self, site: str) -> None:
        async def back() -> bool:
            found = await features(self.ledger.clients["hub"], "territory")
            return bool(found[TOWNSHIPS[site].code]["state"] == "connected")

        await until(f"{site} is shown as connected again", back)
