"""What a merged incident's figures do to the one that goes on: they stand beside its own until a person chooses."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.grading.figures import FIELDS, without_incident
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.figures import told_figure
from services.incident_intake.handlers.grades import keep_change
from services.incident_intake.store.incidents import find_incident
from shared.contracts.envelope import Envelope
from shared.contracts.events.grading import Figure
from shared.contracts.events.intake import IncidentFact, IncidentStatus
from shared.kernel.access import Actor
from shared.kernel.ids import derived_id


def figures_in(incident: Incident | IncidentFact) -> dict[str, int | float]:
    """The figures that are known of an incident, whoever writes it."""
    counts = incident.casualties if isinstance(incident, IncidentFact) else incident
    found = {name: getattr(counts if hasattr(counts, name) else incident, name) for name in FIELDS}
    return {name: value for name, value in found.items() if value is not None}


def carry_figures(
    connection: Connection,
    intake: Intake,
    target_id: str,
    merged: Incident | IncidentFact,
    now: datetime,
    *,
    actor: Actor | None,
    cause: Envelope | None = None,
) -> None:
    """Put the merged incident's numbers beside those of the one of this site that goes on; unknown ones are filled."""
    before = _going_on(connection, intake, target_id)
    if before is None:
        return
    after = before
    for name, value in figures_in(merged).items():
        if getattr(after, name) != value:
            after = told_figure(after, _figure(merged, name, value, now))
    if after is not before:
        keep_change(connection, intake, before, after, now, actor=actor, cause=cause)


def give_figures_back(
    connection: Connection, intake: Intake, target_id: str, split: Incident, now: datetime, *, actor: Actor
) -> None:
    """A merge is taken back: its numbers no longer stand beside those of the one that went on."""
    before = _going_on(connection, intake, target_id)
    if before is None:
        return
    after = before
    for name in dict.fromkeys(one.field for one in before.figures if one.from_incident == split.id):
        left = without_incident(after.figures, split.id, name, getattr(after, name))
        after = replace(after, figures=left.figures, **{name: left.value})  # type: ignore[arg-type]
    if after is not before:
        keep_change(connection, intake, before, after, now, actor=actor)


def _going_on(connection: Connection, intake: Intake, target_id: str) -> Incident | None:
    target = find_incident(connection, target_id)
    is_ours = target is not None and target.home_site == intake.deps.site
    return target if is_ours and target is not None and target.status is not IncidentStatus.MERGED else None


def _figure(merged: Incident | IncidentFact, name: str, value: float, now: datetime) -> Figure:
    return Figure(
        id=derived_id(merged.id, f"{name} {merged.updated_at.isoformat()}"),
        field=name,
        value=value,
        source=merged.source.value,
        source_name=merged.number,
        reported_at=merged.updated_at,
        recorded_at=now,
        from_incident=merged.id,
    )
