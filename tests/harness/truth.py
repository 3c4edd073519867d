"""What must be true after a fault: nothing acknowledged is lost or doubled, order holds, the picture is the fold.

Everything is looked at from outside: the product's API, its SQLite files, and the aggregate stream of its broker.
"""

import asyncio
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from services.operational_picture.domain.ageing import prune
from services.operational_picture.domain.digest import picture_hash
from services.operational_picture.domain.fold import apply_raw
from services.operational_picture.domain.picture import Picture
from services.settings import SERVICES
from shared.messaging.connection import Connection, Credentials
from shared.messaging.keys import Keyring
from shared.messaging.names import ALL, REAL
from shared.messaging.reading import Stored, reading
from tests.harness.crew import Crew
from tests.harness.site import all_items

DRAWN = ("incident", "assignment", "notification", "unit", "mark")
_GOES_BY_LEAPS = frozenset({"ops.site", "ops.power", "identity.sealing_key"})
"""Versions of these grow by journal position or by time; everything else counts one by one."""
_SETTLE_SECONDS = 90.0
_READER = "operational_picture"
Facts = list[tuple[int, dict[str, Any]]]
Journals = dict[str, list[str]]
Faults = Iterator[str]


async def faults_of(client: httpx.AsyncClient, data: Path, crew: Crew) -> list[str]:
    """Everything that is wrong now; empty when all promises were kept. The site must be running and healed."""
    found = [fault async for fault in asked_again(client, crew)]
    before, facts = await settled(data, len(crew.incidents))
    found += against_the_journals(facts, before, journals(data))
    found += in_order(facts)
    found += _once_each(facts, crew)
    found += _against_the_lists(
        await all_items(client, "/api/incidents"), await all_items(client, "/api/assignments"), crew
    )
    if Counter(one["id"] for one in await all_items(client, "/api/marks")) != Counter(crew.marks):
        found.append(f"marks: {len(crew.marks)} acknowledged, another number or others kept")
    found += await _picture_is_the_fold(client, data)
    return found


async def asked_again(client: httpx.AsyncClient, crew: Crew) -> AsyncIterator[str]:
    """Whoever repeats an answered command gets the same answer and changes nothing."""
    for acked in crew.acked[-60:]:
        answer = await client.request(acked.method, acked.path, json=acked.body, headers={"Idempotency-Key": acked.key})
        if not answer.is_success:
            yield f"acknowledged, then unknown: {acked.path} {acked.key} {answer.status_code}"
        elif answer.json().get("id") != acked.answer.get("id"):
            yield f"another answer under one key: {acked.path} {acked.key}"


async def stream_of(data: Path) -> Facts:
    """Every fact in the aggregate stream with its sequence."""
    listen = json.loads((data / "nats" / "nats.conf").read_text())["listen"]
    connection = Connection(
        Credentials(f"nats://{listen}", _READER, Keyring(data / "nats" / "keys").seed(REAL, _READER))
    )
    connection.start()
    try:
        async with asyncio.timeout(30), reading(await connection.wait(), ALL) as reader:
            facts: Facts = []
            while stored := await reader.after(facts[-1][0] if facts else 0, 1000):
                facts += _decoded(stored)
            return facts
    finally:
        await connection.stop()


def _decoded(stored: Iterable[Stored]) -> Facts:
    return [(one.seq, orjson.loads(one.body)) for one in stored]


