"""点名: started by hand or by the plan, answered one by one, over when its time is over."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from services.duty_roster import store
from services.duty_roster.domain.calendar import period_kind
from services.duty_roster.domain.roll_call import (
    Figures,
    Plan,
    added,
    days_around,
    draw,
    figures,
    result_of,
    slot_due,
)
from services.duty_roster.domain.staffing import KIND_OF_DAY
from services.duty_roster.handlers.roll_call_rules import ROLL_CALL_RULES, called_units, has_contacts, plans
from services.duty_roster.schemas.roll_calls import AnswerRollCall, StartRollCall, roll_call_json
from services.duty_roster.store.records import add_record, find_record, save_record
from services.duty_roster.store.roll_calls import is_slot_taken, roll_calls_between
from services.duty_roster.tables import ROLL_CALL
from shared.contracts.envelope import Envelope
from shared.contracts.events.acts import Act
from shared.contracts.events.notify import NotificationFact, TargetState
from shared.contracts.events.roll_call import RollCallFact, RollCallKind, RollCallResult, RollCallState, RollCallUnit
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.district import townships
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.ids import new_id
from shared.storage.system import append_facts

_SEEDS = 2**31


def roll_call_of(row: Row[Any]) -> RollCallFact:
    """The value in a row."""
    return RollCallFact.model_validate(row.body)


class RollCalls:
    """The commands on roll calls of one roster."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    def start(
        self,
        connection: Connection,
        actor: Actor | None,
        command: StartRollCall,
        now: datetime,
        *,
        slot: datetime | None = None,
    ) -> dict[str, Any]:
        """Draw and call.

        Raises:
            Invalid: `roll_call.unit_unknown`, `roll_call.nobody_named` if no township has a responsible person yet.
        """
        if not has_contacts(connection):
            raise Invalid("roll_call.nobody_named")
        rules = ROLL_CALL_RULES.body(connection)
        codes, seed = _codes(command, command.count or rules["count"])
        seconds = command.timeout_seconds or rules["timeout_seconds"]
        made = RollCallFact(
            id=new_id(),
            kind=command.kind,
            state=RollCallState.RUNNING,
            started_at=now,
            started_by=actor.name if actor else None,
            due_at=now + timedelta(seconds=seconds),
            closes_at=now + timedelta(seconds=max(rules["close_after_seconds"], seconds)),
            timeout_seconds=seconds,
            basis=rules["basis"],
            verified=rules["verified"],
            seed=seed,
            slot=slot,
            units=called_units(connection, codes),
            home_site=self._deps.site,
        )
        values = {
            "id": made.id,
            "at": now,
            "state": made.state.value,
            "version": 1,
            "slot": slot,
            "next_due_at": made.due_at,
        }
        add_record(connection, ROLL_CALL, {**values, "body": made.model_dump(mode="json")})
        self._tell(connection, "started", made, 1, now, actor)
        if actor is not None:  # what the plan calls by itself is nobody's act
            told = {"roll_call_kind": made.kind.value, "units": len(made.units)}
            act = self._deps.acted("roster", Act.ROLL_CALL_STARTED, actor, now=now, detail=told)
            append_facts(connection, act)
        return roll_call_json(made, 1)

    def start_planned(self, connection: Connection, now: datetime) -> bool:
        """Start what the plan asks for at this moment, once; whether something was started."""
        found = planned_now(connection, now)
        if found is None:
            return False
        plan, slot = found
        self.start(connection, None, StartRollCall(kind=plan.kind, count=plan.count), now, slot=slot)
        return True

    def answer(
        self, connection: Connection, actor: Actor, ident: str, code: str, command: AnswerRollCall, now: datetime
    ) -> dict[str, Any]:
        """Take down who answered. The first answer stands; said twice it changes nothing.

        Raises:
            NotFound: `roll_call.not_found`, `roll_call.unit_not_called`.
            Conflict: `roll_call.finished`.
        """
        row = roll_call_row(connection, ident)
        before = roll_call_of(row)
        unit = next((one for one in before.units if one.code == code), None)
        if unit is None:
            raise NotFound("roll_call.unit_not_called")
        if unit.answered_at is not None:
            return roll_call_json(before, row.version)
        if before.state is RollCallState.FINISHED:
            raise Conflict("roll_call.finished", current=roll_call_json(before, row.version))
        said = {"answered_at": now, "answered_by": command.by, "note": command.note or None}
        result = result_of(now, before.due_at, stand_in=command.stand_in)
        return self._answered(connection, row, before, {**said, "result": result, "code": code}, now, actor=actor)

    def hear_answer(self, connection: Connection, call: NotificationFact, cause: Envelope, now: datetime) -> None:
        """The called person answered the call-out itself, or the desk took the answer down there."""
        row = find_record(connection, ROLL_CALL, call.roll_call_id or "")
        before = roll_call_of(row) if row is not None else None
        unit = next((one for one in before.units if one.code == call.roll_call_unit), None) if before else None
        if row is None or before is None or unit is None or unit.answered_at or before.state is RollCallState.FINISHED:
            return
        by = _answerer(call)
        if by is None:  # somebody at the desk has stopped the alarm: the unit has not answered
            return
        at = call.acknowledged_at or cause.time
        result = result_of(at, before.due_at, stand_in=by != unit.person_name)
        said = {"answered_at": at, "answered_by": by, "note": call.ack_note, "result": result, "code": unit.code}
        self._answered(connection, row, before, said, now, cause=cause)

    def _answered(
        self, connection: Connection, row: Row[Any], before: RollCallFact, said: dict[str, Any], now: datetime,
        *, actor: Actor | None = None, cause: Envelope | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        units = [one.model_copy(update=said) if one.code == said["code"] else one for one in before.units]
        after = before.model_copy(update={"units": units})
        version = self._keep(connection, row, after, "answered", now, actor=actor, cause=cause)
        if all(unit.answered_at for unit in units):
            return self._finish(connection, roll_call_row(connection, row.id), now, actor)
        return roll_call_json(after, version)

    def let_pass(self, connection: Connection, ident: str, now: datetime) -> bool:
        """What time does by itself: the limit passes, later the roll call closes; whether anything was due."""
        row = roll_call_row(connection, ident)
        before = roll_call_of(row)
        if before.state is RollCallState.FINISHED or row.next_due_at is None or row.next_due_at > now:
            return False
        if now >= before.closes_at:
            self._finish(connection, row, now, None)
            return True
        units = [
            one.model_copy(update={"overdue": True}) if one.result is RollCallResult.WAITING else one
            for one in before.units
        ]
        self._keep(
            connection, row, before.model_copy(update={"units": units}), "missed", now, next_due=before.closes_at
        )
        return True

    def finish(self, connection: Connection, actor: Actor, ident: str, now: datetime) -> dict[str, Any]:
        """End it now: who has not answered has not answered. Ended twice changes nothing.

        Raises:
            NotFound: `roll_call.not_found`.
        """
        row = roll_call_row(connection, ident)
        before = roll_call_of(row)
        if before.state is RollCallState.FINISHED:
            return roll_call_json(before, row.version)
        return self._finish(connection, row, now, actor)

    def _finish(self, connection: Connection, row: Row[Any], now: datetime, actor: Actor | None) -> dict[str, Any]:
        before = roll_call_of(row)
        units = [_closed(one) for one in before.units]
        changes = {"units": units, "state": RollCallState.FINISHED, "finished_at": min(now, before.closes_at)}
        after = before.model_copy(update=changes)
        version = self._keep(connection, row, after, "finished", now, actor=actor)
        return roll_call_json(after, version)

    def _keep(
        self, connection: Connection, row: Row[Any], after: RollCallFact, fact: str, now: datetime,
        *, actor: Actor | None = None, cause: Envelope | None = None, next_due: datetime | None = None,
    ) -> int:  # fmt: skip
        version: int = row.version + 1
        due = row.next_due_at if next_due is None else next_due
        if after.state is RollCallState.FINISHED:
            due = None
        values = {
            "state": after.state.value,
            "version": version,
            "next_due_at": due,
            "body": after.model_dump(mode="json"),
        }
        save_record(connection, ROLL_CALL, row.id, values)
        self._tell(connection, fact, after, version, now, actor, cause)
        return version

    def _tell(
        self, connection: Connection, fact: str, told: RollCallFact, version: int, now: datetime,
        actor: Actor | None, cause: Envelope | None = None,
    ) -> None:  # fmt: skip
        said = told.model_copy(update={"actor_name": actor.name if actor else None})
        kind = f"roster.roll_call.{fact}.v1"
        append_facts(connection, self._deps.draft(kind, told.id, version, said, now=now, actor=actor, cause=cause))


def _answerer(call: NotificationFact) -> str | None:
    """Who of those that were called answered, by an own account or by telephone."""
    called = next((one.person_name for one in call.targets if one.state is TargetState.ACKNOWLEDGED), None)
    return called or call.on_behalf_of_name


def _closed(unit: RollCallUnit) -> RollCallUnit:
    if unit.result is not RollCallResult.WAITING:
        return unit
    return unit.model_copy(update={"result": RollCallResult.MISSED, "overdue": True})


def _codes(command: StartRollCall, count: int) -> tuple[list[str], int | None]:
    """Whom to call, and the seed if they are drawn."""
    known = [one.code for one in townships()]
    if command.targets is not None:
        unknown = [code for code in command.targets if code not in known]
        if unknown:
            fault = FieldFault("/targets", "roll_call.unit_unknown", unit=unknown[0])
            raise Invalid("request.invalid", faults=(fault,))
        return sorted(set(command.targets)), None
    if command.kind is RollCallKind.PLANNED and command.count is None:
        return known, None
    seed = secrets.randbelow(_SEEDS)
    return draw(known, min(count, len(known)), seed), seed


def roll_call_row(connection: Connection, ident: str) -> Row[Any]:
    """The roll call.

    Raises:
        NotFound: `roll_call.not_found`.
    """
    row = find_record(connection, ROLL_CALL, ident)
    if row is None:
        raise NotFound("roll_call.not_found")
    return row


def planned_now(connection: Connection, now: datetime) -> tuple[Plan, datetime] | None:
    """What the plan asks for now and nobody has started; nothing while nobody could be called."""
    days = days_around(now)
    published = store.published_kinds(connection, *days)
    found = slot_due(plans(connection), {day: KIND_OF_DAY[period_kind(day, published)] for day in days}, now)
    if found is None or is_slot_taken(connection, found[1]) or not has_contacts(connection):
        return None
    return found


def rate_between(connection: Connection, start: datetime, end: datetime) -> tuple[int, Figures]:
    """How many roll calls began in `[start, end)`, and their figures together."""
    found: Sequence[Row[Any]] = roll_calls_between(connection, start, end)
    total = Figures()
    for row in found:
        total = added(total, figures(roll_call_of(row).units))
    return len(found), total
