"""Taking warnings in, and what they do to each other; a warning's end is told once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.cap_alert import CapAlert, CapFault, CapReading
from services.incident_intake.domain.warning import Arrival, LifecycleStep, WarningRecord, WarningState, lifecycle
from services.incident_intake.handlers.context import Intake
from services.incident_intake.handlers.warning_shapes import Drawing
from services.incident_intake.handlers.warning_views import fault_view, warning_fact, warning_view
from services.incident_intake.store.warnings import (
    StoredWarning,
    due_warnings,
    insert_warning,
    related,
    update_warning,
)
from shared.contracts.events.acts import Act, Detail
from shared.contracts.events.intake import WarningState as ToldState
from shared.http.commands import Answer
from shared.kernel.access import Actor
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.ids import new_id
from shared.storage.system import append_facts

_FACT_OF = {
    WarningState.CURRENT: "issued",
    WarningState.SUPERSEDED: "updated",
    WarningState.CANCELLED: "cancelled",
    WarningState.EXPIRED: "expired",
}
"""A new message is told by the state in which it came: a Cancel is never told as issued."""


def import_warnings(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    reading: CapReading,
    drawings: Mapping[int, Drawing],
    now: datetime,
) -> Answer:
    """Take all alerts of a document in, and let each act on those that are here; the same one twice changes nothing.

    Raises:
        Invalid: `cap.nothing_usable`, with every fault that was found.
    """
    found = (*reading.faults, *(fault for drawing in drawings.values() for fault in drawing.faults))
    for fault in found:
        intake.metrics.cap_faults.labels(fault.code).inc()
    if not reading.alerts:
        faults = tuple(FieldFault(fault.pointer, fault.code, **fault.params) for fault in reading.faults)
        raise Invalid("cap.nothing_usable", faults=faults, wrapper=reading.wrapper)
    imported: dict[str, StoredWarning] = {}
    touched: set[str] = set()
    unchanged = 0
    for alert in reading.alerts:
        faults_of = [*reading.faults_of(alert), *drawings[alert.position].faults]
        kept = take_alert(connection, intake, actor, alert, drawings[alert.position], faults_of, now)
        unchanged += not kept
        for warning, is_new in kept:
            if is_new or warning.id in imported:
                imported[warning.id] = warning
            else:
                touched.add(warning.id)
    outcomes = {"imported": len(imported), "updated": len(touched), "unchanged": unchanged}
    for outcome, count in outcomes.items():
        intake.metrics.warnings.labels(outcome).inc(count)
    if imported or touched:
        told: dict[str, Detail] = {**outcomes, "faulty": len(found), "sender": reading.alerts[0].sender}
        target = "、".join(alert.identifier for alert in reading.alerts[:3])
        append_facts(
            connection, intake.deps.acted("intake", Act.WARNINGS_IMPORTED, actor, now=now, target=target, detail=told)
        )
    body: dict[str, Any] = {
        **outcomes,
        "imported": [warning_view(warning, now) for warning in imported.values()],
        "faults": [fault_view(fault) for fault in found],
        "wrapper": reading.wrapper,
    }
    return Answer(201 if imported else 200, body)


def take_alert(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    alert: CapAlert,
    drawing: Drawing,
    faults: Sequence[CapFault],
    now: datetime,
    *,
    is_own: bool = False,
) -> list[tuple[StoredWarning, bool]]:
    """Take one alert in; returns what was kept, the new one marked, or nothing if it had been here.

    Args:
        is_own: it was issued here and not read.
    """
    alert = CapAlert.model_validate(alert.model_dump(mode="json"))  # as it will be read back: times to the millisecond
    present = related(connection, alert.identifier, {reference.identifier for reference in alert.references})
    step = lifecycle([warning.record for warning in present], alert, now, is_own=is_own)
    if step.arrival is not Arrival.NEW:
        return []
    known = {warning.record.alert.key: warning for warning in present}
    new = StoredWarning(
        id=new_id(),
        version=0,
        state=WarningState.CURRENT,
        superseded_by=None,
        record=step.record,
        faults=[fault_view(fault) for fault in faults],
        geometry=drawing.geometry,
        received_at=now,
        home_site=intake.deps.site,
    )
    known[alert.key] = new
    return [
        (_keep(connection, intake, actor, known, record, now), record.alert.key == alert.key)
        for record in _old_first(step)
    ]


def _old_first(step: LifecycleStep) -> list[WarningRecord]:
    """What was replaced before what replaces it, so that a screen never shows both or neither for long."""
    return [*(record for record in step.changed if record is not step.record), step.record]


def _keep(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    known: dict[Any, StoredWarning],
    record: WarningRecord,
    now: datetime,
) -> StoredWarning:
    before = known[record.alert.key]
    superseding = known.get(record.superseded_by) if record.superseded_by else None
    after = replace(
        before,
        version=before.version + 1,
        state=record.state(now),
        superseded_by=superseding.id if superseding else before.superseded_by,
        record=record,
    )
    is_new = before.version == 0
    if is_new:
        insert_warning(connection, after)
    else:
        update_warning(connection, after)
    has_moved = is_new or after.state is not before.state
    _tell(connection, intake, after, _FACT_OF[after.state] if has_moved else "updated", now, actor)
    return after


def expire_warnings(connection: Connection, intake: Intake, now: datetime) -> int:
    """Tell of every warning that has run out since last time; returns how many."""
    due = due_warnings(connection, now)
    for warning in due:
        after = replace(warning, version=warning.version + 1, state=WarningState.EXPIRED)
        update_warning(connection, after)
        _tell(connection, intake, after, "expired", now, None)
    return len(due)


def _tell(
    connection: Connection, intake: Intake, warning: StoredWarning, fact: str, now: datetime, actor: Actor | None
) -> None:
    payload = warning_fact(warning, ToldState(warning.state.value), actor_name=actor.name if actor else None)
    kind = f"intake.warning.{fact}.v1"
    append_facts(connection, intake.deps.draft(kind, warning.id, warning.version, payload, now=now, actor=actor))
