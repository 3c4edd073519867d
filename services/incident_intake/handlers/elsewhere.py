"""Other sites' incidents: they are named, taken over when handed over, followed when they were this site's."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.handover import Standing, follow, take_over
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.calls.moving import recount_calls
from services.incident_intake.handlers.carrying import carry_figures
from services.incident_intake.handlers.context import Intake, tell, write_line
from services.incident_intake.handlers.grades import grade_lines, grade_now
from services.incident_intake.handlers.handover import standing_of
from services.incident_intake.store.callers import set_destruction
from services.incident_intake.store.homes import (
    HomeRecord,
    Offer,
    find_elsewhere,
    keep_elsewhere,
    keep_offer,
    save_home,
)
from services.incident_intake.store.incidents import find_incident, merged_beneath, replace_incident, update_incident
from services.incident_intake.store.timelines import TimelineEntry, add_missing, has_line
from shared.contracts.envelope import Envelope
from shared.contracts.events.dispatch import ConflictDecision, ConflictFact
from shared.contracts.events.intake import STANDING, IncidentFact, IncidentStatus
from shared.kernel.homes import site_name


def hear_incident(
    connection: Connection, intake: Intake, envelope: Envelope, fact: IncidentFact, now: datetime
) -> None:
    """Another site's incident has changed, or this site's own last word about one that it gave comes back."""
    here, version = intake.deps.site, envelope.aggregateversion
    known = find_incident(connection, fact.id)
    standing = None if known is None else standing_of(connection, known)
    told = Standing(fact.home_site, version, tuple(fact.succession), fact.handover)
    if fact.home_site != here:
        keep_elsewhere(connection, fact, version)
        if known is None and envelope.fact in {"closed", "reopened"}:
            ends = None if fact.status in STANDING else now + intake.config.caller_retention.value
            set_destruction(connection, [fact.id], ends)  # of calls that were linked to it here
    if fact.handover is not None and fact.handover.to_site == here:
        keep_offer(connection, Offer(fact.handover, fact.id, fact.number, fact.title, version))
    taken = take_over(here, standing, told, envelope.fact)
    if taken is not None:
        _begin(connection, intake, envelope, fact, taken, known, now)
    elif follow(here, standing, told, envelope.fact) is not None:
        _follow(connection, intake, fact, told, known, now)
    if envelope.fact == "merged" and fact.merged_into is not None:
        _absorbed(connection, intake, envelope, fact, now)


def _begin(
    connection: Connection,
    intake: Intake,
    cause: Envelope,
    fact: IncidentFact,
    standing: Standing,
    known: Incident | None,
    now: datetime,
) -> None:
    add_missing(
        connection,
        [TimelineEntry(incident_id=fact.id, **line.model_dump()) for line in fact.log],
    )
    told = incident_from(fact, standing, known, now)
    incident, changed = _as_it_stands(connection, told)
    incident = grade_now(connection, intake, incident, now)  # by the rules of this site from now on
    changed += [one for one in ("grade", "possible_grade") if getattr(told, one) != getattr(incident, one)]
    replace_incident(connection, incident)
    begun = standing.handover and standing.handover.model_copy(update={"taken_over_at": now})
    save_home(connection, incident.id, HomeRecord(begun, standing.succession), None)
    former = standing.succession[-1]
    name = standing.handover.answered_by if standing.handover else None
    write_line(
        connection, incident.id, "handover", code="timeline.taken_over", now=now, actor_name=name,
        site=former, site_name=site_name(former),
    )  # fmt: skip
    grade_lines(connection, told, incident, now, actor_name=None)
    tell(
        connection, intake, "taken_over", incident, now=now, actor=None, actor_name=name, changed=changed,
        cause=cause,
    )  # fmt: skip


def _as_it_stands(connection: Connection, incident: Incident) -> tuple[Incident, list[str]]:
    """The incident that begins here, and what of it changes.

    An order that its former home heard after its last word, and this site before it, has set nothing going yet.
    """
    if incident.status is IncidentStatus.REPORTED and has_line(connection, incident.id, "assignment"):
        return replace(incident, status=IncidentStatus.ACTIVE), ["home_site", "status"]
    return incident, ["home_site"]


def _follow(
    connection: Connection, intake: Intake, fact: IncidentFact, told: Standing, known: Incident | None, now: datetime
) -> None:
    """A former home keeps what it gave up to date; the caller's data, which never left it, end with the incident."""
    incident = incident_from(fact, told, known, now)
    replace_incident(connection, incident)
    save_home(connection, incident.id, HomeRecord(told.handover, told.succession), None)
    ends = None if incident.status in STANDING else now + intake.config.caller_retention.value
    if known is None or known.status is not incident.status:
        set_destruction(connection, [incident.id, *merged_beneath(connection, incident.id)], ends)


