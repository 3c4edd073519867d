"""`/api/roster`: who is on duty, shifts, the card of a day, the calendar."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime
from sqlalchemy import Connection

from services.duty_roster import store
from services.duty_roster.handlers.calendar import clear_day, set_day
from services.duty_roster.handlers.duty import calendar_answer, duty_card, on_duty_answer
from services.duty_roster.handlers.shifts import Shifts, shift_row
from services.duty_roster.schemas import CancelShift, ChangeShift, ScheduleShift, SetCalendarDay, shift_json
from shared.contracts.events.acts import Act
from shared.http.commands import Answer, json_response
from shared.http.edits import Edit, tell_edit
from shared.http.hosting import Deps
from shared.http.paging import After, Limit, keyed_page, time_key
from shared.kernel.access import Action, Actor
from shared.kernel.clock import civil_date, to_utc
from shared.kernel.errors import Invalid

_FIRST, _LAST = date(1949, 10, 1), date(2199, 12, 31)
Day = Annotated[date, Query(ge=_FIRST, le=_LAST)]
Instant = Annotated[AwareDatetime, Query(ge=datetime(1949, 10, 1, tzinfo=UTC), le=datetime(2199, 12, 31, tzinfo=UTC))]


def duty_router(deps: Deps) -> APIRouter:
    """Answers that everybody on duty needs."""
    router = APIRouter(prefix="/api/roster", tags=["roster"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_READ))]

    @router.get("/on-duty")
    async def on_duty(_actor: reader, at: Instant | None = None) -> Response:
        """Who is on duty at the instant (default: now), and which posts are short."""
        moment = to_utc(at) if at is not None else deps.clock.now()
        return json_response(await deps.database.read(lambda c: on_duty_answer(c, moment)))

    @router.get("/duty-card")
    async def card(_actor: reader, day: Annotated[Day | None, Query(alias="date")] = None) -> Response:
        """值班表 of one day (default: today in Beijing)."""
        chosen = day or civil_date(deps.clock.now())
        return json_response(await deps.database.read(lambda c: duty_card(c, chosen)))

    return router


def shifts_router(deps: Deps, shifts: Shifts) -> APIRouter:
    """Lists, schedules, changes and cancels shifts."""
    router = APIRouter(prefix="/api/roster/shifts", tags=["roster"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_WRITE))]

    @router.get("")
    async def listed(
        _actor: reader,
        start: Annotated[Instant | None, Query(alias="from")] = None,
        end: Annotated[Instant | None, Query(alias="to")] = None,
        person_id: Annotated[str | None, Query(max_length=36)] = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """Shifts that touch `[from, to)`, earliest first, cancelled ones too."""
        key = time_key(after)
        since, until = (None if moment is None else to_utc(moment) for moment in (start, end))
        rows = await deps.database.read(
            lambda c: store.shifts_page(c, start=since, end=until, person_id=person_id, after=key, limit=limit + 1)
        )
        return json_response(keyed_page(rows, limit, lambda row: (row.starts_at, row.id), shift_json))

    @router.post("", status_code=201)
    async def schedule(request: Request, body: ScheduleShift, actor: writer) -> Response:
        """A new shift."""
        now = deps.clock.now()

        def work(connection: Connection) -> Answer:
            made = shifts.schedule(connection, actor, body, now)
            return Answer(
                201, tell_edit(connection, deps, "roster", _of_shift(Act.SHIFT_ADDED, actor, made, now), made)
            )

        return await deps.commands.run(request, actor, work)

    @router.patch("/{shift_id}")
    async def change(request: Request, shift_id: str, body: ChangeShift, actor: writer) -> Response:
        """Change a shift that is not over."""
        now = deps.clock.now()

        def work(connection: Connection) -> Answer:
            before = shift_json(shift_row(connection, shift_id))
            after = shifts.change(connection, actor, shift_id, body, now)
            edit = _of_shift(Act.SHIFT_CHANGED, actor, before, now, before)
            return Answer(200, tell_edit(connection, deps, "roster", edit, after))

        return await deps.commands.run(request, actor, work)

    @router.post("/{shift_id}/cancel")
    async def cancel(request: Request, shift_id: str, actor: writer, body: CancelShift | None = None) -> Response:
        """Take a shift off the roster."""
        now, command = deps.clock.now(), body or CancelShift()

        def work(connection: Connection) -> Answer:
            before = shift_json(shift_row(connection, shift_id))
            after = shifts.cancel(connection, actor, shift_id, command, now)
            edit = _of_shift(Act.SHIFT_CANCELLED, actor, before, now, before, command.reason)
            return Answer(200, tell_edit(connection, deps, "roster", edit, after))

        return await deps.commands.run(request, actor, work)

    return router


def _of_shift(
    act: Act,
    actor: Actor,
    shift: Mapping[str, Any],
    now: datetime,
    before: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> Edit:
    told = {"post": shift["post"], "starts_at": shift["starts_at"], "ends_at": shift["ends_at"], "reason": reason}
    return Edit(act, actor, shift["person_name"], now, before or {}, told)


def calendar_router(deps: Deps, shifts: Shifts) -> APIRouter:
    """Shows and enters the sort of days."""
    router = APIRouter(prefix="/api/roster/calendar", tags=["roster"])
    reader = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_READ))]
    writer = Annotated[Actor, Depends(deps.auth.require(Action.ROSTER_WRITE))]

    @router.get("")
    async def year_of(
        _actor: reader, year: Annotated[int | None, Query(ge=_FIRST.year, le=_LAST.year)] = None
    ) -> Response:
        """Statutory and entered days of a year (default: this one)."""
        chosen = year or civil_date(deps.clock.now()).year
        return json_response(await deps.database.read(lambda c: calendar_answer(c, chosen)))

    @router.put("/{day}")
    async def enter(request: Request, day: date, body: SetCalendarDay, actor: writer) -> Response:
        """Enter a moved holiday, a sensitive period or a day of response, with what says so."""
        now, chosen = deps.clock.now(), _within(day)

        def work(connection: Connection) -> Answer:
            entered = set_day(connection, deps, shifts, actor, chosen, body, now)
            told = {name: entered[name] for name in ("kind", "name", "basis", "shifts_changed")}
            edit = Edit(Act.CALENDAR_CHANGED, actor, chosen.isoformat(), now, told=told)
            return Answer(200, tell_edit(connection, deps, "roster", edit, entered))

        return await deps.commands.run(request, actor, work)

    @router.delete("/{day}")
    async def clear(request: Request, day: date, actor: writer) -> Response:
        """Let the computed calendar decide again."""
        now, chosen = deps.clock.now(), _within(day)

        def work(connection: Connection) -> Answer:
            cleared = clear_day(connection, deps, shifts, actor, chosen, now)
            told = {"kind": None, "shifts_changed": cleared["shifts_changed"]}
            edit = Edit(Act.CALENDAR_CHANGED, actor, chosen.isoformat(), now, told=told)
            return Answer(200, tell_edit(connection, deps, "roster", edit, cleared))

        return await deps.commands.run(request, actor, work)

    return router


def _within(day: date) -> date:
    if not _FIRST <= day <= _LAST:
        raise Invalid("calendar.out_of_range", first=_FIRST.isoformat(), last=_LAST.isoformat())
    return day
