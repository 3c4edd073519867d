"""Bodies of handovers."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.duty_roster.domain.handover import open_incidents
from shared.contracts.events.duty import HandoverFact
from shared.contracts.events.roster import DutyPost
from shared.http.schemas import Command, SaidTime
from shared.i18n import label

Reference = Annotated[str, StringConstraints(min_length=1, max_length=36)]
ItemId = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Words = Annotated[str, StringConstraints(max_length=1000)]
MOST_ITEMS = 2000


class OpenHandover(Command):
    """Who hands which post to whom; `at` is the change by plan (default: now)."""

    post: DutyPost
    from_person: Reference
    to_person: Reference
    at: SaidTime | None = None


class SignOut(Command):
    """The outgoing person: every line ticked, notes at lines, and what there is to explain."""

    done: Annotated[list[ItemId], Field(max_length=MOST_ITEMS)]
    notes: Annotated[dict[ItemId, Annotated[str, StringConstraints(max_length=300)]], Field(max_length=MOST_ITEMS)] = {}
    explanation: Words | None = None


class SignIn(Command):
    """The incoming person: every line confirmed."""

    confirmed: Annotated[list[ItemId], Field(max_length=MOST_ITEMS)]
    note: Words | None = None


class CancelHandover(Command):
    """Why it is not made."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


def handover_json(handover: HandoverFact, version: int) -> dict[str, Any]:
    """A handover as it is answered; `responsible` is who answers for the post now."""
    body = handover.model_dump(mode="json", exclude={"changed", "actor_name", "remark"})
    is_over = handover.signed_in is not None
    return {
        **body,
        "version": version,
        "post_label": label(f"duty_post.{handover.post.value}"),
        "state_label": label(f"handover_state.{handover.state.value}"),
        "open_incidents": open_incidents(handover.items),
        "responsible": handover.to_name if is_over else handover.from_name,
    }
