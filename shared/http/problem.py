"""Errors as RFC 9457 `application/problem+json`, with a stable code and a Chinese sentence that says what to do."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from shared.i18n import label
from shared.kernel.errors import DomainError, FieldFault
from shared.telemetry.correlation import current_correlation

STATUS: dict[str, int] = {
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "invalid": 422,
    "too_many": 429,
    "unavailable": 503,
}

_PYDANTIC_CODES: dict[str, str] = {
    "extra_forbidden": "field.unknown",
    "missing": "field.required",
    "string_too_long": "field.too_long",
    "too_long": "field.too_long",
    "string_too_short": "field.required",
    "too_short": "field.required",
    "timezone_aware": "time.naive",
    "greater_than": "field.out_of_range",
    "greater_than_equal": "field.out_of_range",
    "less_than": "field.out_of_range",
    "less_than_equal": "field.out_of_range",
    "finite_number": "field.out_of_range",
    "control_character": "field.control_character",
}

_log = structlog.get_logger(__name__)


def problem(
    status: int,
    code: str,
    *,
    instance: str,
    faults: Iterable[FieldFault] = (),
    params: dict[str, Any] | None = None,
    allow: str | None = None,
) -> Response:
    """The answer for one error; `params` stand beside the code and fill the sentence, `allow` names the methods."""
    params = params or {}
    body: dict[str, Any] = {
        **params,
        "type": f"urn:yizhangtu:problem:{code}",
        "title": label(f"problem.{code}", **params),
        "status": status,
        "detail": label(f"problem.{code}", **params),
        "instance": instance,
        "code": code,
        "trace_id": current_correlation(),
        "errors": [
            {**f.params, "pointer": f.pointer, "code": f.code, "detail": label(f"problem.{f.code}", **f.params)}
            for f in faults
        ],
    }
    headers = {"Cache-Control": "no-store"}
    if "retry_after" in params:
        headers["Retry-After"] = str(params["retry_after"])
    if allow is not None:
        headers["Allow"] = allow
    if status == STATUS["unauthenticated"]:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(body, default=str), status, headers, media_type="application/problem+json")


def of_domain_error(error: DomainError, instance: str) -> Response:
    """The answer for a foreseen error."""
    return problem(STATUS[error.kind], error.code, instance=instance, faults=error.faults, params=error.params)


def fault_of(error: Mapping[str, Any]) -> FieldFault:
    """The fault in our words of one of pydantic's errors."""
    location = [str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"]]
    where = location[1:] if location[:1] == ["body"] else location
    code = _PYDANTIC_CODES.get(error["type"], "field.type")
    limits = {k: v for k, v in (error.get("ctx") or {}).items() if isinstance(v, (int, float, str))}
    return FieldFault("/" + "/".join(where), code, **limits)


def _is_of_another_kind(request: Request, details: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a body was sent that does not say it is JSON, so that it was not even read as such."""
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    unread = any(tuple(item["loc"]) == ("body",) and isinstance(item.get("input"), bytes) for item in details)
    return unread and not (said.startswith("application/") and said.endswith("json"))


def install_problems(app: FastAPI) -> None:
    """Make every error of the application answer as a problem, also those nobody foresaw."""

    async def domain(request: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)
        return of_domain_error(error, request.url.path)

    async def validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        details = error.errors()
        if _is_of_another_kind(request, details):
            return problem(415, "request.not_json", instance=request.url.path)
        if any(item["type"] == "json_invalid" for item in details):
            return problem(400, "request.malformed", instance=request.url.path)
        return problem(422, "request.invalid", instance=request.url.path, faults=[fault_of(item) for item in details])

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        codes = {404: "request.not_found", 405: "request.method_not_allowed", 413: "request.too_large"}
        code = codes.get(error.status_code, "request.malformed")
        allow = (error.headers or {}).get("Allow")
        return problem(error.status_code, code, instance=request.url.path, allow=allow)

    async def unforeseen(request: Request, error: Exception) -> Response:
        _log.error("request_failed", path=request.url.path, exc_info=error)
        return problem(500, "internal.error", instance=request.url.path)

    app.add_exception_handler(DomainError, domain)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unforeseen)
