"""Routes of intake: HTTP in, a command or a question, JSON out."""

from fastapi import APIRouter

from services.incident_intake.api.acts import acts_router
from services.incident_intake.api.handovers import handovers_router
from services.incident_intake.api.incidents import incidents_router
from services.incident_intake.api.reference import reference_router
from services.incident_intake.api.short_lines import short_lines_router
from services.incident_intake.api.warnings import warnings_router
from services.incident_intake.handlers.context import Intake


def build_routers(intake: Intake) -> list[APIRouter]:
    """All routes of this service."""
    return [
        incidents_router(intake),
        acts_router(intake),
        handovers_router(intake),
        short_lines_router(intake),
        warnings_router(intake),
        reference_router(intake),
    ]
