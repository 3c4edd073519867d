"""Who and what there is before the rain: heads of all townships at the hub, people on duty and a team at each site."""

from dataclasses import dataclass
from typing import Any

from shared.kernel.clock import wire_time
from shared.kernel.district import Township, townships
from tests.degraded.s1.ledger import Ledger, features, until
from tests.harness.civil import shift_around_now

HUB_TEAMS = ("区防汛抢险一队", "区防汛抢险二队", "区防汛抢险三队", "区冲锋舟队")
TOWNSHIPS = {township.token: township for township in townships()}
ALONG_THE_RIVER = ("yufa", "lixian", "panggezhuang", "beizangcun")
"""永定河沿线 4 镇."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Ids of all.

    Args:
        heads: of each township, persons at the hub.
        teams: units by the site that sends them.
    """

    heads: dict[str, str]
    teams: dict[str, list[str]]


def head_of(township: Township) -> str:
    """The head's name; everybody is fictional."""
    return f"示例{township.name}负责人"


async def gather_cast(ledger: Ledger, edges: tuple[str, ...], number: int) -> Cast:
    """Bring in people, shifts and teams at every site, and the steps of a call at the hub.

    Args:
        number: of the round; each has people on duty and teams of its own.
    """
    await ledger.table("hub", "/api/people/import", _heads())
    teams = {}
    for site in ("hub", *edges):
        await _on_duty(ledger, site, number)
        teams[site] = [await _team(ledger, site, f"{name} {number}") for name in _names(site)]
    people = (await ledger.get("hub", "/api/people", limit=200))["items"]
    heads = {person["name"]: person["id"] for person in people}
    named = {token: heads[head_of(township)] for token, township in TOWNSHIPS.items()}
    await _short_steps(ledger)
    return Cast(named, teams)


def _heads() -> str:
    rows = [f"{head_of(one)},{one.name},138{10000000 + number}" for number, one in enumerate(TOWNSHIPS.values())]
    return "\n".join(["姓名,单位,电话", *rows])


async def _on_duty(ledger: Ledger, site: str, number: int) -> None:
    name = f"示例{'区' if site == 'hub' else TOWNSHIPS[site].name}值班员 {number}"
    person = await ledger.ask(site, "/api/people", {"name": name, "phone": f"139000000{number:02}"})
    start, end = shift_around_now()
    shift = {"post": "duty_officer", "person_id": person["id"]}
    await ledger.ask(site, "/api/roster/shifts", {**shift, "starts_at": wire_time(start), "ends_at": wire_time(end)})


def _names(site: str) -> tuple[str, ...]:
    return HUB_TEAMS if site == "hub" else (f"{TOWNSHIPS[site].name}应急队",)


async def _team(ledger: Ledger, site: str, name: str) -> str:
    place: dict[str, Any] = {"lon": 116.35, "lat": 39.72}
    if site != "hub":
        place = {"lon": TOWNSHIPS[site].lon, "lat": TOWNSHIPS[site].lat, "township": TOWNSHIPS[site].code}
    unit = await ledger.ask(site, "/api/units", {"name": name, "kind": "flood", "capabilities": ["排水"], **place})
    return str(unit["id"])


async def _short_steps(ledger: Ledger) -> None:
    """Called again after three seconds, so that nobody has to wait as long as in life."""
    policy = await ledger.get("hub", "/api/notification-policy")
    steps = [{"after_seconds": 3 * number, "posts": ["duty_officer"], "channels": ["in_app"]} for number in range(2)]
    body = {"steps": steps, "basis": "情景回放:步间时间按比例缩短", "version": policy["version"]}
    await ledger.ask("hub", "/api/notification-policy", body, method="PUT")


async def all_teams_stand_by(ledger: Ledger, cast: Cast) -> None:
    """专业队伍待命: every team of every site is on the hub's map, on standby."""
    wanted = {unit for units in cast.teams.values() for unit in units}

    async def standing() -> bool:
        units = await features(ledger.clients["hub"], "unit")
        return wanted <= {ident for ident, unit in units.items() if unit["status"] == "standby"}

    await until("all teams stand by on the hub's map", standing)
