"""换岗: applied for, agreed by who takes over, approved by a leader; until then the roster stays as it was."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from services.duty_roster import store
from services.duty_roster.handlers.people import require_own
from services.duty_roster.handlers.shifts import Shifts, shift_row
from services.duty_roster.schemas import CancelShift, ChangeShift, ScheduleShift
from services.duty_roster.schemas.reliefs import ApplyRelief, RejectRelief, relief_json
from services.duty_roster.store.records import add_record, find_record, records_in, save_record
from services.duty_roster.tables import RELIEF
from shared.contracts.events.acts import Act
from shared.contracts.events.duty import Signature
from shared.contracts.events.relief import ReliefFact, ReliefState
from shared.contracts.events.roster import DutyPost
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from shared.kernel.ids import new_id
from shared.storage.system import append_facts

_UNDECIDED = frozenset({ReliefState.APPLIED, ReliefState.AGREED})


def relief_of(row: Row[Any]) -> ReliefFact:
    """The value in a row."""
    return ReliefFact.model_validate(row.body)


class Reliefs:
    """The commands on reliefs of one roster."""

    def __init__(self, deps: Deps, shifts: Shifts) -> None:
        self._deps = deps
        self._shifts = shifts

    def apply(self, connection: Connection, actor: Actor, command: ApplyRelief, now: datetime) -> dict[str, Any]:
        """Ask for it, also for another who cannot any more; it changes nothing yet.

        Raises:
            NotFound: `shift.not_found`.
            Invalid: the person is unknown or the same, the time is outside the shift.
            Conflict: `shift.cancelled`, `shift.over`, `relief.under_way`.
        """
        shift = shift_row(connection, command.shift_id)
        if shift.cancelled:
            raise Conflict("shift.cancelled")
        if shift.ends_at <= now:
            raise Conflict("shift.over")
        until_at = command.until_at or shift.ends_at
        to_name = _checked(connection, command, shift, until_at)
        if any(relief_of(row).shift_id == shift.id for row in records_in(connection, RELIEF, _UNDECIDED)):
            raise Conflict("relief.under_way")
        made = ReliefFact(
            id=new_id(),
            shift_id=shift.id,
            post=DutyPost(shift.post),
            from_person_id=shift.person_id,
            from_name=shift.person_name,
            to_person_id=command.to_person_id,
            to_name=to_name,
            from_at=command.from_at,
            until_at=until_at,
            reason=command.reason,
            state=ReliefState.APPLIED,
            applied=_signed(actor, now),
            home_site=self._deps.site,
        )
        values = {"id": made.id, "at": now, "state": made.state.value, "version": 1}
        add_record(connection, RELIEF, {**values, "body": made.model_dump(mode="json")})
        self._tell(connection, actor, "applied", made, 1, now)
        return relief_json(made, 1)

    def agree(self, connection: Connection, actor: Actor, ident: str, now: datetime) -> dict[str, Any]:
        """Who is asked says yes.

        Raises:
            Forbidden: `relief.not_yours`.
            Conflict: `relief.state`.
        """
        row, before = _found(connection, ident, ReliefState.APPLIED)
        require_own(connection, actor, before.to_person_id, "relief.not_yours")
        changes = {"state": ReliefState.AGREED, "agreed": _signed(actor, now)}
        return self._keep(connection, actor, "agreed", row, before, changes, now)

    def approve(self, connection: Connection, actor: Actor, ident: str, now: datetime) -> dict[str, Any]:
        """A leader approves (代班、换班须经值班室负责人批准); now the shifts change, nothing of it in the past.

        Raises:
            Forbidden: `relief.own_application`.
            Conflict: `relief.state`, `relief.shift_changed`, `shift.overlap`: nobody stands at two posts.
        """
        row, before = _found(connection, ident, ReliefState.AGREED)
        if before.applied.account == actor.username:
            raise Forbidden("relief.own_application")
        effective_at = max(before.from_at, now)
        new_shift = self._take_over(connection, actor, before, effective_at, now)
        changes = {
            "state": ReliefState.APPROVED,
            "decided": _signed(actor, now),
            "effective_at": effective_at,
            "new_shift_id": new_shift["id"],
        }
        return self._keep(connection, actor, "approved", row, before, changes, now)

    def reject(
        self, connection: Connection, actor: Actor, ident: str, command: RejectRelief, now: datetime
    ) -> dict[str, Any]:
        """A leader refuses; the shift stays with whom it was.

        Raises:
            Conflict: `relief.state`.
        """
        row, before = _found(connection, ident, *_UNDECIDED)
        decided = {"decided": _signed(actor, now), "decision_reason": command.reason}
        return self._keep(connection, actor, "rejected", row, before, {"state": ReliefState.REJECTED, **decided}, now)

    def _take_over(
        self, connection: Connection, actor: Actor, relief: ReliefFact, effective_at: datetime, now: datetime
    ) -> dict[str, Any]:
        """Cut the shift, give the part to who relieves, and the rest behind it back."""
        shift = shift_row(connection, relief.shift_id)
        is_same = shift.person_id == relief.from_person_id and shift.post == relief.post.value and not shift.cancelled
        if not is_same or not effective_at < relief.until_at <= shift.ends_at or effective_at < shift.starts_at:
            raise Conflict("relief.shift_changed")
        ends_at = shift.ends_at
        if effective_at > shift.starts_at:
            self._shifts.change(connection, actor, shift.id, ChangeShift(ends_at=effective_at), now)
        else:
            self._shifts.cancel(connection, actor, shift.id, CancelShift(reason=relief.reason), now)
        part = ScheduleShift(
            post=relief.post, person_id=relief.to_person_id, starts_at=effective_at, ends_at=relief.until_at,
            note=relief.reason,
        )  # fmt: skip
        made = self._shifts.schedule(connection, actor, part, now)
        if relief.until_at < ends_at:
            rest = ScheduleShift(
                post=relief.post, person_id=relief.from_person_id, starts_at=relief.until_at, ends_at=ends_at
            )
            self._shifts.schedule(connection, actor, rest, now)
        return made

    def _keep(
        self, connection: Connection, actor: Actor, fact: str, row: Row[Any], before: ReliefFact,
        changes: dict[str, Any], now: datetime,
    ) -> dict[str, Any]:  # fmt: skip
        after, version = before.model_copy(update=changes), row.version + 1
        values = {"state": after.state.value, "version": version, "body": after.model_dump(mode="json")}
        save_record(connection, RELIEF, row.id, values)
        self._tell(connection, actor, fact, after.model_copy(update={"changed": sorted(changes)}), version, now)
        return relief_json(after, version)

    def _tell(
        self, connection: Connection, actor: Actor, fact: str, told: ReliefFact, version: int, now: datetime
    ) -> None:
        said = told.model_copy(update={"actor_name": actor.name})
        kind = f"roster.relief.{fact}.v1"
        append_facts(connection, self._deps.draft(kind, told.id, version, said, now=now, actor=actor))
        if fact in {"approved", "rejected"}:
            target, detail = f"{told.from_name} → {told.to_name}", {"post": told.post.value, "decision": fact}
            act = self._deps.acted("roster", Act.RELIEF_DECIDED, actor, now=now, target=target, detail=detail)
            append_facts(connection, act)


def _checked(connection: Connection, command: ApplyRelief, shift: Row[Any], until_at: datetime) -> str:
    """Name of who relieves."""
    person = store.person_by_id(connection, command.to_person_id)
    if person is None or person.removed:
        raise Invalid("request.invalid", faults=(FieldFault("/to_person_id", "person.unknown"),))
    if person.id == shift.person_id:
        raise Invalid("request.invalid", faults=(FieldFault("/to_person_id", "relief.same_person"),))
    if not shift.starts_at <= command.from_at < until_at <= shift.ends_at:
        raise Invalid("request.invalid", faults=(FieldFault("/from_at", "relief.outside_shift"),))
    return str(person.name)


def _signed(actor: Actor, now: datetime) -> Signature:
    return Signature(at=now, name=actor.name, account=actor.username)


def _found(connection: Connection, ident: str, *states: ReliefState) -> tuple[Row[Any], ReliefFact]:
    row = find_record(connection, RELIEF, ident)
    if row is None:
        raise NotFound("relief.not_found")
    found = relief_of(row)
    if found.state not in states:
        raise Conflict("relief.state", state=found.state.value, current=relief_json(found, row.version))
    return row, found
