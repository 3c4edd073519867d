"""What every command needs, and the three things it does in the end: keep, tell, write a line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.incident import Incident, township_names
from services.incident_intake.domain.limits import IntakeConfig
from services.incident_intake.metrics import IntakeMetrics
from services.incident_intake.store.changes import Change, add_change, changes_since
from services.incident_intake.store.grading_rules import RulesInMemory
from services.incident_intake.store.homes import HomeRecord, find_elsewhere, find_home
from services.incident_intake.store.incidents import find_incident
from services.incident_intake.store.timelines import TimelineEntry, add_entry, add_missing
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import Casualties, IncidentFact, Location, LogLine
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.homes import require_home
from shared.kernel.ids import derived_id, new_id
from shared.storage.system import append_facts

_STEPS_TOLD = 50
"""How many steps a refusal tells of at most: more than anybody reads, and a bound for an old tab's question."""


@dataclass(frozen=True, slots=True)
class Intake:
    """One hosted intake."""

    deps: Deps
    config: IntakeConfig
    metrics: IntakeMetrics
    rules: RulesInMemory = field(default_factory=RulesInMemory)


def own_incident(connection: Connection, actor: Actor, incident_id: str) -> Incident:
    """The incident, if this person may know of it.

    Raises:
        NotFound: `incident.not_found`, also for another township's incident: its existence is not told either.
    """
    incident = find_incident(connection, incident_id)
    bound = actor.bound_territory
    if incident is None or (bound is not None and incident.township != bound):
        raise NotFound("incident.not_found", id=incident_id)
    return incident


def home_incident(connection: Connection, intake: Intake, actor: Actor, incident_id: str) -> Incident:
    """The incident, if this site writes it; commands begin with this.

    Raises:
        NotFound: `incident.not_found`, as of `own_incident`.
        Conflict: `home.elsewhere`, naming the site that may be asked.
    """
    known = find_incident(connection, incident_id)
    elsewhere = find_elsewhere(connection, incident_id) if known is None else None
    if elsewhere is not None and actor.bound_territory in {None, elsewhere.township}:
        require_home(elsewhere.home_site, intake.deps.site)
    incident = own_incident(connection, actor, incident_id)
    require_home(incident.home_site, intake.deps.site)
    return incident


def require_known(connection: Connection, actor: Actor, incident_id: str) -> None:
    """Refuse an incident of which this site, or this person, knows nothing; whose it is does not matter.

    Raises:
        NotFound: `incident.not_found`.
    """
    known = find_incident(connection, incident_id) or find_elsewhere(connection, incident_id)
    if known is None or actor.bound_territory not in {None, known.township}:
        raise NotFound("incident.not_found", id=incident_id)


def require_version(
    connection: Connection, incident: Incident, version: int | None, current: dict[str, object]
) -> None:
    """Refuse a change that was made from an older state.

    Raises:
        Conflict: `incident.changed`, with the present state as `current`, and as `changes` what each step from
            `version` to the present one was: when, who, which fields. Values are in `current` alone, as far as
            this person may read them.
    """
    if version is None or version == incident.version:
        return
    steps = changes_since(connection, incident.id, version, limit=_STEPS_TOLD)
    told = [
        {
            "version": step.version,
            "at": wire_time(step.at),
            "actor_name": step.actor_name,
            "fact": step.fact,
            "changed": list(step.changed),
        }
        for step in steps
    ]
    raise Conflict("incident.changed", current=current, version=incident.version, changes=told)


def is_late(intake: Intake, envelope: Envelope, now: datetime) -> bool:
    """Whether another site's fact comes so long after it was recorded there that people were not told in time."""
    return envelope.site != intake.deps.site and now - envelope.time > intake.config.late_after.value


def location_of(incident: Incident) -> Location:
    """The place as it stands in facts and answers."""
    return Location(
        lon=incident.lon,
        lat=incident.lat,
        source_crs=incident.source_crs,
        text=incident.place_text,
        township=incident.township,
        township_name=township_names().get(incident.township or ""),
    )


