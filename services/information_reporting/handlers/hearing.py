"""What facts of others do here: copies are kept, clocks begin and end."""

from datetime import datetime

from sqlalchemy import Connection

from services.information_reporting.domain.incident import Incident
from services.information_reporting.domain.reckoning import Told
from services.information_reporting.domain.rules import Party
from services.information_reporting.handlers.clocks import follow_incident, go_on, settle
from services.information_reporting.handlers.context import Reporting
from services.information_reporting.store.copies import counts_here, keep_incident, known_incident
from services.information_reporting.store.elsewhere import keep_clock_elsewhere, keep_told_elsewhere
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import HandoverState, IncidentFact, IncidentSource
from shared.contracts.events.report import ReportClockFact, ReportFact, ReportKind, ReportLeg, SendChannel


def hear_incident(
    connection: Connection, reporting: Reporting, told: Envelope, fact: IncidentFact, now: datetime
) -> None:
    """Keep what is newest and let the clocks follow it."""
    known = known_incident(connection, fact.id)
    if known is not None and known[1] >= told.aggregateversion:
        return
    heard_at = _heard_at(reporting, told, now)
    if known is not None:
        known_at = known[0].known_at
    else:
        known_at = fact.received_at if told.site == reporting.deps.site else max(fact.received_at, heard_at)
    counts = known[2] if known is not None else counts_here(connection, told, now)
    incident = incident_from(fact, known_at)
    keep_incident(connection, told.aggregateversion, incident, counts=counts, is_new=known is None)
    if counts:
        follow_incident(
            connection, reporting, known[0] if known else None, incident, version=told.aggregateversion,
            heard_at=heard_at, cause=told, now=now,
        )  # fmt: skip


def _heard_at(reporting: Reporting, told: Envelope, now: datetime) -> datetime:
    """When this site knew it: what another site recorded while it was cut off could not be known here."""
    is_late = told.site != reporting.deps.site and now - told.time > reporting.config.heard_late.value
    return now if is_late else told.time


def incident_from(fact: IncidentFact, known_at: datetime) -> Incident:
    """The incident as reporting knows it."""
    return Incident(
        id=fact.id, number=fact.number, title=fact.title, status=fact.status, home_site=fact.home_site,
        occurred_at=fact.occurred_at, received_at=fact.received_at, known_at=known_at, type_code=fact.type_code,
        type_name=fact.type_name, source=fact.source.value, grade=fact.grade, possible_grade=fact.possible_grade,
        clock_grade=fact.clock_grade, sensitive=fact.sensitive,
        sensitive_reasons=tuple(fact.sensitive_reasons), closed_at=fact.closed_at, place=fact.location.text,
        township=fact.location.township, township_name=fact.location.township_name,
        casualties=fact.casualties.model_dump(include={"dead", "missing", "serious", "injured", "trapped"}),
        description=fact.description, loss_yuan=fact.loss_yuan,
        burnt_hectares=fact.burnt_hectares,
        first_public_at=fact.first_public_at,
        first_public_where=fact.first_public_where, merged_into=fact.merged_into, unit_told_at=_unit_told_at(fact),
        succession=tuple(fact.succession), is_begun=not _waits(fact),
    )  # fmt: skip


def _waits(fact: IncidentFact) -> bool:
    """Whether it is handed over to a home that has not said yet that it writes."""
    asked = fact.handover
    is_given = asked is not None and asked.state is HandoverState.ACCEPTED and asked.to_site == fact.home_site
    return is_given and asked is not None and asked.taken_over_at is None


def _unit_told_at(fact: IncidentFact) -> datetime | None:
    if fact.source is IncidentSource.ENTERPRISE:
        return fact.received_at
    return fact.unit_report.at if fact.unit_report else None


def hear_clock(
    connection: Connection, reporting: Reporting, told: Envelope, fact: ReportClockFact, now: datetime
) -> None:
    """Another township's clock: it is kept, and goes on here once the incident's home is here."""
    if fact.incident_id is None or fact.leg is not ReportLeg.TOWNSHIP_DISTRICT:
        return
    if keep_clock_elsewhere(connection, fact, told.aggregateversion):
        known = known_incident(connection, fact.incident_id)
        if known is not None and known[2]:
            go_on(connection, reporting, known[0], cause=told, now=now)


def hear_report(connection: Connection, reporting: Reporting, told: Envelope, fact: ReportFact, now: datetime) -> None:
    """Another site has told its superiors: of an incident that may come here, or of its day."""
    if fact.incident_id is not None:
        if reporting.party is Party.TOWNSHIP:
            keep_told_elsewhere(connection, fact, told.aggregateversion)
    else:
        _hear_daily(connection, reporting, fact, now)


def _hear_daily(connection: Connection, reporting: Reporting, fact: ReportFact, now: datetime) -> None:
    """The centre knows that its township has reported."""
    if fact.kind is not ReportKind.DAILY or fact.day is None or fact.township is None:
        return
    if fact.phone is not None:
        told = Told(fact.phone.at, fact.id, fact.kind, SendChannel.PHONE)
    elif fact.sent_at is not None:
        told = Told(fact.sent_at, fact.id, fact.kind, fact.sent_channel or SendChannel.NETWORK)
    else:
        return
    settle(connection, reporting, f"{fact.day}:{fact.township}", told, now=now, actor=None)
