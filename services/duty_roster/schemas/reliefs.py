"""Bodies of reliefs."""

from typing import Annotated, Any

from pydantic import StringConstraints

from shared.contracts.events.relief import ReliefFact
from shared.http.schemas import Command, SaidTime
from shared.i18n import label

_Reference = Annotated[str, StringConstraints(min_length=1, max_length=36)]
_Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ApplyRelief(Command):
    """Who is to take over which part of a shift, and why; without `until_at` the rest of it."""

    shift_id: _Reference
    to_person_id: _Reference
    from_at: SaidTime
    until_at: SaidTime | None = None
    reason: _Words


class RejectRelief(Command):
    """Why not."""

    reason: _Words


def relief_json(relief: ReliefFact, version: int) -> dict[str, Any]:
    """A relief as it is answered."""
    return {
        **relief.model_dump(mode="json", exclude={"changed", "actor_name", "remark"}),
        "version": version,
        "post_label": label(f"duty_post.{relief.post.value}"),
        "state_label": label(f"relief_state.{relief.state.value}"),
    }
