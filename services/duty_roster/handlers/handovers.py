"""交接班: opened with what is open, signed by who goes, then by who comes; each by an own login."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from services.duty_roster import store
from services.duty_roster.domain.handover import CHECKS_BASIS as _BASIS
from services.duty_roster.domain.handover import (
    UNSIGNED,
    USUAL_CHECKS,
    CheckLine,
    confirmed,
    current_items,
    open_incidents,
    ticked,
    unticked,
)
from services.duty_roster.domain.policy import RosterPolicy
from services.duty_roster.handlers.people import require_own
from services.duty_roster.handlers.settings import Kept
from services.duty_roster.schemas.handovers import CancelHandover, OpenHandover, SignIn, SignOut, handover_json
from services.duty_roster.store.matters import open_items
from services.duty_roster.store.records import add_record, find_record, records_in, save_record
from services.duty_roster.tables import HANDOVER
from shared.contracts.events.acts import Act
from shared.contracts.events.duty import HandoverFact, HandoverItem, HandoverItemKind, HandoverState, Signature
from shared.contracts.events.roster import DutyPost
from shared.http.hosting import Deps
from shared.kernel.access import Actor
from shared.kernel.errors import Conflict, FieldFault, Invalid, NotFound
from shared.kernel.ids import new_id
from shared.storage.system import append_facts

CHECKLIST = Kept(
    "handover_checks",
    {"checks": [{"id": one.id, "text": one.text} for one in USUAL_CHECKS], "basis": _BASIS, "verified": False},
)


def handover_of(row: Row[Any]) -> HandoverFact:
    """The value in a row."""
    return HandoverFact.model_validate(row.body)


class Handovers:
    """The commands on handovers of one roster."""

    def __init__(self, deps: Deps, policy: RosterPolicy) -> None:
        self._deps = deps
        self._policy = policy

    def open(self, connection: Connection, actor: Actor, command: OpenHandover, now: datetime) -> dict[str, Any]:
        """Begin one, prefilled with what is open.

        Raises:
            Invalid: a person is unknown, both are the same, or one of them has no shift at the post around now;
                `handover.at_too_far`: a date typed wrong would put it before or behind all others.
            Conflict: `handover.under_way`, the same person hands over the same post already.
        """
        names = self._people(connection, command, now)
        for row in records_in(connection, HANDOVER, UNSIGNED):
            other = handover_of(row)
            if (other.post, other.from_person_id) == (command.post, command.from_person):
                raise Conflict("handover.under_way", name=other.from_name, current=handover_json(other, row.version))
        made = HandoverFact(
            id=new_id(),
            post=command.post,
            from_person_id=command.from_person,
            from_name=names[command.from_person],
            to_person_id=command.to_person,
            to_name=names[command.to_person],
            at=command.at or now,
            state=HandoverState.OPEN,
            opened_at=now,
            items=lines_now(connection),
            home_site=self._deps.site,
        )
        values = {"id": made.id, "at": made.at, "state": made.state.value, "version": 1}
        add_record(connection, HANDOVER, {**values, "body": made.model_dump(mode="json")})
        self._tell(connection, actor, "opened", made, 1, now)
        return handover_json(made, 1)

    def sign_out(
        self, connection: Connection, actor: Actor, ident: str, command: SignOut, now: datetime
    ) -> dict[str, Any]:
        """The outgoing person signs; responsible all the same until the other has signed.

        Raises:
            Forbidden: `handover.not_yours`.
            Conflict: `handover.state`, `handover.items_unticked` with the lines as they are now as `current`.
            Invalid: `handover.explanation_required`, there are open incidents (未结事件为零才允许免说明).
        """
        row, before = self._unsigned(connection, ident, HandoverState.OPEN)
        require_own(connection, actor, before.from_person_id, "handover.not_yours")
        items = current_items(before, lines_now(connection))
        _require_all(before, items, command.done, row.version)
        if open_incidents(items) and not command.explanation:
            fault = FieldFault("/explanation", "handover.explanation_required", count=open_incidents(items))
            raise Invalid("request.invalid", faults=(fault,))
        changes = {
            "state": HandoverState.SIGNED_OUT,
            "items": ticked(items, command.notes),
            "explanation": command.explanation or None,
            "signed_out": Signature(at=now, name=actor.name, account=actor.username),
        }
        return self._keep(connection, actor, "signed_out", row, before, changes, now)

    def sign_in(
        self, connection: Connection, actor: Actor, ident: str, command: SignIn, now: datetime
    ) -> dict[str, Any]:
        """The incoming person has gone through every line and takes the post over.

        Raises:
            Forbidden: `handover.not_yours`.
            Conflict: `handover.state`, `handover.items_unticked` with the lines as they are now as `current`.
        """
        row, before = self._unsigned(connection, ident, HandoverState.SIGNED_OUT)
        require_own(connection, actor, before.to_person_id, "handover.not_yours")
        items = current_items(before, lines_now(connection))
        _require_all(before, items, command.confirmed, row.version)
        changes = {
            "state": HandoverState.SIGNED_IN,
            "items": confirmed(items),
            "receipt_note": command.note or None,
            "signed_in": Signature(at=now, name=actor.name, account=actor.username),
        }
        return self._keep(connection, actor, "signed_in", row, before, changes, now)

    def cancel(
        self, connection: Connection, actor: Actor, ident: str, command: CancelHandover, now: datetime
    ) -> dict[str, Any]:
        """Not made after all, by name and with a reason; it stays to be read.

        Raises:
            Conflict: `handover.state`, both have signed or it was cancelled before.
        """
        row, before = self._unsigned(connection, ident, *UNSIGNED)
        changes = {"state": HandoverState.CANCELLED, "items": current_items(before, lines_now(connection))}
        return self._keep(connection, actor, "cancelled", row, before, changes, now, remark=command.reason)

    def _keep(
        self, connection: Connection, actor: Actor, fact: str, row: Row[Any], before: HandoverFact,
        changes: dict[str, Any], now: datetime, *, remark: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        after, version = before.model_copy(update=changes), row.version + 1
        values = {"state": after.state.value, "version": version, "body": after.model_dump(mode="json")}
        save_record(connection, HANDOVER, row.id, values)
        told = after.model_copy(update={"changed": sorted(changes), "remark": remark})
        self._tell(connection, actor, fact, told, version, now)
        return handover_json(after, version)

    def _tell(
        self, connection: Connection, actor: Actor, fact: str, told: HandoverFact, version: int, now: datetime
    ) -> None:
        told = told.model_copy(update={"actor_name": actor.name})
        draft = self._deps.draft(f"roster.handover.{fact}.v1", told.id, version, told, now=now, actor=actor)
        append_facts(connection, draft)
        if fact != "opened":
            act = Act.HANDOVER_CANCELLED if fact == "cancelled" else Act.HANDOVER_SIGNED
            target = f"{told.from_name} → {told.to_name}"
            detail = {"post": told.post.value, "step": fact, "reason": told.remark}
            append_facts(connection, self._deps.acted("roster", act, actor, now=now, target=target, detail=detail))

    def _people(self, connection: Connection, command: OpenHandover, now: datetime) -> dict[str, str]:
        """Names of both, who must have a shift at the post: the one until lately, the other soon or already."""
        if command.from_person == command.to_person:
            raise Invalid("request.invalid", faults=(FieldFault("/to_person", "handover.same_person"),))
        names = {}
        span, faults = self._policy.handover_within.value, []
        if abs((command.at or now) - now) > span:
            faults.append(FieldFault("/at", "handover.at_too_far"))
        turns = (
            ("/from_person", command.from_person, now - span, now),
            ("/to_person", command.to_person, now, now + span),
        )
        for pointer, person_id, start, end in turns:
            person = store.person_by_id(connection, person_id)
            if person is None or person.removed:
                faults.append(FieldFault(pointer, "person.unknown"))
            elif not _stands(connection, command.post, person_id, start, end):
                faults.append(FieldFault(pointer, "handover.no_shift", name=person.name))
            names[person_id] = person.name if person else ""
        if faults:
            raise Invalid("request.invalid", faults=tuple(faults))
        return names

    @staticmethod
    def _unsigned(connection: Connection, ident: str, *states: HandoverState) -> tuple[Row[Any], HandoverFact]:
        row = handover_row(connection, ident)
        found = handover_of(row)
        if found.state not in states:
            raise Conflict("handover.state", state=found.state.value, current=handover_json(found, row.version))
        return row, found


def _stands(connection: Connection, post: DutyPost, person_id: str, start: datetime, end: datetime) -> bool:
    return any(row.post == post.value for row in store.shifts_of_person(connection, person_id, start, end))


def _require_all(before: HandoverFact, items: list[HandoverItem], ids: list[str], version: int) -> None:
    missing = unticked(items, set(ids))
    if missing:
        current = handover_json(before.model_copy(update={"items": items}), version)
        raise Conflict("handover.items_unticked", count=len(missing), first=missing[0].text, current=current)


def handover_row(connection: Connection, ident: str) -> Row[Any]:
    """The handover.

    Raises:
        NotFound: `handover.not_found`.
    """
    row = find_record(connection, HANDOVER, ident)
    if row is None:
        raise NotFound("handover.not_found")
    return row


def lines_now(connection: Connection) -> list[HandoverItem]:
    """What would have to be handed over at this moment: what is open, then the bureau's checklist."""
    checks = [CheckLine(**one) for one in CHECKLIST.body(connection)["checks"]]
    lines = [HandoverItem(id=f"check:{one.id}", kind=HandoverItemKind.CHECK, text=one.text) for one in checks]
    return [*open_items(connection), *lines]


def shown(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """A handover with its lines as they are now."""
    handover = handover_of(row)
    if handover.state in UNSIGNED:
        handover = handover.model_copy(update={"items": current_items(handover, lines_now(connection))})
    return handover_json(handover, row.version)


def unsigned(connection: Connection) -> list[dict[str, Any]]:
    """Handovers that are under way: the outgoing person answers for the post until the other has signed."""
    names = ("id", "post", "post_label", "from_person_id", "from_name", "to_person_id", "to_name", "at", "state",
             "state_label", "responsible")  # fmt: skip
    found = [handover_json(handover_of(row), row.version) for row in records_in(connection, HANDOVER, UNSIGNED)]
    return [{name: one[name] for name in names} for one in found]
