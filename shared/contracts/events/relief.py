"""Facts of reliefs (换岗): somebody takes over the rest of a shift, with the other's word and a leader's approval."""

from enum import StrEnum
from typing import ClassVar

from shared.contracts.events.base import Fact
from shared.contracts.events.duty import Signature
from shared.contracts.events.roster import DutyPost
from shared.kernel.clock import UtcDatetime


class ReliefState(StrEnum):
    """申请、对方同意、负责人批准或不批准; only `approved` changes the roster."""

    APPLIED = "applied"
    AGREED = "agreed"
    APPROVED = "approved"
    REJECTED = "rejected"


class ReliefFact(Fact):
    """Sent by the roster after every step of a relief. Heard by notification, which calls whose step it is.

    Args:
        from_at, until_at: which part of the shift is taken over.
        effective_at: from when it was, since approval takes nothing back: not before the approval.
        new_shift_id: the shift of who relieves.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"roster.relief.{fact}.v1" for fact in ("applied", "agreed", "approved", "rejected")
    )

    id: str
    shift_id: str
    post: DutyPost
    from_person_id: str
    from_name: str
    to_person_id: str
    to_name: str
    from_at: UtcDatetime
    until_at: UtcDatetime
    reason: str
    state: ReliefState
    applied: Signature
    agreed: Signature | None = None
    decided: Signature | None = None
    decision_reason: str | None = None
    effective_at: UtcDatetime | None = None
    new_shift_id: str | None = None
    home_site: str
