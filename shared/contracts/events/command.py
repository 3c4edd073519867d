"""Facts of command at the scene: the post, its orders, evacuations with their headcount, responses."""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.contracts.events.dispatch import UnitRelation
from shared.contracts.levels import ResponseLevel
from shared.kernel.clock import UtcDatetime


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class EvacuationState(StrEnum):
    """Whether the order to leave still stands."""

    OPEN = "open"
    ENDED = "ended"


class EvacuationTeamState(StrEnum):
    """Whether a team has said that it is out, and with how many people."""

    CALLED = "called"
    CONFIRMED = "confirmed"


class ConfirmSource(StrEnum):
    """Who said how many people are out: the team on its phone, by radio, somebody at the assembly point."""

    TEAM = "team"
    RADIO = "radio"
    DESK = "desk"


class HeadCount(_Part):
    """One count of a team: when it was so at the scene, when we learnt it."""

    at: UtcDatetime
    recorded_at: UtcDatetime
    headcount: int
    missing: int = 0
    source: ConfirmSource = ConfirmSource.DESK
    by_name: str | None = None
    note: str | None = None


class EvacuationTeam(_Part):
    """A team that was told to leave, with its newest count; `late` means after the time that was given.

    Who came while it ran has `joined_at` and a `due_at` of its own.
    """

    assignment_id: str
    assignment_number: str
    unit_id: str
    unit_name: str
    relation: UnitRelation = UnitRelation.DISPATCH
    home_site: str
    members: int | None = None
    ordered_at: UtcDatetime | None = None
    joined_at: UtcDatetime | None = None
    due_at: UtcDatetime | None = None
    state: EvacuationTeamState = EvacuationTeamState.CALLED
    headcount: int | None = None
    missing: int = 0
    confirmed_at: UtcDatetime | None = None
    late: bool = False
    counts: list[HeadCount] = []


class EvacuationFact(Fact):
    """一键撤离 (国务院令 708 号 §22): when teams are told to leave or join, at every count, when time is up, at last.

    Sent by dispatch. Heard by notification, which calls every team until it answers, by intake (timeline) and the
    picture. `unaccounted` are the people that teams which are out miss; who has not been counted yet is
    `called - confirmed` teams.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"dispatch.evacuation.{fact}.v1" for fact in ("ordered", "joined", "confirmed", "overdue", "ended")
    )

    id: str
    number: str
    incident_id: str
    incident_number: str
    incident_title: str
    reason: str
    assembly_mark_id: str | None = None
    assembly_text: str | None = None
    all_teams: bool = True
    state: EvacuationState
    ordered_at: UtcDatetime
    ordered_by: str | None = None
    due_at: UtcDatetime
    minutes: int
    basis: str
    verified: bool = False
    teams: list[EvacuationTeam] = []
    called: int = 0
    confirmed: int = 0
    headcount: int = 0
    unaccounted: int = 0
    is_overdue: bool = False
    rounds: int = 0
    """How often it was told that teams are late: who joins later may be late by themselves."""
    reported_team: str | None = None
    """The assignment whose count caused this fact."""
    ended_at: UtcDatetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None
    home_site: str


class CommandPostState(StrEnum):
    """Whether the post is at work."""

    OPEN = "open"
    CLOSED = "closed"


class CommandGroup(_Part):
    """工作组 of a command post; its telephone stays in the store."""

    id: str
    name: str
    leader_name: str | None = None


class Attendance(_Part):
    """Somebody has signed in at the post, and perhaps left it."""

    id: str
    name: str
    organisation: str
    group_id: str | None = None
    signed_at: UtcDatetime
    left_at: UtcDatetime | None = None


class CommandPostFact(Fact):
    """现场指挥部 (突发事件应对法 §72, 国务院令 708 号 §20–21).

    Sent by dispatch after every change. Heard by intake (timeline) and the picture.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(f"dispatch.post.{fact}.v1" for fact in ("set_up", "changed", "closed"))

    id: str
    incident_id: str
    incident_number: str
    incident_title: str
    name: str
    state: CommandPostState
    lon: float | None = None
    lat: float | None = None
    text: str | None = None
    commander_name: str
    commander_post: str | None = None
    set_up_at: UtcDatetime
    groups: list[CommandGroup] = []
    attendance: list[Attendance] = []
    present: int = 0
    """How many have signed in and not left."""
    closed_at: UtcDatetime | None = None
    close_reason: str | None = None
    home_site: str


class ReceiverState(StrEnum):
    """What a receiver has said to an order."""

    SENT = "sent"
    RECEIVED = "received"
    DONE = "done"
    REFUSED = "refused"


class ReceiverWord(_Part):
    """One answer to an order."""

    state: ReceiverState
    at: UtcDatetime
    recorded_at: UtcDatetime
    by_name: str | None = None
    note: str | None = None


class OrderReceiver(_Part):
    """Whom an order is for: a team of the incident, or anybody by name; `key` names them when they answer."""

    key: str
    name: str
    assignment_id: str | None = None
    unit_id: str | None = None
    state: ReceiverState = ReceiverState.SENT
    at: UtcDatetime | None = None
    note: str | None = None
    words: list[ReceiverWord] = []


class CommandOrderFact(Fact):
    """指令单: sent by dispatch when an order of the post is issued, at every answer, and when its times are up.

    Heard by notification, which calls whoever has not answered, by intake (timeline) and the picture.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(f"dispatch.order.{fact}.v1" for fact in ("issued", "answered", "overdue"))

    id: str
    number: str
    incident_id: str
    incident_number: str
    incident_title: str
    post_id: str | None = None
    content: str
    issued_at: UtcDatetime
    issued_by: str
    due_at: UtcDatetime | None = None
    receivers: list[OrderReceiver] = []
    is_settled: bool = False
    """Everybody has done it or refused."""
    receipt_due_at: UtcDatetime | None = None
    """By then everybody should have said that they have it."""
    is_unreceipted: bool = False
    """That time passed and somebody had said nothing."""
    is_overdue: bool = False
    """The time to have it done passed."""
    answered_by: str | None = None
    """Name of the receiver whose answer caused this fact."""
    answer: ReceiverState | None = None
    home_site: str


class ActivationState(StrEnum):
    """Whether a response is in force."""

    ACTIVE = "active"
    ENDED = "ended"


class ActivationStep(_Part):
    """How a response was started or changed."""

    at: UtcDatetime
    level: ResponseLevel
    expected_until: UtcDatetime
    by_name: str | None = None
    reason: str | None = None
    authority_reference: str | None = None


class ActivationFact(Fact):
    """应急响应 (突发事件应对法 §71–72): what, which level, until when, which measures.

    Sent by dispatch, also when the expected end has passed (`overdue`): then somebody must extend or end it. Heard by
    notification, intake (timeline) and the picture.

    The level is the command's own (`ResponseLevel`), neither the incident's grade nor a warning's colour.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"dispatch.activation.{fact}.v1" for fact in ("started", "adjusted", "overdue", "ended")
    )

    id: str
    incident_id: str | None = None
    incident_number: str | None = None
    incident_title: str | None = None
    plan_text: str | None = None
    matter: str
    level: ResponseLevel
    state: ActivationState
    measures: str
    areas: list[str] = []
    authority_reference: str | None = None
    started_at: UtcDatetime
    started_by: str | None = None
    expected_until: UtcDatetime
    is_overdue: bool = False
    steps: list[ActivationStep] = []
    ended_at: UtcDatetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None
    home_site: str
