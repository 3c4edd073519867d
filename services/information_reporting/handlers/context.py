"""What every command needs, and what it does in the end: keep and tell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from services.information_reporting.domain.clock import Clock
from services.information_reporting.domain.fields import gaps
from services.information_reporting.domain.limits import ReportingConfig
from services.information_reporting.domain.report import Report
from services.information_reporting.domain.rules import Party
from services.information_reporting.handlers.known import known_values
from services.information_reporting.metrics import ReportingMetrics
from services.information_reporting.store.clocks import insert_clock, open_of_day, save_clock
from services.information_reporting.store.copies import find_incident
from services.information_reporting.store.reports import find_report, insert_report, save_report
from shared.contracts.envelope import Envelope
from shared.contracts.events.report import ReportClockFact, ReportClockState, ReportFact
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import FieldFault, Invalid, NotFound
from shared.kernel.homes import require_home
from shared.storage.system import append_facts

_CLOCK_FACTS = {
    ReportClockState.RUNNING: "started",
    ReportClockState.MET: "met",
    ReportClockState.MET_LATE: "met",
    ReportClockState.OVERDUE: "overdue",
    ReportClockState.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Reporting:
    """One hosted reporting."""

    deps: Deps
    config: ReportingConfig
    metrics: ReportingMetrics

    @property
    def party(self) -> Party:
        """Whom this site stands for: the centre reports for the district, the others for their township."""
        return Party.DISTRICT if self.deps.site == self.config.hub else Party.TOWNSHIP


def visible_report(connection: Connection, actor: Actor, report_id: str) -> Report:
    """The report, if this person may know of it.

    Raises:
        NotFound: `report.not_found`, also for another township's: its existence is not told either.
    """
    found = find_report(connection, report_id)
    if found is None or actor.bound_territory not in {None, found.township}:
        raise NotFound("report.not_found", id=report_id)
    return found


def require_reporter(connection: Connection, here: str, incident_id: str | None) -> None:
    """Refuse to report on what another site reports; commands that tell superiors something begin with this.

    Raises:
        Conflict: `home.elsewhere`, naming the site that reports.
    """
    incident = find_incident(connection, incident_id) if incident_id else None
    if incident is not None and not incident.is_reported_by(here):
        require_home(incident.reporter, here)


def own_report(
    connection: Connection, reporting: Reporting, actor: Actor, report_id: str, *, is_out: bool = False
) -> Report:
    """The report, if this site writes it; commands begin with this.

    Args:
        is_out: what superiors say of a report that went out is noted, also after its incident was handed over.

    Raises:
        NotFound: `report.not_found`.
        Conflict: `home.elsewhere`.
    """
    report = visible_report(connection, actor, report_id)
    require_home(report.home_site, reporting.deps.site)
    if not is_out:
        require_reporter(connection, reporting.deps.site, report.incident_id)
    return report


def checked_moment(reporting: Reporting, pointer: str, said: datetime | None, now: datetime,
                   earliest: datetime | None = None) -> datetime:  # fmt: skip
    """When something happened as a person states it; now if nothing is said.

    Raises:
        Invalid: `time.in_future`, `report.time_too_early`.
    """
    if said is None:
        return now
    if said > now + reporting.config.ahead.value:
        raise Invalid("request.invalid", faults=(FieldFault(pointer, "time.in_future"),))
    if earliest is not None and said < earliest:
        raise Invalid("request.invalid", faults=(FieldFault(pointer, "report.time_too_early"),))
    return min(said, now)


def keep_report(
    connection: Connection,
    reporting: Reporting,
    report: Report,
    fact: str | None,
    *,
    now: datetime,
    actor: Actor | None,
    changed: Sequence[str] = (),
    remark: str | None = None,
) -> Report:
    """Keep the report as its next version and tell how it stands; an edit of a draft is nobody else's business."""
    kept = replace(report, version=report.version + 1, updated_at=now)
    (insert_report if kept.version == 1 else save_report)(connection, kept)
    if fact is not None:
        payload = _report_fact(kept).model_copy(
            update={"changed": list(changed), "actor_name": actor.name if actor else None, "remark": remark}
        )
        kind = f"report.report.{fact}.v1"
        append_facts(connection, reporting.deps.draft(kind, kept.id, kept.version, payload, now=now, actor=actor))
    return kept


def _report_fact(report: Report) -> ReportFact:
    names = (
        "id", "incident_id", "incident_number", "incident_title", "kind", "serial", "revision", "title", "state",
        "document_number", "township", "day", "signer_name", "signed_at", "sent_at", "sent_to", "sent_channel",
        "receipted_at", "receipted_by", "phone", "supersedes", "answer", "home_site",
    )  # fmt: skip
    missing = gaps(report.kind, known_values(report), report.type_code)
    return ReportFact(**{name: getattr(report, name) for name in names}, gaps=list(missing))


def keep_clock(
    connection: Connection,
    reporting: Reporting,
    clock: Clock,
    *,
    now: datetime,
    cause: Envelope | None = None,
    actor: Actor | None = None,
    fact: str | None = None,
) -> Clock:
    """Keep the clock as its next version and tell it."""
    kept = replace(clock, version=clock.version + 1)
    (insert_clock if kept.version == 1 else save_clock)(connection, kept)
    about = kept.about
    payload = ReportClockFact(
        id=kept.id, incident_id=about.incident_id, incident_number=about.incident_number,
        incident_title=about.incident_title, township=about.township, township_name=about.township_name,
        day=about.day, rule_id=kept.rule_id, leg=kept.leg, channel=kept.channel, clock_from=kept.clock_from,
        starts_at=kept.starts_at, due_at=kept.due_at, minutes=kept.minutes, state=kept.state, met_at=kept.met_at,
        report_id=kept.report_id, basis=kept.basis, verified=kept.verified, home_site=reporting.deps.site,
        occasion=kept.occasion, passed_to=kept.passed_to,
        actor_name=actor.name if actor else None,
        open_of_day=open_of_day(connection, about.day) if about.day else None,
    )  # fmt: skip
    said = fact or _CLOCK_FACTS[kept.state]
    if said == _CLOCK_FACTS[kept.state] and kept.state is not ReportClockState.RUNNING:
        reporting.metrics.ended.labels(kept.state.value).inc()
    kind = f"report.clock.{said}.v1"
    drafted = reporting.deps.draft(kind, kept.id, kept.version, payload, now=now, actor=actor, cause=cause)
    append_facts(connection, drafted)
    return kept
