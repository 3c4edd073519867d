"""Putting the roster together."""

from pathlib import Path

from services.duty_roster.api.handovers import handovers_router
from services.duty_roster.api.imports import imports_router
from services.duty_roster.api.people import people_router
from services.duty_roster.api.reliefs import reliefs_router
from services.duty_roster.api.roll_calls import roll_call_rules_router, roll_calls_router
from services.duty_roster.api.roster import calendar_router, duty_router, shifts_router
from services.duty_roster.api.settings import settings_router
from services.duty_roster.domain.policy import RosterPolicy
from services.duty_roster.handlers.handovers import Handovers
from services.duty_roster.handlers.reliefs import Reliefs
from services.duty_roster.handlers.roll_calls import RollCalls
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
    roll_calls = RollCalls(deps)
    routers = [
        duty_router(deps),
        shifts_router(deps, shifts),
        calendar_router(deps, shifts),
        imports_router(deps, shifts, policy),
        people_router(deps),
        settings_router(deps),
        handovers_router(deps, Handovers(deps, policy)),
        reliefs_router(deps, Reliefs(deps, shifts)),
        roll_calls_router(deps, roll_calls),
        roll_call_rules_router(deps),
    ]
    return Service(
        "duty_roster",
        routers=routers,
        jobs=jobs(deps, RosterMetrics(deps.metrics), roll_calls),
        subscriptions=subscriptions(deps, roll_calls),
    )
