"""Facts of a night on duty: 交接班 (handover), 点名 (roll call) and 换岗 (relief)."""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.contracts.events.roster import DutyPost
from shared.kernel.clock import UtcDatetime


class HandoverState(StrEnum):
    """Where a handover stands; until `signed_in` the outgoing person is responsible."""

    OPEN = "open"
    SIGNED_OUT = "signed_out"
    SIGNED_IN = "signed_in"
    CANCELLED = "cancelled"


class HandoverItemKind(StrEnum):
    """What is handed over: 未结事件、待办时限、未回执通知、在岗设备和钥匙密码."""

    INCIDENT = "incident"
    REPORT_CLOCK = "report_clock"
    NOTIFICATION = "notification"
    CHECK = "check"


class HandoverItem(BaseModel):
    """One line: ticked by who goes, confirmed by who comes.

    Args:
        id: stays the same for the same matter.
        is_added: it came after the outgoing person had signed.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    kind: HandoverItemKind
    ref: str | None = None
    text: str
    due_at: UtcDatetime | None = None
    done: bool = False
    note: str | None = None
    confirmed: bool = False
    is_added: bool = False


class Signature(BaseModel):
    """Who signed by an own login, and when."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: UtcDatetime
    name: str
    account: str


class HandoverFact(Fact):
    """Sent by the roster after every step of a handover. Heard by nobody yet but who reads the stream.

    Args:
        at: when the posts change hands by plan.
        explanation: what the outgoing person says of what is open; only without open incidents it may lack.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"roster.handover.{fact}.v1" for fact in ("opened", "signed_out", "signed_in", "cancelled")
    )

    id: str
    post: DutyPost
    from_person_id: str
    from_name: str
    to_person_id: str
    to_name: str
    at: UtcDatetime
    state: HandoverState
    opened_at: UtcDatetime
    items: list[HandoverItem] = []
    explanation: str | None = None
    signed_out: Signature | None = None
    signed_in: Signature | None = None
    receipt_note: str | None = None
    home_site: str
