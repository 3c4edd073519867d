"""What dispatch hears: incidents, so that it can send units also when intake is away."""

from sqlalchemy import Connection

from services.resource_dispatch.store.incidents import keep_incident
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import IncidentFact
from shared.http.hosting import Deps
from shared.messaging.subscriptions import Subscription


def subscriptions(deps: Deps) -> list[Subscription]:
    """All of them."""

    async def on_incident(envelope: Envelope) -> None:
        incident = IncidentFact.model_validate(envelope.data)

        def work(connection: Connection) -> None:
            # No inbox needed: the highest version counts, so a repeated fact changes nothing.
            keep_incident(connection, incident, envelope.aggregateversion)

        await deps.database.write(work)

    return [Subscription("resource_dispatch__incidents", ("intake.incident.*.v1",), on_incident)]
