"""What is wrong with a request is said in the right words, whatever was sent; the next request is answered as ever."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.http.middleware import DEFAULT_BODY
from tests.harness.hosting import Hosted, hosted

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Content-Type": "application/json"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hosted]:
    async with hosted(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(site: Hosted) -> httpx.AsyncClient:
    return await site.admin()


def _pointers(answer: httpx.Response) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in answer.json()["errors"]}


def _is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    kind = answer.headers["content-type"]
    return answer.status_code == status and kind == "application/problem+json" and answer.json()["code"] == code


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/picture", "GET"),
        ("DELETE", "/api/incidents", "POST"),
        ("PATCH", "/api/picture/stream", "GET"),
        ("OPTIONS", "/api/units", "GET"),
        ("PUT", "/livez", "GET"),
    ],
)
async def test_a_known_path_with_a_wrong_method_is_told_which_ones_there_are(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)
    assert _is_problem(answer, 405, "request.method_not_allowed")
    assert allowed in answer.headers["allow"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/incidents/"])
async def test_an_unknown_path_of_the_api_is_a_problem_and_never_the_page(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    assert _is_problem(await client.request(method, path), 404, "request.not_found")


async def test_a_load_balancer_that_asks_with_head_gets_the_probe_and_not_the_page(client: httpx.AsyncClient) -> None:
    for probe in ("/livez", "/readyz", "/metrics"):
        answer = await client.head(probe)
        assert answer.status_code == 200
        assert "html" not in answer.headers["content-type"]


@pytest.mark.parametrize(
    ("body", "faulty"),
    [
        ({"title": "a\0b"}, "/title"),
        ({"title": "x", "location": {"text": "a\x1bb"}}, "/location/text"),
        ({"title": "x", "caller": {"name": "a\0"}}, "/caller/name"),
        ({"title": "x", "sensitive_reasons": ["well", "a\0b"]}, "/sensitive_reasons/1"),
        ({"title": "x", "unknown": {"deep": [{"er": "\0"}]}}, "/unknown/deep/0/er"),
    ],
)
async def test_a_control_character_is_shown_at_its_place(
    client: httpx.AsyncClient, body: dict[str, Any], faulty: str
) -> None:
    answer = await client.post("/api/incidents", json=body)
    assert _is_problem(answer, 422, "request.invalid")
    assert _pointers(answer) == {faulty: "field.control_character"}


@pytest.mark.parametrize(
    ("body", "faulty"),
    [
        (rb'{"title":"x","a\ud800":1}', "/a\N{REPLACEMENT CHARACTER}"),
        (rb'{"title":"x","location":{"\udfff":1}}', "/location/\N{REPLACEMENT CHARACTER}"),
        (rb'{"title":"x\ud800"}', "/title"),
        (rb'{"title":"x","source":"\udc00"}', "/source"),
    ],
)
async def test_half_a_surrogate_pair_in_a_name_or_a_value_is_refused_by_place(
    client: httpx.AsyncClient, body: bytes, faulty: str
) -> None:
    answer = await client.post("/api/incidents", content=body, headers=JSON)
    assert _is_problem(answer, 422, "request.invalid")
    assert _pointers(answer) == {faulty: "field.control_character"}


@pytest.mark.parametrize("value", ["40.5N", "39.7", True, [39.7], {"deg": 39}, 10**400])
async def test_a_coordinate_is_a_number_and_nothing_that_looks_like_one(client: httpx.AsyncClient, value: Any) -> None:
    answer = await client.post("/api/incidents", json={"title": "x", "location": {"lon": 116.4, "lat": value}})
    assert answer.status_code in {400, 422}
    if answer.status_code == 422:
        assert set(_pointers(answer)) == {"/location/lat"}


@pytest.mark.parametrize("said", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
async def test_a_body_that_does_not_say_that_it_is_json_is_told_so(client: httpx.AsyncClient, said: str) -> None:
    answer = await client.post("/api/incidents", content=b'{"title":"x"}', headers={"Content-Type": said})
    assert _is_problem(answer, 415, "request.not_json")


async def test_a_body_that_arrives_in_pieces_is_stopped_at_the_limit(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(DEFAULT_BODY // 65_536 + 2):
            yield b" " * 65_536

    answer = await client.post("/api/incidents", content=endless(), headers=JSON)
    assert _is_problem(answer, 413, "request.too_large")


@pytest.mark.parametrize(
    "body", [b'{"title":' + b"[" * 10_000 + b"]" * 10_000 + b"}", b'{"a":' * 50_000 + b"1" + b"}" * 50_000]
)
async def test_ten_thousand_levels_of_json_are_unreadable_and_the_next_report_is_taken(
    client: httpx.AsyncClient, body: bytes
) -> None:
    assert _is_problem(await client.post("/api/incidents", content=body, headers=JSON), 400, "request.malformed")
    assert (await client.post("/api/incidents", json={"title": "next"})).status_code == 201


@pytest.mark.parametrize("seq", ["0", "-1", "9" * 30, "x"])
async def test_a_dead_letter_has_a_number_that_a_stream_can_have(client: httpx.AsyncClient, seq: str) -> None:
    answer = await client.post(f"/api/dead-letters/{seq}/retry")
    assert _is_problem(answer, 422, "request.invalid")


_CURSORS = [
    b"[[],{}]",
    b"[1,2]",
    b"[null]",
    b"[true]",
    b'["\\u0000","a"]',
    b"[99999999999999999999]",
    b'["x","y"]',
    b"{}",
]
_PAGED = ["incidents", "warnings", "audit", "accounts", "notifications", "units", "assignments", "people"]


@pytest.mark.parametrize("made_up", _CURSORS)
async def test_a_made_up_cursor_is_refused_or_shows_a_page(client: httpx.AsyncClient, made_up: bytes) -> None:
    cursor = base64.urlsafe_b64encode(made_up).decode().rstrip("=")
    answers = {path: await client.get(f"/api/{path}", params={"after": cursor}) for path in _PAGED}
    wrong = {path: answer.status_code for path, answer in answers.items() if answer.status_code not in {200, 422}}
    assert not wrong
