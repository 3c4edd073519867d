"""What notification hears: people, shifts, units, accounts; and incidents, clocks, steps, commands to call for."""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import Connection

from services.notification.domain.notification import CancelReason
from services.notification.handlers.activations import hear_activation
from services.notification.handlers.calling import Known, known_of
from services.notification.handlers.context import Notify
from services.notification.handlers.endings import stop_for_incident
from services.notification.handlers.evacuations import hear_evacuation
from services.notification.handlers.lateness import hear_news, take_report
from services.notification.handlers.orders import hear_order
from services.notification.handlers.reliefs import hear_relief
from services.notification.handlers.report_clocks import hear_clock
from services.notification.handlers.roll_calls import hear_roll_call
from services.notification.handlers.steps import hear_step
from services.notification.store.copies import (
    News,
    copy_of,
    keep_account,
    keep_incident,
    keep_person,
    keep_shift,
    keep_unit,
)
from shared.contracts.envelope import Envelope
from shared.contracts.events.command import ActivationFact, CommandOrderFact, EvacuationFact
from shared.contracts.events.dispatch import UnitFact
from shared.contracts.events.identity import AccountFact
from shared.contracts.events.intake import IncidentFact, StepFact
from shared.contracts.events.relief import ReliefFact
from shared.contracts.events.report import ReportClockFact
from shared.contracts.events.roll_call import RollCallFact
from shared.contracts.events.roster import PersonFact, ShiftFact
from shared.messaging.subscriptions import Subscription
from shared.storage.system import seen_before

PEOPLE = "notification__people"
SHIFTS = "notification__shifts"
INCIDENTS = "notification__incidents"
REPORT_CLOCKS = "notification__report_clocks"
STEPS = "notification__steps"
ROLL_CALLS = "notification__roll_calls"
RELIEFS = "notification__reliefs"
UNITS = "notification__units"
ACCOUNTS = "notification__accounts"
EVACUATIONS = "notification__evacuations"
ORDERS = "notification__orders"
ACTIVATIONS = "notification__activations"

_STARTS = frozenset({"reported", "reopened", "split"})
_ENDS = {"closed": CancelReason.INCIDENT_CLOSED, "merged": CancelReason.INCIDENT_MERGED}
_CLOCK_FACTS = tuple(f"report.clock.{fact}.v1" for fact in ("due_soon", "overdue", "met", "cancelled"))
_Once = Callable[[str, Envelope, Callable[[Connection], object]], Awaitable[None]]
_log = structlog.get_logger(__name__)


def subscriptions(notify: Notify) -> list[Subscription]:
    """All of them; every fact has its effect once, however often it comes."""
    deps = notify.deps
    own = f"evt.{deps.site}."

    def is_own(subject: str) -> bool:
        return subject.startswith(own)

    async def on_person(envelope: Envelope) -> None:
        fact = PersonFact.model_validate(envelope.data)
        await _once(PEOPLE, envelope, lambda c: keep_person(c, fact, envelope.aggregateversion))

    async def on_shift(envelope: Envelope) -> None:
        fact = ShiftFact.model_validate(envelope.data)
        await _once(SHIFTS, envelope, lambda c: keep_shift(c, fact, envelope.aggregateversion))

    async def on_incident(envelope: Envelope) -> None:
        fact = IncidentFact.model_validate(envelope.data)
        await _once(INCIDENTS, envelope, lambda c: take_incident(c, notify, envelope, fact))

    async def on_clock(envelope: Envelope) -> None:
        fact, now = ReportClockFact.model_validate(envelope.data), deps.clock.now()
        await _once(REPORT_CLOCKS, envelope, lambda c: hear_clock(c, notify, envelope, fact, now))

    async def on_step(envelope: Envelope) -> None:
        fact, now = StepFact.model_validate(envelope.data), deps.clock.now()
        await _once(STEPS, envelope, lambda c: hear_step(c, notify, envelope, fact, now))

    async def _once(consumer: str, envelope: Envelope, effect: Callable[[Connection], object]) -> None:
        def work(connection: Connection) -> None:
            if not seen_before(connection, consumer, envelope.id, now=deps.clock.now()):
                effect(connection)

        await deps.database.write(work, repeatable=True)

    return [
        Subscription(PEOPLE, ("roster.person.*.v1",), on_person),
        Subscription(SHIFTS, ("roster.shift.*.v1",), on_shift),
        Subscription(INCIDENTS, ("intake.incident.*.v1",), on_incident, side_by_side=True),
        Subscription(REPORT_CLOCKS, _CLOCK_FACTS, on_clock, hears=is_own, side_by_side=True),
        Subscription(STEPS, ("intake.step.*.v1",), on_step, hears=is_own),
        *_duty(notify),
        *_teams(notify, _once),
        *_command(notify, _once),
    ]


