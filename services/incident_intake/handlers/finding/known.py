"""Incidents as this site knows them, own and others', by id."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from services.incident_intake.domain.handover import Standing
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.elsewhere import incident_from
from services.incident_intake.store.homes import Elsewhere, find_elsewheres
from services.incident_intake.store.incidents import find_incidents
from shared.contracts.events.intake import IncidentFact


def known_incidents(connection: Connection, incident_ids: Sequence[str]) -> dict[str, Incident]:
    """Those that are known: a site's own row goes before what others told of the same incident."""
    found = {one.id: one for one in find_incidents(connection, incident_ids)}
    others = find_elsewheres(connection, [one for one in incident_ids if one not in found])
    told = (_as_told(other) for other in others.values())
    return found | {one.id: one for one in told if one is not None}


def _as_told(other: Elsewhere) -> Incident | None:
    """Another site's incident; None when it was told before its state was kept."""
    if other.record is None:
        return None
    fact = IncidentFact.model_validate(other.record)
    standing = Standing(fact.home_site, other.version, tuple(fact.succession), fact.handover)
    return replace(incident_from(fact, standing, None, fact.updated_at), updated_at=fact.updated_at)
