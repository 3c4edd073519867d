"""The life of a warning: what updates, cancels and outlives what. The order of arrival does not matter."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from services.incident_intake.domain.cap_alert import CapAlert, CapModel, CapReference, MessageKey
from services.incident_intake.domain.cap_words import MessageType
from shared.kernel.clock import UtcDatetime

_ACTING = {MessageType.UPDATE, MessageType.CANCEL}
_ANSWERS = {MessageType.ACK, MessageType.ERROR}


class WarningState(StrEnum):
    """Where a warning is in its life; only `current` may look alive on a screen."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class WarningRecord(CapModel):
    """A message that was accepted, and what later or earlier messages did to it.

    `unresolved` lists what an Update or Cancel refers to and we do not have: the mark of a stand-alone message.
    `is_own`: issued here, so that it may be raised, lowered and lifted here.
    """

    alert: CapAlert
    received_at: UtcDatetime
    superseded_by: MessageKey | None = None
    cancelled_by: MessageKey | None = None
    unresolved: tuple[CapReference, ...] = ()
    is_own: bool = False

    @property
    def expires_at(self) -> datetime | None:
        """When the last info block expires; None when one of them, or all, do not say."""
        times = [info.expires for info in self.alert.infos]
        known = [time for time in times if time is not None]
        return max(known) if known and len(known) == len(times) else None

    def state(self, now: datetime) -> WarningState:
        """The state at `now`; a Cancel is over as soon as it is read, since it warns of nothing itself."""
        if self.cancelled_by is not None or self.alert.msg_type is MessageType.CANCEL:
            return WarningState.CANCELLED
        if self.superseded_by is not None:
            return WarningState.SUPERSEDED
        expires_at = self.expires_at
        if self.alert.msg_type in _ANSWERS or (expires_at is not None and expires_at <= now):
            return WarningState.EXPIRED
        return WarningState.CURRENT

    def is_current(self, now: datetime) -> bool:
        """Whether people are being warned of this at `now` (突发事件应对法 §70: an adjusted or lifted one is over)."""
        return self.state(now) is WarningState.CURRENT


class Arrival(StrEnum):
    """What the arrival of a message meant."""

    NEW = "new"
    REPEATED = "repeated"
    REPEATED_DIFFERENTLY = "repeated_differently"


class LifecycleStep(CapModel):
    """The outcome of one arrival: `record` is the message's own record, `changed` all records to be stored."""

    arrival: Arrival
    record: WarningRecord
    changed: tuple[WarningRecord, ...]


def identifies(reference: CapReference, alert: CapAlert) -> bool:
    """Whether a reference means this message; what the reference left out is not compared."""
    return (
        reference.identifier == alert.identifier
        and reference.sender in {None, alert.sender}
        and reference.sent in {None, alert.sent}
    )


def lifecycle(
    existing: Iterable[WarningRecord], alert: CapAlert, now: datetime, *, is_own: bool = False
) -> LifecycleStep:
    """Take one message into the stored ones.

    Args:
        existing: at least every record with an identifier that `alert` refers to, every record with `alert`'s own
            identifier, and every record with an unresolved reference to it. Others do no harm.
        alert: the message that arrived, early, late or again.
        now: when it arrived, aware.
        is_own: whether it was issued here.
    """
    stored = {record.alert.key: record for record in existing}
    known = stored.get(alert.key)
    if known is not None:
        same = known.alert.model_copy(update={"position": alert.position}) == alert
        return LifecycleStep(
            arrival=Arrival.REPEATED if same else Arrival.REPEATED_DIFFERENTLY, record=known, changed=()
        )
    record = WarningRecord(alert=alert, received_at=now, unresolved=_targets(alert), is_own=is_own)
    changed: list[WarningRecord] = []
    for other in stored.values():
        record = _meet(record, other.alert)
        touched = _meet(other, alert)
        if touched != other:
            changed.append(touched)
    return LifecycleStep(arrival=Arrival.NEW, record=record, changed=(record, *changed))


def _targets(alert: CapAlert) -> tuple[CapReference, ...]:
    """What the message acts on. A reference to itself is none: real feeds put the own identifier there."""
    if alert.msg_type not in _ACTING:
        return ()
    return tuple(dict.fromkeys(ref for ref in alert.references if not identifies(ref, alert)))


def _meet(record: WarningRecord, other: CapAlert) -> WarningRecord:
    """The record after it has met another message, whichever of the two came first."""
    if not _same_world(record.alert, other):
        return record
    unresolved = tuple(ref for ref in record.unresolved if not identifies(ref, other))
    update: dict[str, object] = {"unresolved": unresolved}
    if _acts_on(other, record.alert):
        if other.msg_type is MessageType.CANCEL:
            update["cancelled_by"] = _later(record.cancelled_by, other.key)
        else:
            update["superseded_by"] = _later(record.superseded_by, other.key)
    return record.model_copy(update=update)


def _same_world(one: CapAlert, other: CapAlert) -> bool:
    """INVARIANT: an exercise, a test or a draft never updates or cancels a real warning, nor the other way round."""
    return one.status is other.status and one.is_real == other.is_real


def _acts_on(actor: CapAlert, target: CapAlert) -> bool:
    """Whether `actor` replaces or cancels `target`: it refers to it and was sent no earlier.

    Two messages of the same second that refer to each other leave both standing: duplicates over silence.
    """
    if actor.sent < target.sent or not _refers(actor, target):
        return False
    return actor.sent > target.sent or not _refers(target, actor)


def _refers(actor: CapAlert, target: CapAlert) -> bool:
    return any(identifies(ref, target) for ref in _targets(actor))


def _later(one: MessageKey | None, other: MessageKey) -> MessageKey:
    """The later of two keys, so that the result does not depend on which was met first."""
    if one is None:
        return other
    return max(one, other, key=lambda key: (key.sent, key.sender, key.identifier))
