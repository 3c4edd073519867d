"""Bodies of the roster's requests and answers."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row

from services.duty_roster.domain.duty import PostGap, Watch
from shared.contracts.events.roster import DutyPost, PeriodKind, PersonFact, ShiftFact
from shared.http.schemas import Command, SaidTime
from shared.i18n import label
from shared.kernel.clock import wire_time
from shared.kernel.limits import Limit

Name = Annotated[str, Field(min_length=1, max_length=80)]
Phone = Annotated[str, Field(max_length=40)]
Reference = Annotated[str, Field(min_length=1, max_length=36)]


class RegisterPerson(Command):
    """A new person of the staff."""

    name: Name
    organisation: Annotated[str, Field(max_length=120)] | None = None
    phone: Phone | None = None
    phone2: Phone | None = None
    account: Annotated[str, Field(max_length=40)] | None = None
    deputy_id: Reference | None = None


class ChangePerson(Command):
    """Fields to change; those that are absent stay."""

    name: Name | None = None
    organisation: Annotated[str, Field(max_length=120)] | None = None
    phone: Phone | None = None
    phone2: Phone | None = None
    account: Annotated[str, Field(max_length=40)] | None = None
    deputy_id: Reference | None = None
    removed: bool | None = None
    version: int | None = None


class ScheduleShift(Command):
    """A new shift; without `period_kind` the calendar decides."""

    post: DutyPost
    person_id: Reference
    starts_at: SaidTime
    ends_at: SaidTime
    period_kind: PeriodKind | None = None
    note: Annotated[str, Field(max_length=500)] | None = None


class ChangeShift(Command):
    """Fields to change; those that are absent stay. `period_kind: null` lets the calendar decide again."""

    post: DutyPost | None = None
    person_id: Reference | None = None
    starts_at: SaidTime | None = None
    ends_at: SaidTime | None = None
    period_kind: PeriodKind | None = None
    note: Annotated[str, Field(max_length=500)] | None = None
    version: int | None = None


class CancelShift(Command):
    """Why a shift is not done."""

    reason: Annotated[str, Field(max_length=500)] | None = None


class SetCalendarDay(Command):
    """What sort of day it is, and what says so (放假通知文号、决定)."""

    kind: PeriodKind
    name: Annotated[str, Field(max_length=80)] | None = None
    basis: Annotated[str, Field(min_length=2, max_length=300)]


def person_json(row: Row[Any]) -> dict[str, Any]:
    """A person with full phone numbers, for those who may read the roster."""
    return {name: getattr(row, name) for name in PersonFact.model_fields if name in row._fields} | {
        "version": row.version
    }


def person_fact(row: Row[Any], *, changed: list[str], actor_name: str | None) -> PersonFact:
    """The payload about a person."""
    state = {name: getattr(row, name) for name in PersonFact.model_fields if name in row._fields}
    return PersonFact(**state, changed=changed, actor_name=actor_name)


def shift_json(row: Row[Any]) -> dict[str, Any]:
    """A shift; `row` has the person's name joined."""
    return {
        "id": row.id,
        "post": row.post,
        "person_id": row.person_id,
        "person_name": row.person_name,
        "starts_at": wire_time(row.starts_at),
        "ends_at": wire_time(row.ends_at),
        "period_kind": row.period_kind,
        "note": row.note,
        "cancelled": row.cancelled,
        "version": row.version,
    }


def shift_fact(
    row: Row[Any], *, home_site: str, changed: list[str], actor_name: str | None, remark: str | None
) -> ShiftFact:
    """The payload about a shift."""
    return ShiftFact(
        id=row.id,
        post=DutyPost(row.post),
        person_id=row.person_id,
        person_name=row.person_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        period_kind=PeriodKind(row.period_kind),
        note=row.note,
        cancelled=row.cancelled,
        home_site=home_site,
        changed=changed,
        actor_name=actor_name,
        remark=remark,
    )


def watch_of(row: Row[Any]) -> Watch:
    """What the rules of duty look at."""
    return Watch(row.id, DutyPost(row.post), row.person_id, row.starts_at, row.ends_at)


def gap_json(gap: PostGap, need: Limit[int], *, with_period: bool) -> dict[str, Any]:
    """A post with too few people."""
    post = label(f"duty_post.{gap.post.value}")
    body = {
        "post": gap.post.value,
        "code": gap.code,
        "required": gap.required,
        "present": gap.present,
        "basis": need.basis,
        "verified": need.verified,
        "detail": label(f"problem.{gap.code}", post=post, required=gap.required, present=gap.present),
    }
    period = {"starts_at": wire_time(gap.starts_at), "ends_at": wire_time(gap.ends_at)}
    return body | (period if with_period else {})


def hint(code: str, pointer: str, **params: object) -> dict[str, Any]:
    """Something that should be looked at and stops nothing."""
    return {"code": code, "pointer": pointer, "detail": label(f"problem.{code}", **params)}


def weekday_label(day: date) -> str:
    """星期一 to 星期日."""
    return label(f"weekday.{day.isoweekday()}")