def incident_from(fact: IncidentFact, standing: Standing, known: Incident | None, now: datetime) -> Incident:
    """The incident as another site tells it."""
    place, counts = fact.location, fact.casualties
    return Incident(
        id=fact.id,
        number=fact.number,
        version=standing.version,
        type_code=fact.type_code,
        title=fact.title,
        status=fact.status,
        grade=fact.grade,
        possible_grade=fact.possible_grade,
        sensitive=fact.sensitive,
        sensitive_reasons=tuple(fact.sensitive_reasons),
        occurred_at=fact.occurred_at,
        received_at=fact.received_at,
        closed_at=fact.closed_at,
        updated_at=now,
        source=fact.source,
        home_site=standing.home_site,
        lon=place.lon,
        lat=place.lat,
        source_crs=place.source_crs,
        place_text=place.text,
        township=place.township,
        dead=counts.dead,
        missing=counts.missing,
        serious=counts.serious,
        injured=counts.injured,
        trapped=counts.trapped,
        description=fact.description,
        merged_into=fact.merged_into,
        status_before_merge=known.status_before_merge if known else None,
        created_by=known.created_by if known else "",
        on_behalf_of_site=fact.on_behalf_of_site,
        relay_channel=fact.relay_channel,
        continues=fact.continues,
        loss_yuan=fact.loss_yuan,
        burnt_hectares=fact.burnt_hectares,
        acute_poisoned=fact.acute_poisoned,
        first_public_at=fact.first_public_at,
        first_public_where=fact.first_public_where,
        grading=fact.grading,
        clock_grade=fact.clock_grade,
        figures=tuple(fact.figures),
        casualty_window=fact.casualty_window,
        command_transfer=fact.command_transfer,
        unit_report=fact.unit_report,
        observation=fact.observation,
        created_by_name=known.created_by_name if known else site_name((*standing.succession, standing.home_site)[0]),
    )


def _absorbed(connection: Connection, intake: Intake, cause: Envelope, fact: IncidentFact, now: datetime) -> None:
    """Another site's incident was merged into one of this site's: its timeline says so, its figures stand beside."""
    target = find_incident(connection, fact.merged_into or "")
    if target is not None and target.home_site == intake.deps.site:
        write_line(
            connection, target.id, "merged", code="timeline.absorbed", now=now, actor_name=fact.actor_name,
            other_id=fact.id, number=fact.number, title=fact.title, reason=fact.remark,
        )  # fmt: skip
        carry_figures(connection, intake, target.id, fact, now, actor=None, cause=cause)


def apply_decision(
    connection: Connection, intake: Intake, envelope: Envelope, fact: ConflictFact, now: datetime
) -> None:
    """A person at the centre has said that one of this site's incidents is another one too: merge it while it is news.

    Asked, not ordered: an incident that has ended or moved, or a decision heard too late, stays as it is; `split`
    takes the merge back.
    """
    if fact.decision is not ConflictDecision.SAME or fact.merge_id is None or fact.keep_id is None:
        return
    if fact.valid_until is None or now > fact.valid_until:
        return
    before = find_incident(connection, fact.merge_id)
    if before is None or before.home_site != intake.deps.site or before.status not in STANDING:
        return
    if standing_of(connection, before).pending is not None:
        return
    target = find_incident(connection, fact.keep_id) or find_elsewhere(connection, fact.keep_id)
    number = target.number if target else ""
    after = replace(
        before, version=before.version + 1, updated_at=now, status=IncidentStatus.MERGED, merged_into=fact.keep_id,
        status_before_merge=before.status,
    )  # fmt: skip
    update_incident(connection, after)
    write_line(
        connection, after.id, "merged", now=now, actor_name=fact.decided_by, into=fact.keep_id, into_number=number,
        reason=fact.reason,
    )  # fmt: skip
    if isinstance(target, Incident) and target.home_site == intake.deps.site:
        write_line(
            connection, target.id, "merged", code="timeline.absorbed", now=now, actor_name=fact.decided_by,
            other_id=after.id, number=after.number, title=after.title, reason=fact.reason,
        )  # fmt: skip
        carry_figures(connection, intake, target.id, before, now, actor=None, cause=envelope)
    recount_calls(connection, intake, None, after.id, now)
    tell(
        connection, intake, "merged", after, now=now, actor=None, actor_name=fact.decided_by,
        changed=["status", "merged_into"], remark=fact.reason, cause=envelope,
    )  # fmt: skip
