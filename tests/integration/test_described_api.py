"""What integrators read before they write a line: OpenAPI of the routes, AsyncAPI of the facts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from shared.contracts.registry import KINDS
from tests.harness.hosting import Hosted, hosted

_OPEN = {("/api/session", "post"), ("/api/i18n", "get")}
_METHODS = {"get", "put", "post", "patch", "delete"}


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _dangling(document: dict[str, Any]) -> list[str]:
    lost = []
    for reference in set(_references(document)):
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target.get(part, {}) if isinstance(target, dict) else {}
        if not target:
            lost.append(reference)
    return lost


def _operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in _METHODS
    }


def _routes(app: Hosted) -> set[tuple[str, str]]:
    assert app.node.app is not None
    return {
        (str(route.path), method.lower())
        for route in iter_route_contexts(app.node.app.routes)
        if str(route.path or "").startswith("/api")
        for method in set(route.methods or ()) - {"HEAD"}
    }


async def _read(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    body: dict[str, Any] = answer.json()
    return body


async def test_openapi_describes_every_route_with_login_and_problems(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        document = await _read(app.anonymous(), "/openapi.json")
        routes = _routes(app)
    operations = _operations(document)
    assert document["openapi"].startswith("3.1")
    assert len(routes) > 50
    assert routes <= operations.keys()
    assert document["components"]["securitySchemes"].keys() == {"bearer", "cookie"}
    for route in routes:
        operation = operations[route]
        assert operation["security"] == ([] if route in _OPEN else [{"bearer": []}, {"cookie": []}]), route
        assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}, route
        assert "422" not in operation["responses"], route
        assert any(code.startswith("2") for code in operation["responses"]), route
        assert operation.get("description"), route


async def test_openapi_holds_together(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        document = await _read(app.anonymous(), "/openapi.json")
    assert not _dangling(document)
    operations = _operations(document)
    names = [operation["operationId"] for operation in operations.values()]
    assert len(names) == len(set(names))
    for (path, method), operation in operations.items():
        placed = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert placed == set(re.findall(r"\{(\w+)\}", path)), (method, path)
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert media["schema"], (method, path)
    for name, schema in document["components"]["schemas"].items():
        assert schema.keys() & {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"}, name


async def test_a_problem_is_what_the_document_says(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        document = await _read(app.anonymous(), "/openapi.json")
        body = (await app.anonymous().get("/api/incidents")).json()
    described = document["components"]["schemas"]["Problem"]
    assert set(described["required"]) <= body.keys()
    assert body["status"] in described["properties"]["status"]["enum"]


async def test_asyncapi_names_every_kind_of_fact_and_who_hears_it(tmp_path: Path) -> None:
    async with hosted(tmp_path) as app:
        document = await _read(app.anonymous(), "/asyncapi.json")
    assert document["asyncapi"] == "3.0.0"
    assert document["channels"].keys() == KINDS.keys() == document["components"]["messages"].keys()
    assert "receive.intake.incident.reported.v1.notification__incidents" in document["operations"]
    assert not _dangling(document)


@pytest.mark.parametrize("path", ["/openapi.json", "/asyncapi.json"])
async def test_a_part_of_the_services_describes_itself(tmp_path: Path, path: str) -> None:
    async with hosted(tmp_path, services=("duty_roster",)) as app:
        document = await _read(app.anonymous(), path)
    assert not _dangling(document)
    if path == "/openapi.json":
        assert "/api/people" in document["paths"]
        assert "/api/incidents" not in document["paths"]
