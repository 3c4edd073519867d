"""Builds dispatch from what it is given."""

from pathlib import Path

from services.resource_dispatch.api.assignments import assignments_router
from services.resource_dispatch.api.command.activations import activations_router
from services.resource_dispatch.api.command.evacuations import evacuations_router
from services.resource_dispatch.api.command.orders import orders_router
from services.resource_dispatch.api.command.posts import attendance_router, posts_router
from services.resource_dispatch.api.facilities import facilities_router, facility_tables_router
from services.resource_dispatch.api.imports import imports_router
from services.resource_dispatch.api.marks import incident_marks_router, marks_router
from services.resource_dispatch.api.requests import conflicts_router, requests_router
from services.resource_dispatch.api.units import PublishPosition, units_router
from services.resource_dispatch.jobs import jobs
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.subscribers import subscriptions
from shared.http.hosting import Deps, Service

MIGRATIONS = Path(__file__).parent / "migrations"


def build(deps: Deps, publish_position: PublishPosition) -> Service:
    """Dispatch, ready to be hosted.

    Args:
        publish_position: sends a position as telemetry; may drop it when the broker is away.
    """
    metrics = DispatchMetrics(deps.metrics)
    return Service(
        deps.service,
        # Tables come first: `/api/units/import` must not be taken for a unit's id.
        routers=[
            imports_router(deps),
            units_router(deps, metrics, publish_position),
            assignments_router(deps, metrics),
            requests_router(deps, metrics),
            conflicts_router(deps),
            marks_router(deps),
            incident_marks_router(deps),
            facility_tables_router(deps),
            facilities_router(deps),
            evacuations_router(deps, metrics),
            posts_router(deps),
            attendance_router(deps),
            orders_router(deps),
            activations_router(deps),
        ],
        subscriptions=subscriptions(deps, metrics),
        jobs=jobs(deps),
    )
