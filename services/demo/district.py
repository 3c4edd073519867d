"""The sample district: fictional teams, people, accounts and a week of shifts, brought in over the product's API."""

import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from importlib.resources import files
from typing import Any

from services.client import ApiProblem, SiteClient
from shared.kernel.clock import SHANGHAI

_DATA = files("services.demo") / "data"
_DAY_STARTS = time(8, 0)
_POSTS: dict[str, tuple[str, ...]] = {
    "duty_leader": ("示例领导张", "示例领导王"),
    "chief_officer": ("示例值班长李",),
    "duty_officer": ("示例值班员赵", "示例值班员钱"),
}
"""Who takes which post; on odd days the second of a pair leads."""

ACCOUNTS: tuple[dict[str, Any], ...] = (
    {"username": "zhiban", "name": "示例值班员赵", "roles": ["duty_officer"]},
    {"username": "zhiban2", "name": "示例值班员钱", "roles": ["duty_officer"]},
    {"username": "daiban", "name": "示例领导张", "roles": ["duty_leader"]},
    {"username": "diaodu", "name": "示例调度员周", "roles": ["dispatcher"]},
    {"username": "jiugong", "name": "示例旧宫值守员", "roles": ["territory_officer"], "territory": "110115006"},
)
TEAM_ACCOUNT: dict[str, Any] = {
    "username": "duizhang",
    "name": "示例辰一",
    "roles": ["team_leader"],
    "unit": "旧宫地区微型消防队",
}


_HEAD = "示例属地负责人"


def demo_password() -> str:
    """A new password for the accounts of one demonstration."""
    return f"yanshi-{secrets.token_hex(4)}-dx"


async def prepare(site: SiteClient, base_url: str, password: str, now: datetime) -> None:
    """Bring in units, facilities, people, accounts and shifts; what is there already stays as it is."""
    await site.upload("/api/units/import", "units.csv", (_DATA / "units.csv").read_bytes())
    await site.upload("/api/facilities/import", "facilities.csv", (_DATA / "facilities.csv").read_bytes())
    await site.upload("/api/people/import", "people.csv", (_DATA / "people.csv").read_bytes())
    people = {person["name"]: person["id"] for person in await every(site, "/api/people")}
    units = {unit["name"]: unit["id"] for unit in await every(site, "/api/units")}
    for account in ACCOUNTS:
        await _account(site, base_url, password, {**account, "person_id": people.get(account["name"])})
    leader = {key: value for key, value in TEAM_ACCOUNT.items() if key != "unit"}
    await _account(site, base_url, password, {**leader, "unit_id": units[TEAM_ACCOUNT["unit"]]})
    await _shifts(site, people, now)
    await _heads(site, people)


async def _heads(site: SiteClient, people: dict[str, str]) -> None:
    """Who answers for each township at a roll call, which starts by hand only: no demonstration rings by itself."""
    known = await site.get("/api/roster/roll-call-contacts")
    heads = [ident for name, ident in sorted(people.items()) if name.startswith(_HEAD)]
    if known["version"] or not heads:
        return
    contacts = [
        {"code": one["code"], "person_id": heads[index % len(heads)], "leader_id": heads[(index + 1) % len(heads)]}
        for index, one in enumerate(known["contacts"])
    ]
    rules = await site.get("/api/roster/roll-call-rules")
    kept = {name: rules[name] for name in ("count", "timeout_seconds", "close_after_seconds", "basis", "version")}
    await site.put("/api/roster/roll-call-rules", {**kept, "plans": []})
    await site.put("/api/roster/roll-call-contacts", {"contacts": contacts, "version": 0})


async def every(site: SiteClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """All items of a paged list."""
    items: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        body = await site.get(path, limit=200, after=after, **query)
        items += body["items"]
        after = body.get("next")
        if after is None:
            return items


async def _account(site: SiteClient, base_url: str, password: str, account: dict[str, Any]) -> None:
    first = f"{password}-1"
    try:
        await site.post("/api/accounts", {**account, "password": first})
    except ApiProblem as problem:
        if problem.code != "account.username_taken":
            raise
        return
    # The first password must be changed by its owner, in a demonstration too.
    async with SiteClient(base_url, site.root) as own:
        await own.login(account["username"], first)
        await own.post("/api/session/password", {"current": first, "new": password})


def _week(now: datetime) -> Iterable[tuple[datetime, datetime, int]]:
    today = now.astimezone(SHANGHAI).date()
    for offset in range(-1, 7):
        start = datetime.combine(today + timedelta(days=offset), _DAY_STARTS, SHANGHAI)
        yield start, start + timedelta(days=1), (today + timedelta(days=offset)).toordinal()


async def _shifts(site: SiteClient, people: dict[str, str], now: datetime) -> None:
    for start, end, day in _week(now):
        for post, names in _POSTS.items():
            on_duty = names if post == "duty_officer" else (names[day % len(names)],)
            for name in on_duty:
                await _shift(site, post, people[name], start, end)


async def _shift(site: SiteClient, post: str, person_id: str, start: datetime, end: datetime) -> None:
    body = {"post": post, "person_id": person_id, "starts_at": start.isoformat(), "ends_at": end.isoformat()}
    try:
        await site.post("/api/roster/shifts", body)
    except ApiProblem as problem:
        if problem.code != "shift.overlap":  # it is there from an earlier demonstration
            raise
