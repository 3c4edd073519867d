"""What must be true of several sites once their links are whole again; all of it is looked at from outside.

Lists of the API, journals (SQLite), `SITE_*`, `ALL` and `VIEW` streams, and the pictures of all sites are compared.
"""

import asyncio
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from services.operational_picture.domain.digest import picture_hash
from services.operational_picture.domain.fold import apply_raw
from services.operational_picture.domain.picture import Picture
from shared.messaging.names import ALL, MENDED, VIEW, site_stream
from tests.harness.lab import Lab
from tests.harness.neighbours import Neighbours
from tests.harness.site import ROOT, all_items
from tests.harness.truth import Facts, Faults, Journals, against_the_journals, asked_again, in_order, journals, kind_of

LISTS = {
    "/api/incidents": "intake.incident",
    "/api/assignments": "dispatch.assignment",
    "/api/units": "dispatch.unit",
    "/api/requests": "dispatch.request",
    "/api/notifications": "notify.notification",
    "/api/conflicts": "dispatch.conflict",
    "/api/marks": "dispatch.mark",
}
"""Lists whose items have a home and a version, and the aggregates of which they tell."""
BETWEEN_SITES = (
    "intake.incident.handed_over",
    "intake.incident.handover_declined",
    "intake.incident.handover_expired",
    "intake.incident.handover_withdrawn",
    "intake.remark.made",
    "dispatch.request.accepted",
    "dispatch.request.declined",
    "dispatch.request.expired",
    "dispatch.conflict.found",
    "dispatch.conflict.decided",
    "intake.incident.merged",
)
"""What only happens where there is more than one site."""
NOTES = ("/notes", "/remarks")
"""The first are facts of the incident, the second facts of whoever notes."""
_BEATS = "operations"
"""The store of a site that goes on telling of itself."""
_SETTLE_SECONDS = 240.0
_QUIET_SECONDS = 3.0
"""Longer than the jobs take that let requests run out."""
_ENDS = frozenset({"intake.incident.closed", "intake.incident.merged"})
_FELT_HERE = frozenset({"stale", "stale_at"})
"""What of a feature depends on where one stands."""
Crews = Mapping[str, Neighbours]
Lists = dict[str, dict[str, list[dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that was looked at.

    Args:
        before, after: journals of each site, read before and after all else.
        own: what each site's own stream holds.
        aggregates: what `ALL` at the hub and `VIEW` at each edge hold.
        mended: ids of facts that were lost on their way somewhere and came later; they cannot stand in their order.
        pictures: as `GET /api/picture` gave them, before the streams were read.
        lists: by site and path.
    """

    before: dict[str, Journals]
    after: dict[str, Journals]
    own: dict[str, Facts]
    aggregates: dict[str, Facts]
    mended: frozenset[str]
    pictures: dict[str, dict[str, Any]]
    lists: Lists


async def faults_between(lab: Lab, crews: Crews) -> tuple[list[str], Counter[str]]:
    """Everything that is wrong now, empty when all promises were kept, and what was told between sites how often.

    All sites run, all cables are whole.
    """
    found = [f"{name}: {fault}" for name, crew in crews.items() async for fault in asked_again(crew.client, crew)]
    found += await _settled(lab, crews)
    seen = await _look(lab, crews)
    for name in lab.sites:
        found += (f"{name}: {fault}" for fault in _of_one_site(seen, name, crews[name]))
    found += _told_once(seen, crews)
    found += _called_once(seen, crews)
    found += _drawn_as_told(seen)
    found += _homes(seen, crews)
    found += await _notes_kept(seen, crews)
    kinds = Counter(kind_of(fact) for _, fact in seen.aggregates["hub"])
    return found, Counter({kind: kinds[kind] for kind in BETWEEN_SITES})


async def _settled(lab: Lab, crews: Crews) -> list[str]:
    """Wait until nothing is said any more but beats, everybody has heard everything, and all see the same."""
    loop = asyncio.get_running_loop()
    ends, before, since = loop.time() + _SETTLE_SECONDS, 0, loop.time()
    asked_until = max(crew.last_deadline for crew in crews.values())
    while loop.time() < ends:
        said = {name: journals(site.data) for name, site in lab.sites.items()}
        total = sum(len(rows) for stores in said.values() for rows in stores.values())
        work = total - sum(len(stores[_BEATS]) for stores in said.values())
        late = any(_waits_to_call(site.data) for site in lab.sites.values())
        if late or work != before or datetime.now(UTC) < asked_until:
            before, since = work, loop.time()
        pictures = await _pictures(crews)
        heard = all(one["seq"] >= total for one in pictures.values())
        if heard and loop.time() - since > _QUIET_SECONDS and len({_hash(one) for one in pictures.values()}) == 1:
            return []
        await asyncio.sleep(0.4)
    return ["it does not come to rest: somebody has not heard everything, or pictures differ"]


def _waits_to_call(data: Path) -> bool:
    """Whether a report that was heard late has not been decided on yet."""
    with closing(sqlite3.connect(f"file:{data / 'db' / 'notification'}.db?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT 1 FROM late_report LIMIT 1").fetchone() is not None


async def _pictures(crews: Crews) -> dict[str, dict[str, Any]]:
    return {name: (await crew.client.get("/api/picture")).json() for name, crew in crews.items()}


def _hash(picture: Mapping[str, Any], *, with_seq: bool = False) -> str:
    return _hash_of(picture["features"], with_seq=with_seq)


def _hash_of(features: Iterable[Mapping[str, Any]], *, with_seq: bool) -> str:
    kept = (one for one in features if one["properties"]["kind"] != "territory")
    bare = ({**one, "properties": {k: v for k, v in one["properties"].items() if k not in _FELT_HERE}} for one in kept)
    return picture_hash(bare, with_seq=with_seq)


async def _look(lab: Lab, crews: Crews) -> Seen:
    """Look at everything in a moment in which nothing is said but beats.

    A call that nobody answered goes on by itself: what was read before and after its step would not fit together.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + _SETTLE_SECONDS
    while True:
        seen = await _look_once(lab, crews)
        said = sum(len(rows) for stores in seen.before.values() for rows in stores.values())
        heard = all(picture["seq"] >= said for picture in seen.pictures.values())
        if (heard and _work(seen.before) == _work(seen.after)) or loop.time() > ends:
            return seen
        await asyncio.sleep(0.4)


def _work(journals_of: Mapping[str, Journals]) -> dict[tuple[str, str], int]:
    """How many facts each store has told, apart from beats."""
    return {
        (site, store): len(rows)
        for site, stores in journals_of.items()
        for store, rows in stores.items()
        if store != _BEATS
    }


async def _look_once(lab: Lab, crews: Crews) -> Seen:
    before = {name: journals(site.data) for name, site in lab.sites.items()}
    pictures = await _pictures(crews)
    streams = dict(zip(lab.sites, await asyncio.gather(*(_streams(lab, name) for name in lab.sites)), strict=True))
    lists = {name: {path: await all_items(crew.client, path) for path in LISTS} for name, crew in crews.items()}
    return Seen(
        before,
        {name: journals(site.data) for name, site in lab.sites.items()},
        {name: held[site_stream(name)] for name, held in streams.items()},
        {name: held[aggregate_of(name)] for name, held in streams.items()},
        frozenset(fact["id"] for held in streams.values() for _, fact in held[MENDED]),
        pictures,
        lists,
    )


def aggregate_of(site: str) -> str:
    """The stream that the services of this site read."""
    return ALL if site == "hub" else VIEW


async def _streams(lab: Lab, name: str) -> dict[str, Facts]:
    """The site's own stream and its aggregate; the broker is heard in its own namespace only."""
    streams = (aggregate_of(name), site_stream(name), MENDED)
    command = (sys.executable, "-m", "tests.harness.broker_side", "facts", str(lab.sites[name].data), *streams)
    reader = await asyncio.create_subprocess_exec(
        "ip", "netns", "exec", lab.cables[name].space, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await reader.communicate()
    assert reader.returncode == 0, f"the streams of {name} cannot be read"
    held: dict[str, Facts] = {stream: [] for stream in streams}
    for line in said.splitlines():
        stream, seq, fact = orjson.loads(line)
        held[stream].append((seq, fact))
    return held


def _of_one_site(seen: Seen, name: str, crew: Neighbours) -> Faults:
    """What one site's own stream and aggregate must hold."""
    yield from against_the_journals(seen.own[name], seen.before[name], seen.after[name])
    yield from _acknowledged(seen.own[name], crew)
    aggregate = seen.aggregates[name]
    counted = Counter(fact["id"] for _, fact in aggregate)
    yield from (f"twice in {aggregate_of(name)}: {event}" for event, count in counted.items() if count > 1)
    for site, stores in seen.before.items():
        missing = [event for store, rows in stores.items() if store != _BEATS for event in rows if event not in counted]
        if missing:
            yield f"{len(missing)} facts of {site} are not in {aggregate_of(name)}"
        own = [fact["id"] for _, fact in seen.own[site] if fact["id"] not in seen.mended]
        known = set(own)
        if [fact["id"] for _, fact in aggregate if fact["id"] in known] != [one for one in own if one in counted]:
            yield f"{aggregate_of(name)} has another order than {site_stream(site)}"
    yield from in_order(_in_their_place(aggregate, seen.mended))
    yield from _picture(seen, name)


def _picture(seen: Seen, name: str) -> Faults:
    """The picture is the fold of its stream, and the same as at the hub."""
    shown = seen.pictures[name]
    picture = Picture(name, name)
    for seq, fact in seen.aggregates[name]:
        if seq <= shown["seq"]:
            apply_raw(picture, seq, fact)
    folded = [item.feature for item in picture.shown.values() if item.feature is not None]
    if _hash(shown, with_seq=True) != _hash_of(folded, with_seq=True):
        yield f"the picture is not the fold of {aggregate_of(name)}"
    if _hash(shown) != _hash(seen.pictures["hub"]):
        yield "another picture than at the hub"


def _acknowledged(own: Facts, crew: Neighbours) -> Faults:
    """Every 2xx stands in the stream of the site that gave it."""
    versions = {(fact["subject"], fact["aggregateversion"]) for _, fact in own}
    said = {(fact["subject"], fact["data"].get("remark")) for _, fact in own}
    injured = {
        (fact["subject"], fact["aggregateversion"]): fact["data"]["casualties"]["injured"]
        for _, fact in own
        if kind_of(fact).startswith("intake.incident.")
    }
    for acked in crew.acked:
        at = (acked.answer["id"], acked.answer.get("version", 1))
        if acked.path.endswith(NOTES):
            kept = (acked.path.split("/")[3], acked.body["text"]) in said or at in versions
        elif "casualties" in acked.body:
            kept = injured.get(at) == acked.body["casualties"]["injured"]
        else:
            kept = at in versions
        if not kept:
            yield f"acknowledged and lost: {acked.method} {acked.path} {acked.key}"


def _told_once(seen: Seen, crews: Crews) -> Faults:
    """One `reported` for each report and one `ordered` for each order; nothing that nobody was told of."""
    wanted = {
        "intake.incident.reported": Counter(one for crew in crews.values() for one in crew.incidents),
        "dispatch.assignment.ordered": Counter(one for crew in crews.values() for one in crew.assignments),
    }
    for kind, acknowledged in wanted.items():
        told = Counter(fact["subject"] for _, fact in seen.aggregates["hub"] if kind_of(fact) == kind)
        if told != acknowledged:
            yield f"{kind}: {told.total()} told, {acknowledged.total()} acknowledged"


def _called_once(seen: Seen, crews: Crews) -> Faults:
    """The site of a report and the hub call people for it once each; nobody else does."""
    facts = [fact for _, fact in seen.aggregates["hub"]]
    created = [fact for fact in facts if kind_of(fact) == "notify.notification.created"]
    calls = Counter((fact["type"].split(".")[1], fact["data"]["incident_id"]) for fact in created)
    ended = {fact["subject"] for fact in facts if kind_of(fact) in _ENDS}  # those are not called out any more
    callers = [(site, one) for name, crew in crews.items() for one in crew.incidents for site in {name, "hub"}]
    for call in callers:
        count = calls.pop(call, 0)
        if count > 1 or (count == 0 and call[1] not in ended):
            yield f"{call[0]} called {count} times for {call[1]}"
    if calls:
        yield f"{calls.total()} calls for what is somebody else's: {sorted(calls)[:3]}"


def _in_their_place(facts: Facts, mended: frozenset[str]) -> Facts:
    """What is told of a thing of which a part came late stands by version; everything else as it was heard."""
    late = {fact["subject"] for _, fact in facts if fact["id"] in mended}
    parts = sorted(
        ((seq, fact) for seq, fact in facts if fact["subject"] in late), key=lambda one: one[1]["aggregateversion"]
    )
    return [(seq, fact) for seq, fact in facts if fact["subject"] not in late] + parts


def _last_facts(facts: Facts) -> dict[tuple[str, str], dict[str, Any]]:
    """The newest fact of each thing, by context and aggregate, and by id."""
    return {(".".join(fact["type"].split(".")[2:4]), fact["subject"]): fact for _, fact in facts}


def _drawn_as_told(seen: Seen) -> Faults:
    """Whatever is on a picture is there as its newest fact tells it, by whichever site."""
    last = _last_facts(_in_their_place(seen.aggregates["hub"], seen.mended))
    drawn = {aggregate.partition(".")[2]: aggregate for aggregate in LISTS.values()}
    for name, picture in seen.pictures.items():
        for shown in (feature["properties"] for feature in picture["features"]):
            if shown["kind"] in drawn:
                told = last[drawn[shown["kind"]], shown["id"]]["aggregateversion"]
                if shown["version"] != told:
                    yield f"{name} draws {shown['kind']} {shown['id']} as of {shown['version']}, not {told}"


def _homes(seen: Seen, crews: Crews) -> Faults:
    """Each thing has one home, whose list says what the log says last; no unit has two orders at a time."""
    last = _last_facts(_in_their_place(seen.aggregates["hub"], seen.mended))
    for path, aggregate in LISTS.items():
        kept = [one for name in crews for one in seen.lists[name][path] if one["home_site"] == name]
        versions = Counter((one["id"], one["version"], one["home_site"]) for one in kept)
        told = Counter(
            (subject, fact["aggregateversion"], fact["data"]["home_site"])
            for (kind, subject), fact in last.items()
            if kind == aggregate
        )
        if versions != told:
            yield f"{path}: {_differences(versions, told)}"
    incidents = [one for name in crews for one in seen.lists[name]["/api/incidents"]]
    for ident, homes in _claims(incidents).items():
        if len(homes) > 1:
            yield f"incident {ident} has its home at {sorted(homes)}"
    numbers = Counter(
        one["number"] for name in crews for one in seen.lists[name]["/api/incidents"] if one["home_site"] == name
    )
    yield from (f"number {number} was given {count} times" for number, count in numbers.items() if count > 1)
    busy = Counter(
        one["unit_id"]
        for name in crews
        for one in seen.lists[name]["/api/assignments"]
        if one["active"] and one["home_site"] == name
    )
    yield from (f"unit {unit} has {count} active assignments" for unit, count in busy.items() if count > 1)


def _claims(incidents: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    claims: dict[str, set[str]] = {}
    for one in incidents:
        claims.setdefault(one["id"], set()).add(one["home_site"])
    return claims


def _differences(kept: Counter[tuple[str, int, str]], told: Counter[tuple[str, int, str]]) -> str:
    return f"in the lists only {sorted(kept - told)[:3]}, in the log only {sorted(told - kept)[:3]}"


async def _notes_kept(seen: Seen, crews: Crews) -> list[str]:
    """Every acknowledged note stands in the timeline at the incident's present home, wherever it was written."""
    wanted: dict[str, set[str]] = {}
    for crew in crews.values():
        for acked in crew.acked:
            if acked.path.endswith(NOTES):
                wanted.setdefault(acked.path.split("/")[3], set()).add(acked.body["text"])
    homes = {
        one["id"]: name for name in crews for one in seen.lists[name]["/api/incidents"] if one["home_site"] == name
    }
    found = []
    for incident, texts in wanted.items():
        if incident in homes:
            lines = await _lines(crews[homes[incident]].client, incident)
            found += [f"{incident}: its home {homes[incident]} lacks the note {text}" for text in texts - lines]
    return found


async def _lines(client: httpx.AsyncClient, incident: str) -> set[str]:
    items = await all_items(client, f"/api/incidents/{incident}/timeline")
    return {str(one["params"].get("text")) for one in items if one["kind"] == "note"}
