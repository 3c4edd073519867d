"""Whom a step calls: those on duty in its posts, their deputies, or people named by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.notification.domain.policy import Step
from shared.contracts.events.roster import DutyPost


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the roster told."""

    id: str
    name: str
    phone: str | None = None
    account: str | None = None
    deputy_id: str | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift as the roster told, half-open `[starts_at, ends_at)`."""

    id: str
    post: DutyPost
    person_id: str
    person_name: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool = False

    def covers(self, moment: datetime) -> bool:
        """Whether somebody is on duty by it at that moment."""
        return not self.cancelled and self.starts_at <= moment < self.ends_at


@dataclass(frozen=True, slots=True)
class Callee:
    """A person to call, and for which post."""

    post: DutyPost | None
    person: Person


@dataclass(frozen=True, slots=True)
class Callees:
    """Whom a step calls, each once, and the posts in which nobody is on duty."""

    people: tuple[Callee, ...]
    empty_posts: tuple[DutyPost, ...]


def callees(step: Step, shifts: Iterable[Shift], known: Mapping[str, Person], now: datetime) -> Callees:
    """Resolve a step at this moment.

    Args:
        known: the people of the shifts, their deputies and those named; who is missing is called by the shift's name.
    """
    on_duty = sorted((shift for shift in shifts if shift.covers(now)), key=lambda one: (one.starts_at, one.id))
    found: dict[str, Callee] = {}
    empty: list[DutyPost] = []
    for post in step.posts:
        holders = [shift for shift in on_duty if shift.post is post]
        if not holders:
            empty.append(post)
        for shift in holders:
            person = known.get(shift.person_id) or Person(shift.person_id, shift.person_name)
            found.setdefault(person.id, Callee(post, person))
            deputy = known.get(person.deputy_id or "") if step.deputies else None
            if deputy is not None and not deputy.removed:
                found.setdefault(deputy.id, Callee(post, deputy))
    for person_id in step.people:
        if person_id in known:
            found.setdefault(person_id, Callee(None, known[person_id]))
    return Callees(tuple(found.values()), tuple(empty))
