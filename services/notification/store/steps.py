"""Steps of a policy as JSON."""

from collections.abc import Iterable
from typing import Any

from services.notification.domain.policy import Step
from shared.contracts.events.notify import ChannelKind
from shared.contracts.events.roster import DutyPost


def steps_json(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """For a column."""
    return [
        {
            "after_seconds": step.after_seconds,
            "posts": [post.value for post in step.posts],
            "channels": [channel.value for channel in step.channels],
            "deputies": step.deputies,
            "people": list(step.people),
            **({"units": list(step.units)} if step.units else {}),
        }
        for step in steps
    ]


def steps_of(document: list[dict[str, Any]]) -> tuple[Step, ...]:
    """From a column."""
    return tuple(
        Step(
            after_seconds=one["after_seconds"],
            posts=tuple(DutyPost(post) for post in one["posts"]),
            channels=tuple(ChannelKind(channel) for channel in one["channels"]),
            deputies=one["deputies"],
            people=tuple(one["people"]),
            units=tuple(one.get("units", ())),
        )
        for one in document
    )
