"""Putting the roster together."""

from pathlib import Path

from services.duty_roster.api.imports import imports_router
from services.duty_roster.api.people import people_router
from services.duty_roster.api.roster import calendar_router, duty_router, shifts_router
from services.duty_roster.domain.policy import RosterPolicy
from services.duty_roster.handlers.shifts import Shifts
from services.duty_roster.jobs import jobs
from services.duty_roster.metrics import RosterMetrics
from services.duty_roster.subscribers import subscriptions
from shared.http.hosting import Deps, Service

MIGRATIONS = Path(__file__).parent / "migrations"
DEFAULT = RosterPolicy()


def build(deps: Deps, policy: RosterPolicy = DEFAULT) -> Service:
    """The service."""
    shifts = Shifts(deps, policy)
    routers = [
        duty_router(deps, policy),
        shifts_router(deps, shifts),
        calendar_router(deps, shifts),
        imports_router(deps, shifts, policy),
        people_router(deps),
    ]
    return Service(
        "duty_roster",
        routers=routers,
        jobs=jobs(deps, policy, RosterMetrics(deps.metrics)),
        subscriptions=subscriptions(deps),
    )
