"""What dispatch hears: incidents, so that it can send units also when intake is away; other sites' units and requests.

No inbox needed: of each thing the highest version counts, so a repeated fact changes nothing.
"""

from sqlalchemy import Connection

from services.resource_dispatch.domain.chain import present_since
from services.resource_dispatch.domain.held import Request
from services.resource_dispatch.handlers.command.joining import join_evacuation
from services.resource_dispatch.handlers.conflicts import compare_assignment, compare_incident, settle_merged
from services.resource_dispatch.metrics import DispatchMetrics
from services.resource_dispatch.store.elsewhere import find_seen, keep_seen, keep_unit
from services.resource_dispatch.store.facilities import keep_facility
from services.resource_dispatch.store.incidents import keep_incident
from services.resource_dispatch.store.marks import keep_mark, keep_wind
from services.resource_dispatch.store.requests import keep_request
from shared.contracts.envelope import Envelope
from shared.contracts.events.dispatch import AssignmentFact, RequestFact, UnitFact
from shared.contracts.events.facilities import FacilityFact
from shared.contracts.events.intake import IncidentFact
from shared.contracts.events.marks import MarkFact, WindFact
from shared.http.hosting import Deps
from shared.messaging.subscriptions import Subscription


def subscriptions(deps: Deps, metrics: DispatchMetrics) -> list[Subscription]:
    """All of them."""

    async def on_incident(envelope: Envelope) -> None:
        fact = IncidentFact.model_validate(envelope.data)
        await deps.database.write(lambda c: _take_incident(c, deps, metrics, envelope, fact), repeatable=True)

    async def on_unit(envelope: Envelope) -> None:
        if envelope.site == deps.site:
            return
        fact = UnitFact.model_validate(envelope.data)
        await deps.database.write(lambda c: keep_unit(c, fact, envelope.aggregateversion))

    async def on_assignment(envelope: Envelope) -> None:
        fact = AssignmentFact.model_validate(envelope.data)
        await deps.database.write(lambda c: _take_assignment(c, deps, metrics, envelope, fact))

    async def on_request(envelope: Envelope) -> None:
        fact = RequestFact.model_validate(envelope.data)
        if deps.site not in {fact.from_site, fact.to_site}:
            return
        await deps.database.write(lambda c: keep_request(c, Request(fact, envelope.aggregateversion)))

    async def on_mark(envelope: Envelope) -> None:
        if envelope.site != deps.site:
            fact = MarkFact.model_validate(envelope.data)
            await deps.database.write(lambda c: keep_mark(c, fact, envelope.aggregateversion))

    async def on_wind(envelope: Envelope) -> None:
        fact = WindFact.model_validate(envelope.data)
        await deps.database.write(lambda c: keep_wind(c, fact))

    return [
        Subscription("resource_dispatch__incidents", ("intake.incident.*.v1",), on_incident, side_by_side=True),
        Subscription("resource_dispatch__units", ("dispatch.unit.*.v1",), on_unit),
        Subscription("resource_dispatch__assignments", ("dispatch.assignment.*.v1",), on_assignment),
        Subscription("resource_dispatch__requests", ("dispatch.request.*.v1",), on_request),
        Subscription("resource_dispatch__marks", ("dispatch.mark.*.v1",), on_mark),
        Subscription("resource_dispatch__winds", ("dispatch.wind.*.v1",), on_wind),
        _register(deps),
    ]


def _register(deps: Deps) -> Subscription:
    """Other sites' hazard sources and facilities."""

    async def on_facility(envelope: Envelope) -> None:
        if envelope.site == deps.site:
            return
        fact = FacilityFact.model_validate(envelope.data)
        await deps.database.write(lambda c: keep_facility(c, fact, envelope.aggregateversion))

    return Subscription("resource_dispatch__facilities", ("dispatch.facility.*.v1",), on_facility)


def _take_incident(
    connection: Connection, deps: Deps, metrics: DispatchMetrics, envelope: Envelope, fact: IncidentFact
) -> None:
    incident = keep_incident(connection, fact, envelope.aggregateversion)
    if incident is not None:
        compare_incident(connection, deps, metrics, incident, envelope)
        settle_merged(connection, deps, fact, envelope)
        if fact.merged_into is not None:
            join_evacuation(connection, deps, fact.id, deps.clock.now())


def _take_assignment(
    connection: Connection, deps: Deps, metrics: DispatchMetrics, envelope: Envelope, fact: AssignmentFact
) -> None:
    ended_at = None if fact.active else present_since(fact)
    if keep_seen(connection, fact, envelope.aggregateversion, ended_at):
        seen = find_seen(connection, fact.id)
        assert seen is not None
        compare_assignment(connection, deps, metrics, seen, envelope)
        if fact.active:
            join_evacuation(connection, deps, fact.incident_id, deps.clock.now())