def _duty(notify: Notify) -> list[Subscription]:
    """What the own roster asks people for: 点名, 换岗."""
    deps = notify.deps
    own = f"evt.{deps.site}."

    def is_own(subject: str) -> bool:
        return subject.startswith(own)

    async def on_roll_call(envelope: Envelope) -> None:
        fact, now = RollCallFact.model_validate(envelope.data), deps.clock.now()

        def work(connection: Connection) -> None:
            if not seen_before(connection, ROLL_CALLS, envelope.id, now=now):
                hear_roll_call(connection, notify, envelope, fact, now)

        await deps.database.write(work)

    async def on_relief(envelope: Envelope) -> None:
        fact, now = ReliefFact.model_validate(envelope.data), deps.clock.now()

        def work(connection: Connection) -> None:
            if not seen_before(connection, RELIEFS, envelope.id, now=now):
                hear_relief(connection, notify, envelope, fact, now)

        await deps.database.write(work)

    return [
        Subscription(ROLL_CALLS, ("roster.roll_call.*.v1",), on_roll_call, hears=is_own, side_by_side=True),
        Subscription(RELIEFS, ("roster.relief.*.v1",), on_relief, hears=is_own, side_by_side=True),
    ]


def _teams(notify: Notify, once: _Once) -> list[Subscription]:
    """Who speaks for which unit, and when units are called out of danger."""

    async def on_unit(envelope: Envelope) -> None:
        fact = UnitFact.model_validate(envelope.data)
        await once(UNITS, envelope, lambda c: keep_unit(c, fact, envelope.aggregateversion))

    async def on_account(envelope: Envelope) -> None:
        fact = AccountFact.model_validate(envelope.data)
        await once(ACCOUNTS, envelope, lambda c: keep_account(c, fact, envelope.aggregateversion))

    async def on_evacuation(envelope: Envelope) -> None:
        fact, now = EvacuationFact.model_validate(envelope.data), notify.deps.clock.now()
        await once(EVACUATIONS, envelope, lambda c: hear_evacuation(c, notify, envelope, fact, now))

    return [
        Subscription(UNITS, ("dispatch.unit.registered.v1", "dispatch.unit.updated.v1"), on_unit),
        Subscription(ACCOUNTS, ("identity.account.*.v1",), on_account),
        Subscription(EVACUATIONS, ("dispatch.evacuation.*.v1",), on_evacuation),
    ]


def _command(notify: Notify, once: _Once) -> list[Subscription]:
    """What the own post has ordered, and the responses in force."""
    own = f"evt.{notify.deps.site}."

    def is_own(subject: str) -> bool:
        return subject.startswith(own)

    async def on_order(envelope: Envelope) -> None:
        fact, now = CommandOrderFact.model_validate(envelope.data), notify.deps.clock.now()
        await once(ORDERS, envelope, lambda c: hear_order(c, notify, envelope, fact, now))

    async def on_activation(envelope: Envelope) -> None:
        fact, now = ActivationFact.model_validate(envelope.data), notify.deps.clock.now()
        await once(ACTIVATIONS, envelope, lambda c: hear_activation(c, notify, envelope, fact, now))

    return [
        Subscription(ORDERS, ("dispatch.order.*.v1",), on_order, hears=is_own),
        Subscription(ACTIVATIONS, ("dispatch.activation.*.v1",), on_activation, hears=is_own),
    ]


def take_incident(connection: Connection, notify: Notify, envelope: Envelope, fact: IncidentFact) -> None:
    """Keep the copy, then call or stop calling; an old fact that comes late stops nothing newer."""
    now = notify.deps.clock.now()
    news = keep_incident(connection, fact, envelope.aggregateversion)
    if news is News.NEWER:  # of what was not known no report can wait
        hear_news(connection, notify, envelope, now)
    if envelope.fact in _STARTS:
        # Nor was anybody called for a report of it.
        known = Known(copy_of(fact), []) if news is News.FIRST else known_of(connection, fact.id)
        reason = take_report(connection, notify, envelope, known, fact.actor_name, now)
        _log.info("incident_decided", incident_id=fact.id, reason=reason.value)
    elif envelope.fact in _ENDS and news is not News.NONE:
        stop_for_incident(connection, notify, envelope, _ENDS[envelope.fact], fact.actor_name, now)
