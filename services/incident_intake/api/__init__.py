"""Routes of intake: HTTP in, a command or a question, JSON out."""

from fastapi import APIRouter

from services.incident_intake.api.acts import acts_router
from services.incident_intake.api.archive import archive_router
from services.incident_intake.api.calls import calls_router
from services.incident_intake.api.duplicates import duplicates_router
from services.incident_intake.api.finding import finding_router
from services.incident_intake.api.grading import grading_router, grading_rules_router
from services.incident_intake.api.guidance import guidance_router
from services.incident_intake.api.handovers import handovers_router
from services.incident_intake.api.incidents import incidents_router
from services.incident_intake.api.personal_data import personal_data_router
from services.incident_intake.api.reference import reference_router
from services.incident_intake.api.short_lines import short_lines_router
from services.incident_intake.api.warnings import warnings_router
from services.incident_intake.handlers.context import Intake


def build_routers(intake: Intake) -> list[APIRouter]:
    """All routes of this service."""
    return [
        finding_router(intake),
        incidents_router(intake),
        archive_router(intake),
        personal_data_router(intake),
        acts_router(intake),
        grading_router(intake),
        grading_rules_router(intake),
        calls_router(intake),
        duplicates_router(intake),
        guidance_router(intake),
        handovers_router(intake),
        short_lines_router(intake),
        warnings_router(intake),
        reference_router(intake),
    ]
