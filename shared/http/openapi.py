"""The OpenAPI document: what FastAPI knows, and besides how to log in, how errors look, and the streams."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from shared.http.auth import COOKIE
from shared.http.problem import STATUS

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The `token` that `POST /api/session` answers."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "What a browser gets instead."},
}
_LOGGED_IN: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
_METHODS = {"get", "put", "post", "patch", "delete"}
_TEXT = {"type": "string"}
_FAULT = {
    "type": "object",
    "required": ["pointer", "code", "detail"],
    "properties": {"pointer": _TEXT, "code": _TEXT, "detail": _TEXT},
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `detail` is a Chinese sentence that says what to do next.",
    "required": ["type", "title", "status", "detail", "instance", "code", "trace_id", "errors"],
    "properties": {
        "type": {**_TEXT, "examples": ["urn:yizhangtu:problem:incident.not_found"]},
        "title": _TEXT,
        "status": {"type": "integer", "enum": [*STATUS.values(), 405, 500]},
        "detail": _TEXT,
        "instance": _TEXT,
        "code": _TEXT,
        "trace_id": _TEXT,
        "errors": {"type": "array", "items": _FAULT},
    },
}
_PROBLEM_ANSWER = {
    "description": "Problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def install_openapi(app: FastAPI) -> None:
    """Let `/openapi.json` describe every route; made once, at the first question."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = openapi_document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The document of this process."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    guarded = set(_guarded(app))
    for path, method, described in _streams(app):
        document["paths"].setdefault(path, {})[method] = described
        guarded.add((path, method))
    for path, operations in document["paths"].items():
        for method in _METHODS & operations.keys():
            _complete(operations[method], is_guarded=(path, method) in guarded)
    components = document.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


def _complete(operation: dict[str, Any], *, is_guarded: bool) -> None:
    """Errors are problems, also those of validation, which FastAPI describes as its own."""
    answers = operation["responses"]
    answers.pop("422", None)
    answers["default"] = _PROBLEM_ANSWER
    operation["security"] = _LOGGED_IN if is_guarded else []


def _guarded(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        # What `Auth.require` made names its action.
        if dependant is not None and any(hasattr(each.call, "action") for each in _dependants(dependant)):
            yield from ((str(route.path), method.lower()) for method in route.methods or ())


def _dependants(dependant: Dependant) -> Iterator[Dependant]:
    for each in dependant.dependencies:
        yield each
        yield from _dependants(each)


def _streams(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Routes that are plain ASGI applications guard themselves and bring their description as `openapi`."""
    for route in iter_route_contexts(app.routes):
        described = getattr(route.endpoint, "openapi", None)
        if described is not None:
            for method in set(route.methods or ()) - {"HEAD"}:
                yield str(route.path), method.lower(), {**described, "responses": dict(described["responses"])}
