"""Incident intake as it is hosted: takes incidents and warnings, and keeps their timelines."""

from services.incident_intake.api import build_routers
from services.incident_intake.domain.limits import IntakeConfig
from services.incident_intake.handlers.context import Intake
from services.incident_intake.jobs import jobs
from services.incident_intake.metrics import IntakeMetrics
from services.incident_intake.subscribers import subscriptions
from shared.http.hosting import Deps, Service


def build(deps: Deps, config: IntakeConfig | None = None) -> Service:
    """The service on the given store, clock and sessions."""
    intake = Intake(deps, config or IntakeConfig(), IntakeMetrics(deps.metrics))
    return Service(
        name=deps.service,
        routers=build_routers(intake),
        subscriptions=subscriptions(intake),
        jobs=jobs(intake),
    )
