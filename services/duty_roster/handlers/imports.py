"""Taking tables of people and of shifts; the same file twice changes nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from services.duty_roster import store
from services.duty_roster.domain.policy import RosterPolicy
from services.duty_roster.domain.table_words import read_date, read_post, read_time, shift_period
from services.duty_roster.handlers.people import checked_person, register_person, update_person
from services.duty_roster.handlers.shifts import Shifts
from services.duty_roster.handlers.titled import Titled
from services.duty_roster.schemas import ChangeShift, RegisterPerson, ScheduleShift
from shared.contracts.events.roster import DutyPost
from shared.http.hosting import Deps
from shared.http.table_file import Column, TableRow
from shared.http.table_import import RowOutcome
from shared.i18n import label
from shared.kernel.access import Actor
from shared.kernel.errors import FieldFault, Invalid

PEOPLE_COLUMNS = (
    Column("name", ("姓名",), required=True),
    Column("organisation", ("单位", "部门", "科室")),
    Column("phone", ("电话", "手机", "联系电话")),
    Column("phone2", ("备用电话", "办公电话")),
    Column("account", ("账号", "用户名")),
)
SHIFT_COLUMNS = (
    Column("day", ("日期", "值班日期"), required=True),
    Column("post", ("岗位", "职务"), required=True),
    Column("name", ("姓名", "值班人"), required=True),
    Column("organisation", ("单位", "部门", "科室")),
    Column("start", ("开始", "开始时间")),
    Column("end", ("结束", "结束时间")),
    Column("note", ("备注",)),
)
_TITLES = {f"/{column.name}": column.title for column in (*PEOPLE_COLUMNS, *SHIFT_COLUMNS)}
_SHIFT_TITLES = {"/person_id": "姓名", "/starts_at": "开始", "/ends_at": "结束", "/post": "岗位"}


class _Seen:
    """Keys of the rows so far: the same key twice in one file is a mistake."""

    def __init__(self) -> None:
        self._rows: dict[tuple[object, ...], int] = {}

    def once(self, number: int, *key: object) -> None:
        """Note the row.

        Raises:
            Invalid: `import.duplicate_row` with the number of the first one.
        """
        first = self._rows.setdefault(key, number)
        if first != number:
            raise Invalid("import.duplicate_row", first_row=first)


class TakePeople:
    """Takes rows of people; name and organisation are the key."""

    def __init__(self, deps: Deps, actor: Actor, columns: frozenset[str], now: datetime) -> None:
        self._deps, self._actor, self._columns, self._now = deps, actor, columns, now
        self._seen = _Seen()

    def __call__(self, connection: Connection, row: TableRow) -> RowOutcome:
        organisation = row.cells["organisation"]
        self._seen.once(row.number, row.cells["name"], organisation)
        with_titles = Titled(_TITLES)
        wanted = with_titles.command(RegisterPerson, **{name: text for name, text in row.cells.items() if text})
        known = _only_one(store.people_named(connection, wanted.name, organisation or None), wanted.name)
        if known is None:
            with_titles.run(lambda: register_person(connection, self._deps, self._actor, wanted, self._now))
            return RowOutcome.CREATED
        given = with_titles.run(lambda: checked_person(wanted.model_dump(include=set(self._columns))))
        updated = with_titles.run(lambda: update_person(connection, self._deps, self._actor, known, given, self._now))
        return RowOutcome.UNCHANGED if updated is known else RowOutcome.UPDATED


class TakeShifts:
    """Takes rows of shifts; day, post, person and hours are the key."""

    def __init__(self, shifts: Shifts, policy: RosterPolicy, actor: Actor, now: datetime) -> None:
        self._shifts, self._policy, self._actor, self._now = shifts, policy, actor, now
        self._labels = {label(f"duty_post.{post.value}"): post for post in DutyPost}
        self._seen = _Seen()

    def __call__(self, connection: Connection, row: TableRow) -> RowOutcome:
        post, (starts_at, ends_at) = self._post_and_period(row.cells)
        person = _known_person(connection, row.cells)
        self._seen.once(row.number, post, person.id, starts_at, ends_at)
        note = row.cells["note"] or None
        with_titles = Titled(_SHIFT_TITLES)
        wanted = with_titles.command(
            ScheduleShift, post=post, person_id=person.id, starts_at=starts_at, ends_at=ends_at, note=note
        )
        known = store.same_shift(connection, wanted.model_dump(include={"post", "person_id", "starts_at", "ends_at"}))
        if known is None:
            with_titles.run(lambda: self._shifts.schedule(connection, self._actor, wanted, self._now))
            return RowOutcome.CREATED
        if note is None or known.note == note:
            return RowOutcome.UNCHANGED
        self._shifts.change(connection, self._actor, known.id, ChangeShift(note=note), self._now)
        return RowOutcome.UPDATED

    def _post_and_period(self, cells: dict[str, str]) -> tuple[DutyPost, tuple[datetime, datetime]]:
        faults = []
        day = read_date(cells["day"])
        if day is None:
            faults.append(_fault("日期", cells["day"], "import.date_unreadable"))
        post = read_post(cells["post"], self._labels)
        if post is None:
            faults.append(_fault("岗位", cells["post"], "import.post_unknown"))
        times = []
        for title, text in (("开始", cells["start"]), ("结束", cells["end"])):
            moment = read_time(text) if text else None
            if text and moment is None:
                faults.append(_fault(title, text, "import.time_unreadable"))
            times.append(moment)
        if faults or day is None or post is None:
            raise Invalid("request.invalid", faults=tuple(faults))
        return post, shift_period(day, times[0] or (self._policy.change_of_shift.value, 0), times[1])


def _fault(title: str, text: str, code: str) -> FieldFault:
    return FieldFault(f"/{title}", code, text=text) if text else FieldFault(f"/{title}", "field.required")


def _only_one(rows: list[Row[Any]], name: str) -> Row[Any] | None:
    if len(rows) > 1:
        raise Invalid(
            "request.invalid", faults=(FieldFault("/姓名", "import.person_ambiguous", name=name, count=len(rows)),)
        )
    return rows[0] if rows else None


def _known_person(connection: Connection, cells: dict[str, str]) -> Row[Any]:
    name = cells["name"]
    if not name:
        raise Invalid("request.invalid", faults=(FieldFault("/姓名", "field.required"),))
    person = _only_one(store.people_named(connection, name, cells["organisation"] or None), name)
    if person is None:
        raise Invalid("request.invalid", faults=(FieldFault("/姓名", "import.person_unknown", name=name),))
    return person
