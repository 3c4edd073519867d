"""The escalation policy: who is called after how long, by which ways."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from shared.contracts.events.notify import ChannelKind
from shared.contracts.events.roster import DutyPost
from shared.kernel.errors import FieldFault, Invalid

MAX_STEPS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One round of calls.

    Args:
        after_seconds: counted from the first step.
        posts: those on duty in these posts are called.
        channels: by these ways; the screen is always one of them.
        deputies: the deputies (AB 角) of those people are called too.
        people: ids of people who are called whether on duty or not; only in calls made by hand.
        units: ids of units whose leaders are called: by their accounts, and by the telephone of the unit's contact.
    """

    after_seconds: int
    posts: tuple[DutyPost, ...]
    channels: tuple[ChannelKind, ...]
    deputies: bool = False
    people: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy in force; a running call-out keeps the one it began with."""

    steps: tuple[Step, ...]
    basis: str
    verified: bool
    version: int
    updated_at: datetime | None = None
    updated_by: str | None = None


def check_steps(steps: tuple[Step, ...]) -> None:
    """Refuse a policy that could not call anybody in order.

    Raises:
        Invalid: `notification_policy.first_step_late`, `notification_policy.steps_disordered`.
    """
    faults = []
    if steps[0].after_seconds != 0:
        faults.append(FieldFault("/steps/0/after_seconds", "notification_policy.first_step_late"))
    for index, (before, after) in enumerate(pairwise(steps), start=1):
        if after.after_seconds <= before.after_seconds:
            faults.append(FieldFault(f"/steps/{index}/after_seconds", "notification_policy.steps_disordered"))
    if faults:
        raise Invalid("request.invalid", faults=tuple(faults))


def wait_after(steps: tuple[Step, ...], index: int, answer_time: timedelta) -> timedelta:
    """How long after the start of this step the next one starts, or after the last one the alarm."""
    if index + 1 < len(steps):
        return timedelta(seconds=steps[index + 1].after_seconds - steps[index].after_seconds)
    return answer_time


def by_hand(policy: Policy, posts: tuple[DutyPost, ...], people: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps of a call made by hand: those named, and again when the policy would call again; then the alarm."""
    channels = policy.steps[0].channels
    again = policy.steps[1].after_seconds if len(policy.steps) > 1 else None
    times = [0] if again is None else [0, again]
    return tuple(Step(after, posts, channels, people=people) for after in times)
