"""Request and response bodies of notification."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.notification.domain.notification import CancelReason, Notification
from services.notification.domain.policy import MAX_STEPS, Policy, Step
from shared.contracts.events.notify import ChannelKind, NotificationKind, NotificationState
from shared.contracts.events.notify import Target as TargetFact
from shared.contracts.events.roster import DutyPost
from shared.http.schemas import Command, View
from shared.kernel.clock import UtcDatetime

Id = Annotated[str, StringConstraints(min_length=1, max_length=36)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]
MAX_PEOPLE = 200
MAX_SECONDS = 24 * 3600


class Acknowledge(Command):
    """I take this over; or: that person has answered by telephone."""

    note: Annotated[str, StringConstraints(max_length=500)] | None = None
    on_behalf_of: Id | None = None
    phone_answer: bool = False


class Cancel(Command):
    """Stop calling although nobody has answered."""

    reason: Words


class CallPeople(Command):
    """A call made by hand, to posts or to single people."""

    incident_id: Id | None = None
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    post: DutyPost | None = None
    posts: Annotated[list[DutyPost], Field(max_length=len(DutyPost))] = []
    person_ids: Annotated[list[Id], Field(max_length=MAX_PEOPLE)] = []

    @property
    def all_posts(self) -> tuple[DutyPost, ...]:
        """The posts named in either field, each once."""
        return tuple(dict.fromkeys([*([self.post] if self.post else []), *self.posts]))


class PolicyStepInput(Command):
    """One round of calls."""

    after_seconds: Annotated[int, Field(strict=True, ge=0, le=MAX_SECONDS)]
    posts: Annotated[list[DutyPost], Field(min_length=1, max_length=len(DutyPost))]
    channels: Annotated[list[ChannelKind], Field(min_length=1, max_length=len(ChannelKind))]
    deputies: bool = False

    def step(self) -> Step:
        """The step of the domain; what is named twice counts once."""
        posts, channels = tuple(dict.fromkeys(self.posts)), tuple(dict.fromkeys(self.channels))
        return Step(self.after_seconds, posts, channels, self.deputies)


class ChangePolicy(Command):
    """A new policy. `basis` says where it comes from, `verified` whether the bureau has checked that."""

    steps: Annotated[list[PolicyStepInput], Field(min_length=1, max_length=MAX_STEPS)]
    basis: Words
    verified: bool = False
    version: Annotated[int, Field(strict=True, ge=1)] | None = None


class NotificationView(View):
    """A call-out as it is answered."""

    id: str
    incident_id: str | None
    incident_number: str | None
    title: str
    kind: NotificationKind
    level: str | None
    state: NotificationState
    created_at: UtcDatetime
    created_by: str | None
    acknowledged_at: UtcDatetime | None
    acknowledged_by: str | None
    ack_note: str | None
    on_behalf_of: str | None
    on_behalf_of_name: str | None
    phone_answer: bool
    cancelled_at: UtcDatetime | None
    cancelled_by: str | None
    cancel_reason: CancelReason | None
    cancel_words: str | None
    next_due_at: UtcDatetime | None
    step: int
    steps_total: int
    exercise: bool
    targets: list[TargetFact]
    version: int
    home_site: str


class PolicyStepView(View):
    """One round of calls."""

    after_seconds: int
    posts: list[DutyPost]
    channels: list[ChannelKind]
    deputies: bool


class PolicyView(View):
    """The policy in force; `available` are the channels that this installation has."""

    steps: list[PolicyStepView]
    basis: str
    verified: bool
    version: int
    updated_at: UtcDatetime | None
    updated_by: str | None
    available: list[ChannelKind]


def notification_json(one: Notification, targets: Sequence[TargetFact]) -> dict[str, Any]:
    """The body of one call-out."""
    answer, ending = one.answer, one.ending
    view = NotificationView(
        id=one.id,
        incident_id=one.incident_id,
        incident_number=one.incident_number,
        title=one.title,
        kind=one.kind,
        level=one.level,
        state=one.state,
        created_at=one.created_at,
        created_by=one.created_by,
        acknowledged_at=answer.at if answer else None,
        acknowledged_by=answer.by if answer else None,
        ack_note=answer.note if answer else None,
        on_behalf_of=answer.for_id if answer else None,
        on_behalf_of_name=answer.for_name if answer else None,
        phone_answer=bool(answer.by_phone if answer else None),
        cancelled_at=ending.at if ending else None,
        cancelled_by=ending.by if ending else None,
        cancel_reason=ending.reason if ending else None,
        cancel_words=ending.words if ending else None,
        next_due_at=one.next_due_at,
        step=one.step,
        steps_total=len(one.steps),
        exercise=one.exercise,
        targets=list(targets),
        version=one.version,
        home_site=one.home_site,
    )
    return view.model_dump(mode="json")


def policy_json(policy: Policy, available: Sequence[ChannelKind]) -> dict[str, Any]:
    """The body of the policy."""
    steps = [
        PolicyStepView(
            after_seconds=step.after_seconds,
            posts=list(step.posts),
            channels=list(step.channels),
            deputies=step.deputies,
        )
        for step in policy.steps
    ]
    view = PolicyView(
        steps=steps,
        basis=policy.basis,
        verified=policy.verified,
        version=policy.version,
        updated_at=policy.updated_at,
        updated_by=policy.updated_by,
        available=list(available),
    )
    return view.model_dump(mode="json")
