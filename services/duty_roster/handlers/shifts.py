"""Scheduling shifts: nobody stands twice at a time, and what is over is history."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from services.duty_roster import store
from services.duty_roster.domain.calendar import period_kind
from services.duty_roster.domain.duty import Watch, first_overlap, shortest_rest
from services.duty_roster.domain.policy import RosterPolicy
from services.duty_roster.schemas import (
    CancelShift,
    ChangeShift,
    ScheduleShift,
    hint,
    shift_fact,
    shift_json,
    watch_of,
)
from shared.contracts.events.roster import DutyPost, PeriodKind
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.clock import civil_date, wire_time
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.homes import site_name
from shared.kernel.ids import new_id
from shared.storage.system import append_facts


class Shifts:
    """The commands on shifts of one roster."""

    def __init__(self, deps: Deps, policy: RosterPolicy) -> None:
        self._deps = deps
        self._policy = policy

    def schedule(self, connection: Connection, actor: Actor, command: ScheduleShift, now: datetime) -> dict[str, Any]:
        """Add a shift; a short rest is told in `hints`.

        Raises:
            Invalid: the end is not after the start, the shift is too long, or the person does not exist.
            Conflict: `shift.overlap` with the other shift.
        """
        values = command.model_dump(exclude={"period_kind"})
        values |= {"id": new_id(), "post": command.post.value, "cancelled": False, "version": 1}
        values |= self._period(connection, command.starts_at, command.period_kind)
        hints = self._check(connection, values)
        store.insert_shift(connection, values)
        row = self._told(connection, actor, values["id"], "scheduled", now, changed=[])
        return {**shift_json(row), "hints": hints}

    def change(
        self, connection: Connection, actor: Actor, shift_id: str, command: ChangeShift, now: datetime
    ) -> dict[str, Any]:
        """Change what the command names.

        Raises:
            NotFound: `shift.not_found`.
            Conflict: `home.elsewhere`, `shift.changed` (with `current`), `shift.over`, `shift.cancelled`,
                `shift.overlap`.
            Invalid: as for a new one.
        """
        row = _open_shift(connection, shift_id, now)
        if command.version is not None and command.version != row.version:
            raise Conflict("shift.changed", current=shift_json(row))
        given = command.model_dump(include=command.model_fields_set - {"version", "period_kind"})
        wanted = {name: value for name, value in given.items() if value is not None or name == "note"}
        starts_at = wanted.get("starts_at", row.starts_at)
        if "period_kind" in command.model_fields_set or not row.period_given:
            wanted |= self._period(connection, starts_at, command.period_kind)
        changes = {name: value for name, value in wanted.items() if value != getattr(row, name)}
        if not changes:
            return {**shift_json(row), "hints": []}
        merged = {name: getattr(row, name) for name in row._fields} | changes
        hints = self._check(connection, merged)
        store.update_shift(connection, row.id, {**changes, "version": row.version + 1})
        named = sorted(changes.keys() - {"period_given"})
        return {
            **shift_json(self._told(connection, actor, row.id, "changed", now, changed=named)),
            "hints": hints,
        }

    def cancel(
        self, connection: Connection, actor: Actor, shift_id: str, command: CancelShift, now: datetime
    ) -> dict[str, Any]:
        """Take the shift off the roster; it stays visible as cancelled. Cancelling twice changes nothing.

        Raises:
            NotFound: `shift.not_found`.
            Conflict: `home.elsewhere`, `shift.over`.
        """
        row = shift_row(connection, shift_id)
        if row.cancelled:
            return shift_json(row)
        row = _open_shift(connection, shift_id, now)
        store.update_shift(connection, row.id, {"cancelled": True, "version": row.version + 1})
        told = self._told(connection, actor, row.id, "cancelled", now, changed=["cancelled"], remark=command.reason)
        return shift_json(told)

    def follow_calendar(
        self, connection: Connection, actor: Actor, start: datetime, end: datetime, now: datetime
    ) -> int:
        """Give the shifts that start within `[start, end)` the sort of day that the calendar says now; how many."""
        moved = 0
        for row in store.shifts_between(connection, start, end):
            if row.period_given or not start <= row.starts_at < end:
                continue
            period = self._period(connection, row.starts_at, None)
            if period["period_kind"] != row.period_kind:
                store.update_shift(connection, row.id, {**period, "version": row.version + 1})
                self._told(connection, actor, row.id, "changed", now, changed=["period_kind"])
                moved += 1
        return moved

    @staticmethod
    def _period(connection: Connection, starts_at: datetime, given: PeriodKind | None) -> dict[str, Any]:
        if given is not None:
            return {"period_kind": given.value, "period_given": True}
        day = civil_date(starts_at)
        computed = period_kind(day, store.published_kinds(connection, day, day))
        return {"period_kind": computed.value, "period_given": False}

    def _check(self, connection: Connection, values: dict[str, Any]) -> list[dict[str, Any]]:
        """Refuse what cannot be; returns hints about what should not be."""
        self._check_period(values["starts_at"], values["ends_at"])
        person = store.person_by_id(connection, values["person_id"])
        if person is None or person.removed:
            raise Invalid("request.invalid", faults=(FieldFault("/person_id", "person.unknown"),))
        watch = Watch(values["id"], DutyPost(values["post"]), person.id, values["starts_at"], values["ends_at"])
        rest = self._policy.rest.value
        rows = store.shifts_of_person(connection, person.id, watch.starts_at - rest, watch.ends_at + rest)
        around = {row.id: row for row in rows}
        others = [watch_of(row) for row in rows]
        collision = first_overlap(watch, others)
        if collision is not None:
            raise Conflict("shift.overlap", **_overlap(around[collision.shift_id]))
        pause = shortest_rest(watch, others)
        if pause is None or pause >= rest:
            return []
        hours = rest.total_seconds() / 3600
        return [hint("shift.rest_short", "/starts_at", name=person.name, hours=f"{hours:g}")]

    def _check_period(self, starts_at: datetime, ends_at: datetime) -> None:
        longest = self._policy.longest.value
        if ends_at <= starts_at:
            raise Invalid("request.invalid", faults=(FieldFault("/ends_at", "shift.ends_before_start"),))
        if ends_at - starts_at > longest:
            fault = FieldFault("/ends_at", "shift.too_long", days=longest.days)
            raise Invalid("request.invalid", faults=(fault,))

    def _told(
        self,
        connection: Connection,
        actor: Actor,
        shift_id: str,
        fact: str,
        now: datetime,
        *,
        changed: list[str],
        remark: str | None = None,
    ) -> Row[Any]:
        row = shift_row(connection, shift_id)
        payload = shift_fact(row, home_site=self._deps.site, changed=changed, actor_name=actor.name, remark=remark)
        kind = f"roster.shift.{fact}.v1"
        append_facts(connection, self._deps.draft(kind, row.id, row.version, payload, now=now, actor=actor))
        return row


def shift_row(connection: Connection, shift_id: str) -> Row[Any]:
    """The shift.

    Raises:
        NotFound: `shift.not_found`.
        Conflict: `home.elsewhere`, naming the site that keeps it.
    """
    row = store.shift_by_id(connection, shift_id)
    if row is None:
        home = store.shift_home(connection, shift_id)
        if home is not None:
            raise Conflict("home.elsewhere", site=home, site_name=site_name(home))
        raise NotFound("shift.not_found")
    return row


def _open_shift(connection: Connection, shift_id: str, now: datetime) -> Row[Any]:
    """A shift that may still be changed: who was on duty in the past is a record (值班记录)."""
    row = shift_row(connection, shift_id)
    if row.cancelled:
        raise Conflict("shift.cancelled")
    if row.ends_at <= now:
        raise Conflict("shift.over")
    return row


def _overlap(other: Row[Any]) -> dict[str, Any]:
    """The other shift, for the sentence and for the screen."""
    return {
        "name": other.person_name,
        "other_shift_id": other.id,
        "other_post": other.post,
        "other_starts_at": wire_time(other.starts_at),
        "other_ends_at": wire_time(other.ends_at),
    }
