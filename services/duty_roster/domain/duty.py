"""Who is on duty, which posts are short, and which shifts of one person collide. All periods are half-open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from shared.contracts.events.roster import DutyPost
from shared.kernel.limits import Limit


@dataclass(frozen=True, slots=True)
class Watch:
    """One person at one post during `[starts_at, ends_at)`."""

    shift_id: str
    post: DutyPost
    person_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class PostGap:
    """A post that has fewer people than it needs during `[starts_at, ends_at)`."""

    post: DutyPost
    required: int
    present: int
    starts_at: datetime
    ends_at: datetime

    @property
    def code(self) -> str:
        """`roster.post_empty` when nobody is there, else `roster.post_short`."""
        return "roster.post_short" if self.present else "roster.post_empty"


def on_duty(watches: Iterable[Watch], at: datetime) -> list[Watch]:
    """The watches that cover the instant, earliest first."""
    present = [watch for watch in watches if watch.starts_at <= at < watch.ends_at]
    return sorted(present, key=lambda watch: (watch.starts_at, watch.shift_id))


def gaps(
    watches: Iterable[Watch], required: Mapping[DutyPost, Limit[int]], start: datetime, end: datetime
) -> list[PostGap]:
    """Where, within `[start, end)`, a required post has too few people; neighbouring equal gaps are one.

    A person who stands twice at the same post counts once.
    """
    known = list(watches)
    found: list[PostGap] = []
    for post, need in required.items():
        at_post = [watch for watch in known if watch.post is post and watch.starts_at < end and watch.ends_at > start]
        found.extend(_gaps_of(post, need.value, at_post, start, end))
    return found


def _gaps_of(post: DutyPost, need: int, watches: list[Watch], start: datetime, end: datetime) -> list[PostGap]:
    edges = {start, end}
    for watch in watches:
        edges |= {max(start, watch.starts_at), min(end, watch.ends_at)}
    cuts = sorted(edges)
    found: list[PostGap] = []
    for left, right in pairwise(cuts):
        present = len({watch.person_id for watch in on_duty(watches, left)})
        if present >= need:
            continue
        last = found[-1] if found else None
        if last is not None and last.ends_at == left and last.present == present:
            found[-1] = PostGap(post, need, present, last.starts_at, right)
        else:
            found.append(PostGap(post, need, present, left, right))
    return found


def first_overlap(watch: Watch, others: Iterable[Watch]) -> Watch | None:
    """The first other watch of the same person at the same time: nobody stands at two posts."""
    colliding = [
        other
        for other in others
        if other.person_id == watch.person_id
        and other.shift_id != watch.shift_id
        and other.starts_at < watch.ends_at
        and watch.starts_at < other.ends_at
    ]
    return min(colliding, key=lambda other: (other.starts_at, other.shift_id), default=None)


def shortest_rest(watch: Watch, others: Iterable[Watch]) -> timedelta | None:
    """The shorter of the pauses before and after the watch, None if the person has no other."""
    pauses = [
        watch.starts_at - other.ends_at if other.ends_at <= watch.starts_at else other.starts_at - watch.ends_at
        for other in others
        if other.person_id == watch.person_id and other.shift_id != watch.shift_id
    ]
    return min((pause for pause in pauses if pause >= timedelta(0)), default=None)
