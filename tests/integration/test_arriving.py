"""Whoever takes an incident may go on with it at once, though reporting and notification hear of it later."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from tests.integration.reporting_bed import Desk, desk


async def _ahead_of_the_fact(room: Desk, path: str, body: dict[str, Any]) -> httpx.Response:
    """What is asked while the incident's fact is still on its way; it is handed over once the question waits."""
    asked = asyncio.create_task(room.officer.post(path, json=body))
    await asyncio.wait((asked,), timeout=0.2)
    await room.pump()
    return await asked


async def _taken(room: Desk) -> str:
    body = {"type_code": "12G03", "location": {"text": "示例村 3 号", "township": "110115006"}}
    answer = await room.officer.post("/api/incidents", json=body)
    return str(answer.raise_for_status().json()["id"])


async def test_a_report_begun_with_the_next_keystroke_waits_for_its_incident(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:
        key = await _taken(room)
        first = await _ahead_of_the_fact(room, "/api/reports", {"kind": "initial", "incident_id": key})
        assert (first.status_code, first.json().get("incident_id")) == (201, key)


async def test_people_are_called_about_an_incident_that_was_taken_a_moment_ago(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:
        body = {"title": "请到值班室", "posts": ["duty_leader"], "incident_id": await _taken(room)}
        called = await _ahead_of_the_fact(room, "/api/notifications", body)
        assert called.status_code == 201, called.text


async def test_what_never_comes_is_refused_with_its_words(tmp_path: Path) -> None:
    async with desk(tmp_path) as room:
        unknown = "0190a0b0-0000-7000-8000-000000000000"
        refused = await room.officer.post("/api/reports", json={"kind": "initial", "incident_id": unknown})
        assert (refused.status_code, refused.json()["code"]) == (422, "report.incident_unknown")