def casualties_of(incident: Incident) -> Casualties:
    """The numbers of people harmed."""
    return Casualties(
        dead=incident.dead,
        missing=incident.missing,
        serious=incident.serious,
        injured=incident.injured,
        trapped=incident.trapped,
    )


def tell(
    connection: Connection,
    intake: Intake,
    fact: str,
    incident: Incident,
    *,
    now: datetime,
    actor: Actor | None,
    actor_name: str | None = None,
    changed: Sequence[str] = (),
    remark: str | None = None,
    cause: Envelope | None = None,
    log: Sequence[LogLine] = (),
) -> None:
    """Put the incident's whole public state into the outbox. Nothing of the caller is ever in it."""
    # A first report was never handed over; the hot path need not look.
    home = find_home(connection, incident.id) if incident.version > 1 else HomeRecord()
    payload = IncidentFact(
        changed=list(changed),
        actor_name=actor.name if actor else actor_name,
        remark=remark,
        id=incident.id,
        number=incident.number,
        type_code=incident.type_code,
        type_name=incident.type_name,
        title=incident.title,
        status=incident.status,
        grade=incident.grade,
        possible_grade=incident.possible_grade,
        sensitive=incident.sensitive,
        sensitive_reasons=list(incident.sensitive_reasons),
        occurred_at=incident.occurred_at,
        received_at=incident.received_at,
        closed_at=incident.closed_at,
        updated_at=incident.updated_at,
        source=incident.source,
        home_site=incident.home_site,
        location=location_of(incident),
        casualties=casualties_of(incident),
        description=incident.description,
        merged_into=incident.merged_into,
        on_behalf_of_site=incident.on_behalf_of_site,
        relay_channel=incident.relay_channel,
        continues=incident.continues,
        loss_yuan=incident.loss_yuan,
        burnt_hectares=incident.burnt_hectares,
        acute_poisoned=incident.acute_poisoned,
        first_public_at=incident.first_public_at,
        first_public_where=incident.first_public_where,
        grading=incident.grading,
        clock_grade=incident.clock_grade,
        figures=list(incident.figures),
        casualty_window=incident.casualty_window,
        command_transfer=incident.command_transfer,
        unit_report=incident.unit_report,
        observation=incident.observation,
        handover=home.handover,
        succession=list(home.succession),
        log=list(log),
    )
    _keep_step(connection, fact, payload, incident.version, now)
    kind = f"intake.incident.{fact}.v1"
    append_facts(
        connection,
        intake.deps.draft(kind, incident.id, incident.version, payload, now=now, actor=actor, cause=cause),
    )


def _keep_step(connection: Connection, fact: str, told: IncidentFact, version: int, now: datetime) -> None:
    """Keep who changed which fields; a first report follows nothing."""
    if version > 1:
        names = tuple(told.changed)
        add_change(connection, Change(
            incident_id=told.id, version=version, at=now, fact=fact, actor_name=told.actor_name, changed=names
        ))  # fmt: skip


def write_line(
    connection: Connection,
    incident_id: str,
    kind: str,
    *,
    now: datetime,
    actor_name: str | None,
    code: str | None = None,
    at: datetime | None = None,
    late: bool = False,
    told_by: Envelope | None = None,
    **params: object,
) -> TimelineEntry:
    """Append a line to the incident's timeline; its code is `timeline.<kind>` unless given.

    Args:
        told_by: the fact that makes the line. Every site that hears it writes the same line, so one that also comes
            with the incident's log from its former home is there once.
    """
    entry = TimelineEntry(
        id=derived_id(told_by.id, incident_id) if told_by else new_id(),
        incident_id=incident_id,
        at=at or now,
        recorded_at=now,
        kind=kind,
        code=code or f"timeline.{kind}",
        actor_name=actor_name,
        params=params,
        late=late,
    )
    if told_by is None:
        add_entry(connection, entry)
    else:
        add_missing(connection, [entry])
    return entry
