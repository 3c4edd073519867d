"""An exercise beside the real site, on the same machine and data folder: nothing crosses, and everything says so."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from tests.harness.hosting import hosted

MARK = "【演练】"


async def _shown(client: httpx.AsyncClient, title: str) -> dict[str, Any]:
    """The picture once it has the incident."""
    async with asyncio.timeout(60):
        while True:
            picture: dict[str, Any] = (await client.get("/api/picture")).json()
            if title in _titles(picture):
                return picture
            await asyncio.sleep(0.1)


async def _called(client: httpx.AsyncClient) -> dict[str, Any]:
    """The one call-out, once the fact has been heard."""
    async with asyncio.timeout(60):
        while not (calls := (await client.get("/api/notifications")).json()["items"]):
            await asyncio.sleep(0.1)
    (call,) = calls
    return dict(call)


def _titles(picture: dict[str, Any]) -> list[str]:
    return [one["properties"]["title"] for one in picture["features"] if one["properties"]["kind"] == "incident"]


async def test_an_exercise_and_the_real_site_see_nothing_of_each_other(tmp_path: Path) -> None:
    async with hosted(tmp_path, broker=True) as real, hosted(tmp_path, broker=True, exercise=True) as drill:
        officer, trainee = await real.admin(), await drill.admin()
        stolen = {"Authorization": officer.headers["Authorization"]}
        assert (await trainee.get("/api/incidents", headers=stolen)).status_code == 401
        taken = (await officer.post("/api/incidents", json={"title": "真实火灾"})).json()
        played = (await trainee.post("/api/incidents", json={"title": "演练火灾"})).json()
        assert (taken["exercise"], played["exercise"]) == (False, True)
        true, play = await _shown(officer, "真实火灾"), await _shown(trainee, "演练火灾")
        assert (_titles(true), _titles(play)) == (["真实火灾"], ["演练火灾"])
        assert (true["exercise"], play["exercise"]) == (False, True)
        assert true["epoch"] != play["epoch"]
        call, drilled = await _called(officer), await _called(trainee)
        assert not call["exercise"]
        assert drilled["exercise"]
        assert MARK not in call["title"]
        for node, is_drill in ((real, False), (drill, True)):
            for service in ("incident_intake", "notification", "operations"):
                assert {fact.exercise for fact in await node.facts(service)} == {is_drill}
