"""A scenario as a table: minute, what arrives, what is done by whom, what must be seen; and the player of it."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.scenes.matching import Count, Memory, T, differs
from tests.e2e.scenes.stage import Stage

_PATIENCE_SECONDS = 3.0
"""What a job does by itself, such as the turn of the day, is there within that."""


@dataclass(frozen=True, slots=True)
class Do:
    """A command of a person, over HTTP.

    Args:
        who: the part who does it.
        keep: the name under which later rows know the answer.
        body: as JSON, or what makes it of what is known.
        status: None is any success.
        says: what the answer must say.
        settles: whether all that follows from it is waited for.
    """

    path: str
    body: Any = field(default_factory=dict)
    who: str = "officer"
    verb: str = "POST"
    keep: str | None = None
    status: int | None = None
    says: Any = None
    settles: bool = True


@dataclass(frozen=True, slots=True)
class See:
    """What an answer of the product must say; `line` is the line of the scenario that it proves."""

    line: str
    path: str
    like: Any
    who: str = "officer"


@dataclass(frozen=True, slots=True)
class OnMap:
    """What the properties of the map's features must be, as every screen gets them; `like` is of the whole list."""

    line: str
    like: Any
    who: str = "officer"


@dataclass(frozen=True, slots=True)
class Quick:
    """Nothing that was done so far took longer until it was on the map and with every service."""

    line: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Args:
        elsewhere: what of the line another test proves, and where.
    """

    minute: float
    arrives: str
    acts: tuple[Do, ...] = ()
    sees: tuple[See | OnMap | Quick, ...] = ()
    elsewhere: tuple[str, ...] = ()


async def play(stage: Stage, rows: Iterable[Row]) -> Memory:
    """Play the table, in its order.

    Raises:
        AssertionError: with the minute and the line that is not kept.
    """
    memory = Memory(stage, {name: {"id": part.person, "name": name} for name, part in stage.parts.items()})
    for row in rows:
        where = f"+{row.minute:g} {row.arrives}"
        await stage.come(row.minute)
        for act in row.acts:
            await _do(memory, act, where)
        for seen in row.sees:
            await _see(memory, seen, where)
    return memory


async def _do(memory: Memory, act: Do, where: str) -> None:
    client = await memory.stage.as_(act.who)
    path = memory.said(act.path)
    if act.verb == "GET":
        answer = await client.get(path)
    else:
        body = act.body(memory.kept) if callable(act.body) else memory.said(act.body)
        answer = await client.request(act.verb, path, json=body)
    is_right = answer.is_success if act.status is None else answer.status_code == act.status
    assert is_right, f"{where}: {act.who} {act.verb} {path}: {answer.status_code} {answer.text}"
    said = answer.json() if answer.content else None
    if act.keep:
        memory.kept[act.keep] = said
    if act.verb != "GET" and act.settles:
        await memory.stage.settle()
    found = None if act.says is None else differs(memory, act.says, said)
    assert found is None, f"{where}: {act.verb} {path} answers {found}"


async def _see(memory: Memory, seen: See | OnMap | Quick, where: str) -> None:
    if isinstance(seen, Quick):
        assert memory.stage.slowest <= seen.seconds, f"{where}: {seen.line}: {memory.stage.slowest:.1f} s"
        return
    ends_at = time.monotonic() + _PATIENCE_SECONDS
    while found := await _fault(memory, seen):
        assert time.monotonic() < ends_at, f"{where}: {seen.line}: {found}"
        await asyncio.sleep(0.1)


async def _fault(memory: Memory, seen: See | OnMap) -> str | None:
    client = await memory.stage.as_(seen.who)
    path = "/api/picture" if isinstance(seen, OnMap) else memory.said(seen.path)
    answer = await client.get(path)
    if not answer.is_success:
        return f"{path}: {answer.status_code} {answer.text}"
    body = answer.json()
    if isinstance(seen, OnMap):
        body = [{**one["properties"], "geometry": one["geometry"]} for one in body["features"]]
    return differs(memory, seen.like, body)


def clock(line: str, of: str, rule: str, occasion: Any = "first", **like: Any) -> See:
    """A clock of an incident's reporting."""
    wanted = {"rule_id": rule, "occasion": occasion, **like}
    return See(line, f"/api/report-clocks?incident_id={{{of}.id}}&limit=200", {"items": Count(1, wanted)})


def phoned(report: str, to: str = "市应急管理局值班室") -> Do:
    """The superiors are told by telephone."""
    return Do(f"/api/reports/{{{report}.id}}/phone", {"to": to, "by_name": "市局值班员丁"}, keep=report)


def sent(report: str, **says: Any) -> tuple[Do, ...]:
    """The paper is handed in, signed by the leader, sent, and received."""
    path = f"/api/reports/{{{report}.id}}"
    return (
        Do(f"{path}/submit", says={"state": "review"}),
        Do(f"{path}/sign", status=403, says={"code": "access.forbidden"}),
        Do(f"{path}/sign", who="leader", says={"state": "signed", "signer_name": "带班丙"}),
        Do(f"{path}/send", {"channel": "network", "to": "市应急管理局"}, keep=report, says={"state": "sent", **says}),
    )


def on_duty(since: float, until: float, **posts: str) -> Row:
    """Who has which post; `officer="duty_officer"`."""
    acts = tuple(
        Do(
            "/api/roster/shifts",
            {"post": post, "person_id": f"{{{part}.id}}", "starts_at": T(since), "ends_at": T(until)},
            who="leader",
            keep=f"shift_{part}",
        )
        for part, post in posts.items()
    )
    return Row(since, "交接班", acts)


def taken_over(of: str, who: str = "officer", by: str = "值班员甲") -> tuple[Do, ...]:
    """The officer on duty answers the call-out of the new incident."""
    calls = f"/api/notifications?incident_id={{{of}.id}}"
    return (
        Do(calls, verb="GET", keep="calls", says={"items": [{"kind": "incident", "state": "calling"}]}),
        Do("/api/notifications/{calls.items.0.id}/ack", {"note": "收到"}, who=who, says={"acknowledged_by": by}),
    )


def forces(of: str, names: tuple[str, ...], prefix: str = "a") -> tuple[Do, ...]:
    """These units are ordered, asked or told, each as its relation is; `a0`, `a1`, … are their assignments."""
    acts: list[Do] = []
    for index, name in enumerate(names):
        body = {"incident_id": f"{{{of}.id}}", "unit_id": "{unit.items.0.id}"}
        acts += [
            Do(f"/api/units?q={name}", verb="GET", keep="unit"),
            Do("/api/assignments", body, keep=f"{prefix}{index}"),
        ]
    return tuple(acts)


def said_of_teams(index: int, *steps: str, prefix: str = "a") -> tuple[Do, ...]:
    """What a unit says over the radio is noted by the desk."""
    path = f"/api/assignments/{{{prefix}{index}.id}}/status"
    return tuple(Do(path, {"status": status, "source": "radio"}) for status in steps)
