"""What the roster hears: other sites' shifts, and what would have to be handed over at a change of shift."""

from collections.abc import Callable

from services.duty_roster import store
from services.duty_roster.handlers.matters import call_matter, clock_matter, incident_matter
from services.duty_roster.handlers.roll_calls import RollCalls
from services.duty_roster.store.matters import Matter, keep_matter
from shared.contracts.envelope import Envelope
from shared.contracts.events.intake import IncidentFact
from shared.contracts.events.notify import NotificationFact
from shared.contracts.events.report import ReportClockFact
from shared.http.hosting import Deps
from shared.messaging.subscriptions import Subscription


def subscriptions(deps: Deps, roll_calls: RollCalls) -> list[Subscription]:
    """The newest version is kept, so that a repeated fact changes nothing."""

    async def on_shift(envelope: Envelope) -> None:
        # A shift never moves, so the first fact of it says all.
        if envelope.site != deps.site:
            await deps.database.write(lambda c: store.note_elsewhere(c, envelope.subject, envelope.site))

    return [Subscription("duty_roster__shifts", ("roster.shift.*.v1",), on_shift), *_matters(deps, roll_calls)]


def _matters(deps: Deps, roll_calls: RollCalls) -> list[Subscription]:
    """Incidents of every site that is heard here; clocks and call-outs of this one, which are its own business."""
    is_own = _of(deps.site)

    async def keep(matter: Matter | None) -> None:
        if matter is not None:
            await deps.database.write(lambda c: keep_matter(c, matter), repeatable=True)

    async def on_incident(envelope: Envelope) -> None:
        await keep(incident_matter(IncidentFact.model_validate(envelope.data), envelope.aggregateversion))

    async def on_clock(envelope: Envelope) -> None:
        if is_own(envelope.type):
            await keep(clock_matter(ReportClockFact.model_validate(envelope.data), envelope.aggregateversion))

    async def on_call(envelope: Envelope) -> None:
        if is_own(envelope.type):
            fact, now = NotificationFact.model_validate(envelope.data), deps.clock.now()
            await keep(call_matter(fact, envelope.aggregateversion))
            if fact.roll_call_id and envelope.fact == "acknowledged":
                await deps.database.write(lambda c: roll_calls.hear_answer(c, fact, envelope, now))

    return [
        Subscription("duty_roster__incidents", ("intake.incident.*.v1",), on_incident, side_by_side=True),
        Subscription("duty_roster__clocks", ("report.clock.*.v1",), on_clock, hears=is_own, side_by_side=True),
        Subscription("duty_roster__calls", ("notify.notification.*.v1",), on_call, hears=is_own, side_by_side=True),
    ]


def _of(site: str) -> Callable[[str], bool]:
    return lambda subject: subject.startswith(f"evt.{site}.")
