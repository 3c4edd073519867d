"""A post of the desk that changed hands by the roster without anybody handing it over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.duty_roster.domain.duty import Watch, on_duty
from shared.contracts.events.duty import HandoverFact, HandoverState
from shared.contracts.events.roster import DutyPost
from shared.kernel.limits import Limit

DESK_POSTS: Final = (DutyPost.CHIEF_OFFICER, DutyPost.DUTY_OFFICER)
"""Who sits at the desk; leaders answer for the day by telephone and are shown on the duty card."""
NEIGHBOURS: Final = Limit(timedelta(hours=1), "前后两班之间相隔不超过一小时算同一次换班,自定")


@dataclass(frozen=True, slots=True)
class Unhanded:
    """Since `at` others stand at the post, and none of those who stood there before has begun to hand over."""

    post: DutyPost
    at: datetime
    outgoing: tuple[Watch, ...]
    incoming: tuple[Watch, ...]


def unhanded(
    watches: Iterable[Watch], handovers: Iterable[HandoverFact], now: datetime, *, relieved: frozenset[str]
) -> list[Unhanded]:
    """The posts of the desk whose last change of shift nobody has begun to sign.

    Args:
        watches: those of the last day, also the ones that have ended.
        relieved: ids of shifts that came from an approved relief, which is a signed paper of its own.
    """
    known, papers = list(watches), [one for one in handovers if one.state is not HandoverState.CANCELLED]
    found = []
    for post in DESK_POSTS:
        change = _last_change([watch for watch in known if watch.post is post], post, now)
        if change is None or any(watch.shift_id in relieved for watch in (*change.outgoing, *change.incoming)):
            continue
        if not any(_hands_over(paper, change) for paper in papers):
            found.append(change)
    return found


def _last_change(watches: list[Watch], post: DutyPost, now: datetime) -> Unhanded | None:
    present = on_duty(watches, now)
    if not present:
        return None  # nobody to hand over to: the gap is told by itself
    at = max(watch.starts_at for watch in present)
    there = {watch.person_id for watch in present}
    outgoing = tuple(
        watch
        for watch in watches
        if watch.person_id not in there and at - NEIGHBOURS.value <= watch.ends_at and watch.starts_at < at
    )
    incoming = tuple(watch for watch in present if watch.starts_at == at)
    return Unhanded(post, at, outgoing, incoming) if outgoing else None


def _hands_over(paper: HandoverFact, change: Unhanded) -> bool:
    return paper.post is change.post and any(
        paper.from_person_id == watch.person_id and paper.opened_at >= watch.starts_at for watch in change.outgoing
    )
