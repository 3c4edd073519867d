"""Reporting as it is hosted: incidents of every home are told to superiors in time, and on paper."""

from pathlib import Path

from services.information_reporting.api.clocks import clocks_router
from services.information_reporting.api.papers import papers_router
from services.information_reporting.api.reports import reports_router
from services.information_reporting.api.support import support_router
from services.information_reporting.domain.limits import ReportingConfig
from services.information_reporting.handlers.context import Reporting
from services.information_reporting.jobs import jobs
from services.information_reporting.metrics import ReportingMetrics
from services.information_reporting.subscribers import subscriptions
from shared.http.hosting import Deps, Service

MIGRATIONS = Path(__file__).parent / "migrations"
DEFAULT = ReportingConfig()


def build(deps: Deps, config: ReportingConfig = DEFAULT) -> Service:
    """The service on the given store, clock and sessions."""
    reporting = Reporting(deps, config, ReportingMetrics(deps.metrics))
    return Service(
        name=deps.service,
        routers=[
            reports_router(reporting),
            papers_router(reporting),
            clocks_router(reporting),
            support_router(reporting),
        ],
        subscriptions=subscriptions(reporting),
        jobs=jobs(reporting),
    )