async def settled(data: Path, incidents: int) -> tuple[Journals, Facts]:
    """The journals, and the stream once they are all in it and every incident was called out (or after a while)."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + _SETTLE_SECONDS
    while True:
        said, facts = journals(data), await stream_of(data)
        kinds = Counter(kind_of(fact) for _, fact in facts)
        everything = {event for rows in said.values() for event in rows}
        calm = everything <= {fact["id"] for _, fact in facts} and kinds["notify.notification.created"] >= incidents
        if calm or loop.time() > ends:
            return said, facts
        await asyncio.sleep(0.3)


def journals(data: Path) -> Journals:
    """Ids of the facts that each store has committed, in order."""
    found = {}
    for service in (*SERVICES, "operations"):
        with sqlite3.connect(f"file:{data / 'db' / service}.db?mode=ro", uri=True) as connection:
            rows = connection.execute("SELECT event_id FROM outbox ORDER BY position").fetchall()
        connection.close()
        found[service] = [row[0] for row in rows]
    return found


def kind_of(fact: dict[str, Any]) -> str:
    """Context, aggregate and name of a fact."""
    return ".".join(fact["type"].split(".")[2:5]) if fact["type"].startswith("evt.") else str(fact["type"])


def against_the_journals(facts: Facts, before: Journals, after: Journals) -> Faults:
    """A site's stream holds what its stores had committed before it was read, in their order, once, and no more.

    Args:
        before: read before the stream.
        after: read after it, since a site lives on while it is looked at.
    """
    in_stream = [fact["id"] for _, fact in facts]
    counted = Counter(in_stream)
    yield from (f"twice in the stream: {event}" for event, count in counted.items() if count > 1)
    for service, journal in after.items():
        known = set(journal)
        missing = [event for event in before[service] if event not in counted]
        if missing:
            yield f"{service}: {len(missing)} facts of the journal are not in the stream"
        if [event for event in in_stream if event in known] != [event for event in journal if event in counted]:
            yield f"{service}: the stream has another order than the journal"
    strangers = set(in_stream) - {event for journal in after.values() for event in journal}
    if strangers:
        yield f"{len(strangers)} facts in the stream that no journal knows"


def in_order(facts: Facts) -> Faults:
    """The versions of every aggregate go up by one, whichever site writes it."""
    last: dict[tuple[str, str], int] = {}
    for seq, fact in facts:
        aggregate = ".".join(fact["type"].split(".")[2:4])
        key, version = (aggregate, fact["subject"]), fact["aggregateversion"]
        before = last.get(key, 0)
        if version <= before or (aggregate not in _GOES_BY_LEAPS and version != before + 1):
            yield f"order of {key} broken at {seq}: {before} then {version}"
        last[key] = version


def _once_each(facts: Facts, crew: Crew) -> Faults:
    subjects: dict[str, Counter[str]] = defaultdict(Counter)
    for _, fact in facts:
        kind = kind_of(fact)
        of = fact["data"].get("incident_id") if kind == "notify.notification.created" else fact["subject"]
        subjects[kind][str(of)] += 1
    expected = {
        "intake.incident.reported": crew.incidents,
        "dispatch.assignment.ordered": crew.assignments,
        "notify.notification.created": crew.incidents,
    }
    for kind, wanted in expected.items():
        for ident in wanted:
            if subjects[kind][ident] != 1:
                yield f"{kind} of {ident}: {subjects[kind][ident]} times"
        surplus = set(subjects[kind]) - set(wanted)
        if surplus:
            yield f"{kind}: {len(surplus)} that nobody was told of"


def _against_the_lists(incidents: list[dict[str, Any]], assignments: list[dict[str, Any]], crew: Crew) -> Faults:
    if Counter(one["id"] for one in incidents) != Counter(crew.incidents):
        yield f"incidents: {len(crew.incidents)} acknowledged, {len(incidents)} kept"
    if len({one["number"] for one in incidents}) != len(incidents):
        yield "a number was given twice"
    if Counter(one["id"] for one in assignments) != Counter(crew.assignments):
        yield f"assignments: {len(crew.assignments)} acknowledged, {len(assignments)} kept"
    busy = Counter(one["unit_id"] for one in assignments if one["active"])
    yield from (f"unit {unit} has {count} active assignments" for unit, count in busy.items() if count > 1)


async def _picture_is_the_fold(client: httpx.AsyncClient, data: Path) -> list[str]:
    """The hash of what screens get equals the hash of the whole stream folded into an empty picture."""
    live, folded = "", " "
    for _ in range(20):  # the site lives on: both must be taken at one sequence
        shown = (await client.get("/api/picture")).json()
        facts = await stream_of(data)
        folded = _folded(facts, shown["seq"])
        live = picture_hash(one for one in shown["features"] if one["properties"]["kind"] in DRAWN)
        if live == folded:
            return []
        await asyncio.sleep(0.5)
    return [f"the picture {live[:12]} is not the fold {folded[:12]} of its stream"]


def _folded(facts: Facts, up_to: int) -> str:
    picture = Picture("hub", "区指挥中心")
    for seq, fact in facts:
        if seq <= up_to:
            apply_raw(picture, seq, fact)
    prune(picture, datetime.now(UTC))
    features = [item.feature for item in picture.shown.values() if item.feature is not None]
    return picture_hash(one for one in features if one["properties"]["kind"] in DRAWN)
