"""Pure ASGI middleware: one pass that binds the correlation id, bounds the body, measures, and sets headers."""

import time
from collections.abc import Mapping

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.contracts.events.report import ReportKind
from shared.http.problem import of_domain_error
from shared.kernel.errors import TooLarge
from shared.kernel.precedence import Precedence
from shared.telemetry.correlation import bind_correlation

_MIB = 1024 * 1024
DEFAULT_BODY = _MIB
BODY_LIMITS: Mapping[str, int] = {
    "/api/warnings": 6 * _MIB,
    "/api/units/import": 20 * _MIB,
    "/api/people/import": 20 * _MIB,
    "/api/roster/import": 20 * _MIB,
    **{f"/api/report-templates/{kind.value}": 3 * _MIB for kind in ReportKind},
}
"""Bytes of a request body, by path; more is refused before it is read."""
BODY_LIMITS_BY_END: Mapping[str, int] = {"/archive": 64 * _MIB}
"""The same where an id stands within the path."""

_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class HttpMetrics:
    """Rate, errors, duration of HTTP, by route template, so that no id ever becomes a label."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "yzt_http_requests", "HTTP requests by route and status", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "yzt_http_request_seconds",
            "Time to the end of the answer (streams: to its start)",
            ["method", "route"],
            registry=registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; the library's own search for the labels takes longer than the counting."""
        known = self._known.get((method, route, status))
        if known is None:
            known = self.requests.labels(method, route, str(status)), self.seconds.labels(method, route)
            self._known[method, route, status] = known
        known[0].inc()
        known[1].observe(seconds)


def _limit_of(path: str) -> int:
    ending = path[path.rfind("/") :]
    return BODY_LIMITS.get(path) or BODY_LIMITS_BY_END.get(ending, DEFAULT_BODY)


class _BodyTooLarge(HTTPException):
    """The body ran past its limit while it was read; of this type, or the framework would call it unreadable."""

    def __init__(self) -> None:
        super().__init__(413)


class EdgeMiddleware:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, metrics: HttpMetrics, precedence: Precedence) -> None:
        self._app = app
        self._metrics = metrics
        self._precedence = precedence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] in _READING:
            await self._answer(scope, receive, send)
        else:
            with self._precedence.command():
                await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        trace = bind_correlation(headers.get(b"x-request-id", b"").decode("latin-1") or None)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=trace)
        started = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra = [*_SECURITY_HEADERS, (b"x-request-id", trace.encode())]
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
                if not scope["path"].endswith("/stream"):
                    await send(message)
                    return
                self._measure(scope, status, started)
            await send(message)

        limit = _limit_of(scope["path"])
        try:
            await self._guarded(scope, receive, sending, headers, limit)
        except _BodyTooLarge:
            if status == 0:
                error = TooLarge("request.too_large", limit=limit)
                await of_domain_error(error, scope["path"])(scope, receive, sending)
        finally:
            if not scope["path"].endswith("/stream"):
                self._measure(scope, status or 499, started)

    async def _guarded(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes], limit: int
    ) -> None:
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            raise _BodyTooLarge
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _BodyTooLarge
            return message

        await self._app(scope, bounded, send)

    def _measure(self, scope: Scope, status: int, started: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "unmatched"
        self._metrics.note(scope["method"], route, status, time.perf_counter() - started)
