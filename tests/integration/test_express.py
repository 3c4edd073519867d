"""The short way of first reports answers as the ordinary one does, whatever is sent."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from tests.integration.intake_site import PLACE, IntakeSite, MovableClock, intake_site

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHORT, ORDINARY = "application/json", "application/vnd.report+json"
"""The framework takes both; the short way knows the first only."""
_OWN = ("id", "number", "occurred_at", "received_at", "updated_at", "trace_id", "hints")
"""What differs between two reports of the same."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeSite]:
    async with intake_site(tmp_path_factory.mktemp("site")) as running:
        yield running


async def _post(client: httpx.AsyncClient, body: bytes, kind: str, **headers: str) -> tuple[int, Any]:
    answer = await client.post("/api/incidents", content=body, headers={"Content-Type": kind, **headers})
    said = orjson.loads(answer.content)
    return answer.status_code, {name: value for name, value in said.items() if name not in _OWN}


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps({"title": "仓库冒烟", "location": PLACE}),
        orjson.dumps({"title": "仓库冒烟", "location": {"lon": 116, "lat": 39.8}, "casualties": {"dead": 0}}),
        orjson.dumps({"type_code": "99Z99", "description": " 有烟 ", "sensitive": "yes"}),
        orjson.dumps({"title": "", "description": None}),
        orjson.dumps({"title": "x", "occurred_at": "2026-01-01T08:00:00"}),
        orjson.dumps({"title": "x", "location": {"lon": 200.0, "lat": "39"}}),
        orjson.dumps({"title": "x", "nobody": 1, "casualties": {"dead": -1, "lost": 2}}),
        orjson.dumps({"title": "a\u0000b"}),
        orjson.dumps(["title"]),
        b'{"title": NaN}',
        b'{"title": "x"',
        b'{"title": "\xff"}',
        b"[" * 100_000,
        b"null",
        b"",
        b"\xef\xbb\xbf{}",
    ],
    ids=range(16),
)
async def test_both_ways_answer_alike(site: IntakeSite, body: bytes) -> None:
    officer = await site.officer()
    assert await _post(officer, body, SHORT) == await _post(officer, body, ORDINARY)


async def test_without_a_session_or_the_right_both_refuse_alike(site: IntakeSite) -> None:
    body = orjson.dumps({"title": "仓库冒烟"})
    for client in (site.node.anonymous(), await site.node.client("auditor")):
        first, second = await _post(client, body, SHORT), await _post(client, body, ORDINARY)
        assert first == second
        assert first[0] in {401, 403}
    stale = site.node.anonymous()
    stale.headers["Authorization"] = "Bearer nobody"
    assert (await _post(stale, body, SHORT))[0] == 401


async def test_an_ended_session_takes_no_further_report(site: IntakeSite) -> None:
    client = await site.node.client("duty_officer")
    assert (await _post(client, b'{"title": "x"}', SHORT))[0] == 201
    assert (await client.delete("/api/session")).is_success
    assert (await _post(client, b'{"title": "x"}', SHORT))[0] == 401


async def test_a_repeated_key_is_answered_once_more_whichever_way_it_comes(site: IntakeSite) -> None:
    officer, body = await site.officer(), b'{"title": "again"}'
    first = await _post(officer, body, SHORT, **{"Idempotency-Key": "k-1"})
    again = await _post(officer, body, ORDINARY, **{"Idempotency-Key": "k-1"})
    assert (first[0], again[0], first[1]) == (201, 200, again[1])
    other = await _post(officer, b'{"title": "other"}', SHORT, **{"Idempotency-Key": "k-1"})
    assert (other[0], other[1]["code"]) == (422, "request.idempotency_mismatch")


async def test_a_body_that_comes_in_pieces_is_taken_whole(site: IntakeSite) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"ti', b'tle": "', "冒烟".encode(), b'"}'):
            yield piece

    officer = await site.officer()
    answer = await officer.post("/api/incidents", content=pieces(), headers={"Content-Type": SHORT})
    assert (answer.status_code, answer.json()["title"]) == (201, "冒烟")


async def test_both_are_counted_under_the_same_route(tmp_path: Path) -> None:
    async with intake_site(tmp_path, clock=MovableClock()) as site:
        officer = await site.officer()
        for kind in (SHORT, ORDINARY):
            await _post(officer, b'{"title": "x"}', kind)
        labels = {"method": "POST", "route": "/api/incidents", "status": "201"}
        assert site.node.node.metrics.get_sample_value("yzt_http_requests_total", labels) == 2
