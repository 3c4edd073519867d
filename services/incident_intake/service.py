"""Incident intake as it is hosted: takes incidents and warnings, and keeps their timelines."""

from dataclasses import replace
from datetime import timedelta

from services.incident_intake.api import build_routers
from services.incident_intake.api.incidents import reports_express
from services.incident_intake.domain.limits import IntakeConfig
from services.incident_intake.handlers.context import Intake
from services.incident_intake.jobs import jobs
from services.incident_intake.metrics import IntakeMetrics
from services.incident_intake.subscribers import subscriptions
from shared.http.hosting import Deps, Service
from shared.kernel.limits import Limit


def config_of(
    late_after_seconds: float | None, *, warning_agency: str | None = None, warning_issuer: str | None = None
) -> IntakeConfig:
    """The product's limits, with what the operator decided."""
    config = IntakeConfig()
    if late_after_seconds is not None:
        decided = Limit(timedelta(seconds=late_after_seconds), "decided by the operator: YZT_LATE_AFTER_SECONDS")
        config = replace(config, late_after=decided)
    if warning_agency:
        config = replace(config, agency=Limit(warning_agency, "decided by the operator: YZT_WARNING_AGENCY"))
    if warning_issuer:
        config = replace(config, issuer=Limit(warning_issuer, "decided by the operator: YZT_WARNING_ISSUER"))
    return config


def build(deps: Deps, config: IntakeConfig | None = None) -> Service:
    """The service on the given store, clock and sessions."""
    intake = Intake(deps, config or IntakeConfig(), IntakeMetrics(deps.metrics))
    return Service(
        name=deps.service,
        routers=build_routers(intake),
        express=[reports_express(intake)],
        subscriptions=subscriptions(intake),
        jobs=jobs(intake),
    )
