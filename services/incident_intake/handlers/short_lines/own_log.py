"""When the far site's own log arrives: the copy taken down for it is linked and merged, by rule and on record."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from services.incident_intake.domain.short_line.matching import recognised
from services.incident_intake.handlers.context import Intake, tell, write_line
from services.incident_intake.store.incidents import OPEN, find_incident, update_incident
from services.incident_intake.store.short_lines import OwnReport, copies_of, keep_own_report, lines_of_incident
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import IncidentFact, IncidentStatus
from shared.i18n import label
from shared.kernel.district import townships


def hear_own_log(connection: Connection, intake: Intake, envelope: Envelope, fact: IncidentFact, now: datetime) -> None:
    """Take note of another site's incident; if one copy of ours is the same telling, that copy is merged into it.

    Only when unit, kind, minute and every figure of one of its lines agree, and only when exactly one copy fits: two
    independent events are never merged by rule. Nothing is deleted, and `split` takes it back.
    """
    report = _own_report(envelope, fact)
    if report is None or not keep_own_report(connection, report) or not report.is_open:
        return
    copies = copies_of(connection, intake.deps.site, report.site, report.type_code)
    tellings = [(copy, [line.telling for line in lines_of_incident(connection, copy)]) for copy in copies]
    found = recognised(report.telling, tellings)
    if found is not None:
        _replace(connection, intake, found, report, envelope, now)


def _own_report(envelope: Envelope, fact: IncidentFact) -> OwnReport | None:
    code = fact.location.township or next((one.code for one in townships() if one.token == fact.home_site), None)
    if code is None or fact.type_code is None or fact.on_behalf_of_site is not None:
        return None
    counts = fact.casualties
    return OwnReport(
        id=fact.id,
        site=fact.home_site,
        number=fact.number,
        version=envelope.aggregateversion,
        is_open=fact.status in OPEN,
        unit=code[-3:],
        type_code=fact.type_code,
        occurred_at=fact.occurred_at,
        dead=counts.dead,
        missing=counts.missing,
        injured=counts.injured,
        trapped=counts.trapped,
    )


def _replace(
    connection: Connection, intake: Intake, copy_id: str, own: OwnReport, cause: Envelope, now: datetime
) -> None:
    before = find_incident(connection, copy_id)
    assert before is not None
    after = replace(
        before,
        status=IncidentStatus.MERGED,
        merged_into=own.id,
        status_before_merge=before.status,
        version=before.version + 1,
        updated_at=now,
    )
    update_incident(connection, after)
    why = label("short_line.replaced")
    write_line(
        connection, after.id, "merged", code="timeline.replaced_by_own_log", now=now, actor_name=None,
        into=own.id, number=own.number, site=own.site, reason=why,
    )  # fmt: skip
    tell(
        connection, intake, "merged", after, now=now, actor=None, changed=["status", "merged_into"], remark=why,
        cause=cause,
    )  # fmt: skip
