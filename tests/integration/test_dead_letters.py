"""A fact that a consumer cannot take: a person sees it, why, and can retry or discard it."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.settings import SERVICES
from shared.contracts.envelope import Envelope
from shared.contracts.subjects import fact_subject
from shared.kernel.ids import new_id
from shared.storage.system import append_facts
from tests.harness.hosting import Hosted, hosted

CONSUMER = "incident_intake__assignments"
EXPOSED = (
    "yzt_http_requests_total",
    "yzt_http_request_seconds_bucket",
    "yzt_outbox_depth",
    "yzt_outbox_oldest_seconds",
    "yzt_view_lag_seconds",
    "yzt_dlq_depth",
    "faststream_received_messages_total",
)
"""What operators watch: HTTP, the way of the facts, the picture, the dead letters, the library's own counters."""


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Hosted]:
    async with hosted(tmp_path, services=SERVICES, broker=True) as running:
        yield running


def a_broken_fact() -> Envelope:
    """An assignment without anything that an assignment needs."""
    return Envelope(
        id=new_id(), source="/sites/hub/resource_dispatch", type=fact_subject("hub", "dispatch.assignment.ordered.v1"),
        subject="a", time=datetime.now(UTC), data={}, aggregateversion=1, correlationid="c",
    )  # fmt: skip


async def letters(client: httpx.AsyncClient, count: int) -> list[dict[str, Any]]:
    """The dead letters of the timeline's consumer, once there are as many as expected; others may choke on it too."""
    async with asyncio.timeout(40):
        while True:
            answer = await client.get("/api/dead-letters", params={"consumer": CONSUMER})
            if answer.status_code == 200 and len(answer.json()["items"]) == count:
                return list(answer.json()["items"])
            await asyncio.sleep(0.2)


async def recorded(auditor: httpx.AsyncClient) -> list[dict[str, Any]]:
    """What the audit book says of dead letters, oldest first, once there are two entries."""
    async with asyncio.timeout(40):
        while True:
            items = (await auditor.get("/api/audit", params={"limit": 50})).json()["items"]
            found = [one for one in items if one["action"].startswith("dead_letter")]
            if len(found) >= 2:
                return found[::-1]
            await asyncio.sleep(0.2)


@pytest.mark.nats
async def test_a_poisoned_fact_is_seen_retried_and_discarded_and_the_rest_goes_on(app: Hosted) -> None:
    client = await app.admin()
    poison = a_broken_fact()
    await app.node.databases["resource_dispatch"].write(lambda connection: append_facts(connection, poison))
    [letter] = await letters(client, 1)
    assert letter["consumer"] == CONSUMER
    assert letter["data"]["id"] == poison.id
    assert letter["attempts"] > 1
    assert letter["detail"] != f"problem.{letter['reason']}"

    assert (await client.post(f"/api/dead-letters/{letter['seq']}/retry")).status_code == 202
    async with asyncio.timeout(40):
        while (again := (await letters(client, 1))[0])["seq"] == letter["seq"]:
            await asyncio.sleep(0.1)
    assert again["retries"] == 1

    unnamed = await client.post(f"/api/dead-letters/{again['seq']}/discard", json={"reason": ""})
    assert unnamed.status_code == 422
    gone = await client.post(f"/api/dead-letters/{again['seq']}/discard", json={"reason": "测试数据,内容不全"})
    assert gone.status_code == 200
    assert await letters(client, 0) == []
    missing = await client.post(f"/api/dead-letters/{again['seq']}/retry")
    assert (missing.status_code, missing.json()["code"]) == (404, "dead_letter.unknown")
    retry, discard = await recorded(await app.client("auditor"))
    assert [retry["action"], discard["action"]] == ["dead_letter_retried", "dead_letter_discarded"]
    assert {retry["actor_name"], discard["actor_name"]} == {"系统管理员"}
    assert (retry["target"], retry["detail"]["fact_id"]) == (CONSUMER, poison.id)
    assert (discard["target"], discard["detail"]["fact_id"]) == (CONSUMER, poison.id)
    assert discard["detail"]["reason"] == "测试数据,内容不全"
    async with asyncio.timeout(60):  # depths are measured from time to time, the first time after a while
        while lacking := [name for name in EXPOSED if f"\n{name}" not in (await client.get("/metrics")).text]:
            await asyncio.sleep(0.2)
    assert lacking == []
    exposed = (await client.get("/metrics")).text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-7", exposed), "an id became a label: there would be no end of them"
