"""Plays a scenario on a running site, faster than life: every step is a call of the product's own API."""

import asyncio
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from services.client import ApiProblem, SiteClient
from services.demo.district import every
from shared.kernel.clock import SHANGHAI, wire_time
from shared.kernel.ids import new_id

_SCENARIOS = files("services.demo") / "scenarios"


class ScenarioError(Exception):
    """The scenario cannot be played; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A title and steps in order of time, minutes from T0."""

    title: str
    steps: tuple[dict[str, Any], ...]
    files: Any = _SCENARIOS

    @classmethod
    def load(cls, name: str) -> "Scenario":
        """A scenario by name (`s3_jiugong`) or by path of a TOML file.

        Raises:
            ScenarioError: there is none, or it is no TOML.
        """
        path = Path(name)
        source = path if path.suffix == ".toml" else _SCENARIOS / f"{name}.toml"
        try:
            body = tomllib.loads(source.read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ScenarioError(f"读不出情景 {name}:{error}") from error
        steps = tuple(sorted(body.get("step", ()), key=lambda step: step["at"]))
        if not steps:
            raise ScenarioError(f"情景 {name} 没有任何步骤")
        return cls(str(body.get("title", name)), steps, path.parent if path.suffix == ".toml" else _SCENARIOS)

    @staticmethod
    def names() -> list[str]:
        """The scenarios that come with the product."""
        return sorted(item.name.removesuffix(".toml") for item in _SCENARIOS.iterdir() if item.name.endswith(".toml"))


@dataclass(slots=True)
class Player:
    """Plays one scenario once.

    Args:
        site: logged in with every right that the steps need.
        speed: scenario minutes per real minute.
        say: shown line by line, in Chinese.
        refused: how many steps the site did not take.
    """

    site: SiteClient
    speed: float
    say: Callable[[str], None]
    incidents: dict[str, dict[str, Any]] = field(default_factory=dict)
    run: str = field(default_factory=new_id)
    refused: int = 0

    async def play(self, scenario: Scenario) -> None:
        """Play all steps; a step that the site refuses is told and the rest goes on."""
        first = scenario.steps[0]["at"]
        started = asyncio.get_running_loop().time()
        for number, step in enumerate(scenario.steps):
            due = started + (step["at"] - first) * 60.0 / self.speed
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            try:
                await self._do(step, f"{self.run}-{number}", scenario)
            except (ApiProblem, ScenarioError) as problem:
                self.refused += 1
                self.say(f"T{step['at']:+d} 分  未成功:{problem}")
            else:
                self.say(
                    f"T{step['at']:+d} 分  {step.get('say') or step.get('text') or step.get('reason') or step['do']}"
                )

    async def _do(self, step: dict[str, Any], key: str, scenario: Scenario) -> None:
        match step["do"]:
            case "report":
                self.incidents[step["as"]] = await self.site.post("/api/incidents", step["body"], key=key)
            case "update":
                await self.site.patch(f"/api/incidents/{self._id(step)}", step["body"])
            case "close":
                await self.site.post(f"/api/incidents/{self._id(step)}/close", {"summary": step["summary"]}, key=key)
            case "note":
                await self.site.post(f"/api/incidents/{self._id(step)}/notes", {"text": step["text"]}, key=key)
            case "merge":
                body = {"into": self._incident(step["into"]), "reason": step["reason"]}
                await self.site.post(f"/api/incidents/{self._id(step)}/merge", body, key=key)
            case "warning":
                await self._warning(scenario, step["file"])
            case "acknowledge":
                await self._acknowledge(self._id(step), key)
            case "assign":
                await self._assign(self._id(step), step["units"], key)
            case "status":
                await self._status(self._id(step), step["unit"], step["chain"], key)
            case other:
                raise ScenarioError(f"不认识的步骤:{other}")

    def _id(self, step: dict[str, Any]) -> str:
        return self._incident(step["of"])

    def _incident(self, name: str) -> str:
        if name not in self.incidents:
            raise ScenarioError(f"事件 {name} 前面没有报成,这一步无法执行")
        return str(self.incidents[name]["id"])

    async def _warning(self, scenario: Scenario, name: str) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        local = now.astimezone(SHANGHAI)
        text = (scenario.files / name).read_text("utf-8")
        values = {
            "{stamp}": local.strftime("%Y%m%d%H%M%S"),
            "{sent}": local.isoformat(),
            "{expires}": (local + timedelta(hours=12)).isoformat(),
        }
        for mark, value in values.items():
            text = text.replace(mark, value)
        await self.site.post_xml("/api/warnings", text.encode())

    async def _acknowledge(self, incident_id: str, key: str) -> None:
        for _ in range(50):  # the call-out is made from the event, a moment after the report
            calls = await self.site.get("/api/notifications", incident_id=incident_id)
            if calls["items"]:
                body = {"note": "收到,正在核实"}
                await self.site.post(f"/api/notifications/{calls['items'][0]['id']}/ack", body, key=key)
                return
            await asyncio.sleep(0.1)

    async def _assign(self, incident_id: str, names: list[str], key: str) -> None:
        units = {unit["name"]: unit for unit in await every(self.site, "/api/units")}
        missing = [name for name in names if name not in units]
        if missing:
            raise ScenarioError(f"站点上没有这些力量:{'、'.join(missing)};请先用 yizhangtu import units 导入")
        for name in names:
            body = {"incident_id": incident_id, "unit_id": units[name]["id"]}
            await self.site.post("/api/assignments", body, key=f"{key}-{name.encode().hex()[:60]}")

    async def _status(self, incident_id: str, unit: str, chain: list[str], key: str) -> None:
        for assignment in await every(self.site, "/api/assignments", incident_id=incident_id):
            if assignment["unit_name"] == unit:
                for status in chain:
                    body = {"status": status, "occurred_at": wire_time(datetime.now(UTC)), "source": "radio"}
                    await self.site.post(f"/api/assignments/{assignment['id']}/status", body, key=f"{key}-{status}")
