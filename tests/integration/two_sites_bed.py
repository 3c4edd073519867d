"""A hub and an edge as whole sites whose logs are carried by hand, an incident and a unit to act on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness.clock import HandClock
from tests.harness.two_sites import Sites, sites

INCIDENT: dict[str, Any] = {"type_code": "12G03", "title": "榆垡镇 库房火灾", "location": {"lon": 116.33, "lat": 39.50}}
UNIT: dict[str, Any] = {"kind": "fire_rescue", "lon": 116.33, "lat": 39.51, "township": "榆垡镇"}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def both(tmp_path: Path, clock: HandClock, store_url: str | None) -> AsyncIterator[Sites]:
    # One PostgreSQL holds one site, so the hub has it and the edge its own file, as in the field.
    urls = {"hub": store_url} if store_url else None
    async with sites(tmp_path, "hub", "yufa", clock=clock, database_urls=urls) as running:
        yield running


async def posted(client: httpx.AsyncClient, path: str, status: int = 201, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
