"""What must be true after a fault: nothing acknowledged is lost or doubled, order holds, the picture is the fold.

Everything is looked at from outside: the product's API, its SQLite files, and the aggregate stream of its broker.
"""

import asyncio
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
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

DRAWN = ("incident", "assignment", "notification", "unit")
_SETTLE_SECONDS = 90.0
_READER = "operational_picture"
Facts = list[tuple[int, dict[str, Any]]]
Faults = Iterator[str]


async def faults_of(client: httpx.AsyncClient, data: Path, crew: Crew) -> list[str]:
    """Everything that is wrong now; empty when all promises were kept. The site must be running and healed."""
    found = [fault async for fault in _asked_again(client, crew)]
    facts = await settled(data, len(crew.incidents))
    found += _against_the_journals(facts, data)
    found += _in_order(facts)
    found += _once_each(facts, crew)
    found += _against_the_lists(
        await all_items(client, "/api/incidents"), await all_items(client, "/api/assignments"), crew
    )
    found += await _picture_is_the_fold(client, data)
    return found


async def _asked_again(client: httpx.AsyncClient, crew: Crew) -> Any:
    """Whoever repeats an answered command gets the same answer and changes nothing."""
    for acked in crew.acked[-60:]:
        answer = await client.post(acked.path, json=acked.body, headers={"Idempotency-Key": acked.key})
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


async def settled(data: Path, incidents: int) -> Facts:
    """The stream once every journal is in it and every incident was called out (or what is there after a while)."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + _SETTLE_SECONDS
    while True:
        facts = await stream_of(data)
        kinds = Counter(_kind(fact) for _, fact in facts)
        everything = sum(len(rows) for rows in journals(data).values())
        calm = len(facts) >= everything and kinds["notify.notification.created"] >= incidents
        if calm or loop.time() > ends:
            await asyncio.sleep(0.5)
            return await stream_of(data)
        await asyncio.sleep(0.3)


def journals(data: Path) -> dict[str, list[str]]:
    """Ids of the facts that each store has committed, in order."""
    found = {}
    for service in (*SERVICES, "operations"):
        with sqlite3.connect(f"file:{data / 'db' / service}.db?mode=ro", uri=True) as connection:
            rows = connection.execute("SELECT event_id FROM outbox ORDER BY position").fetchall()
        connection.close()
        found[service] = [row[0] for row in rows]
    return found


def _kind(fact: dict[str, Any]) -> str:
    return ".".join(fact["type"].split(".")[2:5]) if fact["type"].startswith("evt.") else str(fact["type"])


def _against_the_journals(facts: Facts, data: Path) -> Faults:
    in_stream = [fact["id"] for _, fact in facts]
    counted = Counter(in_stream)
    yield from (f"twice in the stream: {event}" for event, count in counted.items() if count > 1)
    for service, journal in journals(data).items():
        known = set(journal)
        in_order = [event for event in in_stream if event in known]
        missing = [event for event in journal if event not in counted]
        # The site goes on beating while we look: the newest facts may still be on their way.
        if missing and missing != journal[len(journal) - len(missing) :][:2]:
            yield f"{service}: {len(missing)} facts of the journal are not in the stream"
        if in_order != [event for event in journal if event in counted]:
            yield f"{service}: the stream has another order than the journal"
    strangers = set(in_stream) - {event for journal in journals(data).values() for event in journal}
    if strangers:
        yield f"{len(strangers)} facts in the stream that no journal knows"


def _in_order(facts: Facts) -> Faults:
    last: dict[tuple[str, str], int] = {}
    for seq, fact in facts:
        parts = fact["type"].split(".")
        key, version = (".".join(parts[1:4]), fact["subject"]), fact["aggregateversion"]
        before = last.get(key, 0)
        # What a site tells of itself counts by journal position, everything else one by one.
        if version <= before or (parts[2:4] not in (["ops", "site"], ["ops", "power"]) and version != before + 1):
            yield f"order of {key} broken at {seq}: {before} then {version}"
        last[key] = version


def _once_each(facts: Facts, crew: Crew) -> Faults:
    subjects: dict[str, Counter[str]] = defaultdict(Counter)
    for _, fact in facts:
        kind = _kind(fact)
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
