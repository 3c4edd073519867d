"""The HTTP application of one process, built from the services that it hosts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI, Response
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp

from shared.http.commands import json_response
from shared.http.express import Express
from shared.http.gate import Gate, Refusal
from shared.http.hosting import Service
from shared.http.middleware import EdgeMiddleware, HttpMetrics
from shared.http.openapi import install_openapi
from shared.http.problem import install_problems
from shared.kernel.precedence import Precedence


def build_app(
    services: Sequence[Service],
    *,
    version: str,
    metrics: CollectorRegistry,
    unready: Callable[[], Awaitable[list[str]]],
    facts: Callable[[], Mapping[str, Any]] = dict,
    refusal: Refusal = lambda _method, _path: None,
    precedence: Precedence | None = None,
    notices: Callable[[], list[str]] = list,
) -> FastAPI:
    """All routes of the given services plus the operational ones.

    Args:
        facts: makes the AsyncAPI document of this process.
        refusal: why a request is not taken now, whatever it asks.
        notices: sentences about what an operator must see to while work goes on.
        precedence: is told of every command; who has other work to do in this process gives way to them.
    """
    app = FastAPI(
        title="yizhangtu 一张图",
        version=version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        # Looking for exporters at each request costs more than it tells: metrics are our own.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    install_problems(app)
    _operational_routes(app, metrics, unready, notices)
    _describe_facts(app, facts)
    mounts: list[tuple[str, ASGIApp]] = []
    for service in services:
        for router in service.routers:
            app.include_router(router)
        mounts.extend(service.mounts)
    for path, mounted in sorted(mounts, key=lambda mount: len(mount[0]), reverse=True):
        if path == "/":
            # Not a route: as one it would match everything, also a known path that was asked with a wrong method.
            app.router.default = mounted
        else:
            app.mount(path, mounted)
    install_openapi(app)
    app.add_middleware(Express, routes=[route for service in services for route in service.express])
    app.add_middleware(Gate, refusal=refusal)  # inside the edge, which measures and names what is refused
    app.add_middleware(EdgeMiddleware, metrics=HttpMetrics(metrics), precedence=precedence or Precedence())
    return app


def _operational_routes(
    app: FastAPI,
    metrics: CollectorRegistry,
    unready: Callable[[], Awaitable[list[str]]],
    notices: Callable[[], list[str]],
) -> None:
    @app.head("/livez", include_in_schema=False)
    @app.get("/livez", tags=["ops"])
    async def livez() -> Response:
        """The process turns its loop. Never asks the broker: a dead link must not restart anything."""
        return json_response({"status": "alive"})

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", tags=["ops"])
    async def readyz() -> Response:
        """Work can be accepted: every store takes a commit. A dead broker does not make it unready."""
        reasons = await unready()
        body = {"status": "unready" if reasons else "ready", "reasons": reasons, "notices": notices()}
        return json_response(body, 503 if reasons else 200)

    @app.head("/metrics", include_in_schema=False)
    @app.get("/metrics", tags=["ops"])
    async def exposition() -> Response:
        """Prometheus metrics of this process."""
        # The node's own, then the process-wide ones of messaging and of Python itself.
        return Response(generate_latest(metrics) + generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _describe_facts(app: FastAPI, facts: Callable[[], Mapping[str, Any]]) -> None:
    document = cache(lambda: orjson.dumps(facts()))  # made at the first question, it takes a while

    @app.get("/asyncapi.json", tags=["ops"])
    async def asyncapi() -> Response:
        """Which facts exist, what is in them, and who in this process hears them (AsyncAPI 3.0)."""
        return Response(document(), media_type="application/json")
