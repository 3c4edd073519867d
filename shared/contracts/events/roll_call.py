"""Facts of roll calls (点名): which townships were called, who answered in time, late, for another, or not at all."""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.kernel.clock import UtcDatetime


class RollCallKind(StrEnum):
    """计划点名(all)、随机抽查、视频点名(drawn)."""

    PLANNED = "planned"
    RANDOM = "random"
    VIDEO = "video"


class RollCallState(StrEnum):
    """Whether answers are still taken."""

    RUNNING = "running"
    FINISHED = "finished"


class RollCallResult(StrEnum):
    """待应、应答、代答、超时(answered after the limit)、未应答."""

    WAITING = "waiting"
    ANSWERED = "answered"
    STAND_IN = "stand_in"
    LATE = "late"
    MISSED = "missed"


class RollCallUnit(BaseModel):
    """One township and whom it was called by.

    Args:
        person_id: who is called first; nobody when the township has named nobody.
        leader_id: who is called when there is no answer in time.
        overdue: the limit passed without an answer.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    code: str
    name: str
    person_id: str | None = None
    person_name: str | None = None
    leader_id: str | None = None
    leader_name: str | None = None
    result: RollCallResult = RollCallResult.WAITING
    overdue: bool = False
    answered_at: UtcDatetime | None = None
    answered_by: str | None = None
    note: str | None = None


class RollCallFact(Fact):
    """Sent by the roster when a roll call starts, at each answer, when the limit has passed, and at its end.

    Heard by notification, which calls each unit's responsible person and then the leader; by reporting, whose bulletin
    counts the rate.

    Args:
        seed: from which the units were drawn, so that anybody can draw again; None when all or named ones were called.
        due_at: who answers later answers late.
        closes_at: who has not answered by then has not answered.
        slot: the moment of the plan that it was started for.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"roster.roll_call.{fact}.v1" for fact in ("started", "answered", "missed", "finished")
    )

    id: str
    kind: RollCallKind
    state: RollCallState
    started_at: UtcDatetime
    started_by: str | None = None
    due_at: UtcDatetime
    closes_at: UtcDatetime
    finished_at: UtcDatetime | None = None
    timeout_seconds: int
    basis: str
    verified: bool = False
    seed: int | None = None
    slot: UtcDatetime | None = None
    units: list[RollCallUnit] = []
    home_site: str
