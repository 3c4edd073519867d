"""Between bundles and streams.

A far site's stream has the same positions here as there, so that an import knows exactly what is there already, goes on
where it was broken off, and sees a gap.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict, Unavailable
from shared.kernel.ids import new_id
from shared.messaging.ferry.bundle import Bundle, BundleWriter, Carried
from shared.messaging.ferry.manifest import Stretch
from shared.messaging.js_api import STREAM_NOT_FOUND, ApiError, call, checked
from shared.messaging.names import ALL, site_stream
from shared.messaging.provision import SECOND
from shared.messaging.reading import reading
from shared.messaging.topology import to_edge

log = structlog.get_logger(__name__)

_VIEW = "VIEW"
"""The aggregate of a site below a hub."""
_READ = 500
_CHUNK = 2 * 1024 * 1024
_BATCH = 250
_ACK_SECONDS = 15.0
_HAND_ON_TRIES, _HAND_ON_PAUSE = 150, 0.2


@dataclass(frozen=True, slots=True)
class Landed:
    """What an import did for one site: how many facts are new, how many were there."""

    site: str
    new: int
    known: int
    last: int


async def site_of(admin: Client, fallback: str) -> str:
    """The site of a broker, which is its domain; `fallback` where others run it without one."""
    return str((await call(admin, "INFO")).get("domain") or fallback)


async def aggregate_of(admin: Client) -> str:
    """The stream that all services of this site read."""
    try:
        await call(admin, f"STREAM.INFO.{_VIEW}")
    except ApiError as error:
        if error.number != STREAM_NOT_FOUND:
            raise
        return ALL
    return _VIEW


async def export(client: Client, writer: BundleWriter, site: str, since: int | datetime) -> None:
    """Put the site's own facts into a bundle.

    Args:
        client: connected as `ferry`.
        since: facts behind this position, or stored at or after this time.

    Raises:
        Conflict: `ferry.no_stream`.
    """
    epoch, last = await _stream(client, site)
    if epoch is None:
        raise Conflict("ferry.no_stream", site=site)
    position = since if isinstance(since, int) else await _before(client, site, since, last)
    async with reading(client, site_stream(site)) as reader:
        while position < last:
            stored = [each for each in await reader.after(position, _READ) if each.seq <= last]
            if not stored:
                break
            for first, bodies in _chunks([(each.seq, each.body) for each in stored]):
                writer.add(site, epoch, first, bodies)
            position = stored[-1].seq


def _chunks(stored: list[tuple[int, bytes]]) -> Iterable[tuple[int, list[bytes]]]:
    first, held, size = stored[0][0], list[bytes](), 0
    for position, body in stored:
        if held and size + len(body) > _CHUNK:
            yield first, held
            first, held, size = position, [], 0
        held.append(body)
        size += len(body)
    yield first, held


async def land(client: Client, admin: Client, bundle: Bundle, here: str, aggregate: str) -> list[Landed]:
    """Take the facts of a bundle into streams of their own here, which the aggregate sources from.

    Args:
        client: connected as `ferry`.
        admin: connected as `provision`.
        here: token of this site; its own facts are not taken back.
        aggregate: name of the stream that all services here read.

    Raises:
        Conflict: `ferry.gap`, `ferry.other_epoch`, `ferry.forked`, `ferry.joined_by_network`: nothing was taken.
        Unavailable: `ferry.not_handed_on`: nothing was taken; `broker.away`: importing again goes on from there.
    """
    stretches = [stretch for stretch in bundle.manifest.stretches if stretch.site != here]
    for stretch in stretches:
        await _fits(client, admin, bundle, stretch, aggregate)
    for stretch in stretches:
        await _ready(admin, stretch, aggregate)
        await _handed_on(admin, stretch.site, aggregate)
    return [await _fill(client, bundle, stretch) for stretch in stretches]


async def _fits(client: Client, admin: Client, bundle: Bundle, stretch: Stretch, aggregate: str) -> None:
    site = stretch.site
    sources = (await call(admin, f"STREAM.INFO.{aggregate}"))["config"].get("sources", [])
    if any(each["name"] == site_stream(site) and "external" in each for each in sources):
        raise Conflict("ferry.joined_by_network", site=site)
    epoch, last = await _stream(client, site)
    if epoch is not None and epoch != stretch.epoch:
        raise Conflict("ferry.other_epoch", site=site)
    if stretch.first > last + 1:
        raise Conflict("ferry.gap", site=site, first=last + 1, last=stretch.first - 1)
    if epoch is not None and stretch.first <= last:
        await _same_log(client, bundle, stretch, min(last, stretch.last))


async def _same_log(client: Client, bundle: Bundle, stretch: Stretch, position: int) -> None:
    """The last fact that both have must be the same one, else the far log took another way since."""
    async with reading(client, site_stream(stretch.site)) as reader:
        known = await reader.after(position - 1, 1)
    carried = next(iter(next(iter(bundle.facts(stretch, position - 1)))))
    if not known or known[0].body != carried.body:
        raise Conflict("ferry.forked", site=stretch.site, position=position)


async def _ready(admin: Client, stretch: Stretch, aggregate: str) -> None:
    """A stream that only a bundle fills: nobody here can publish the far site's subjects, only `ferry.<site>.>`."""
    name = site_stream(stretch.site)
    wanted: dict[str, Any] = {
        "name": name,
        "subjects": [f"ferry.{stretch.site}.>"],
        "subject_transform": {"src": f"ferry.{stretch.site}.>", "dest": f"evt.{stretch.site}.>"},
        "storage": "file",
        "retention": "limits",
        "discard": "new",
        "deny_delete": True,
        "deny_purge": True,
        "duplicate_window": 120 * SECOND,
        "allow_atomic": True,
        "allow_direct": True,
        "metadata": {"epoch": stretch.epoch, "ferry": "1"},
    }
    try:
        await call(admin, f"STREAM.INFO.{name}")
    except ApiError as error:
        if error.number != STREAM_NOT_FOUND:
            raise
        await call(admin, f"STREAM.CREATE.{name}", wanted, timeout=30)
        log.info("stream_created", stream=name)
    config = (await call(admin, f"STREAM.INFO.{aggregate}"))["config"]
    if all(each["name"] != name for each in config["sources"]):
        sources = [*config["sources"], {"name": name}]
        await call(admin, f"STREAM.UPDATE.{aggregate}", {**config, "sources": sources}, timeout=30)


async def _handed_on(admin: Client, site: str, aggregate: str) -> None:
    """Wait until the durables of sites below this one let the far site's facts through.

    The site that is running does so when it sees the new source. A fact that came before would be passed over for good.
    """
    wanted = f"evt.{site}.>"
    names = (await call(admin, f"CONSUMER.NAMES.{aggregate}")).get("consumers") or []
    waiting = {name for name in names if name.startswith(to_edge(""))}
    for _ in range(_HAND_ON_TRIES):
        for name in sorted(waiting):
            filters = (await call(admin, f"CONSUMER.INFO.{aggregate}.{name}"))["config"].get("filter_subjects")
            if not filters or wanted in filters:
                waiting.discard(name)
        if not waiting:
            return
        await asyncio.sleep(_HAND_ON_PAUSE)
    raise Unavailable("ferry.not_handed_on", site=site, retry_after=30)


async def _fill(client: Client, bundle: Bundle, stretch: Stretch) -> Landed:
    _, start = await _stream(client, stretch.site)
    position = start
    for facts in bundle.facts(stretch, start):
        for at in range(0, len(facts), _BATCH):
            position = await _store(client, stretch.site, facts[at : at + _BATCH], position)
    known = max(0, min(start, stretch.last) - stretch.first + 1)
    return Landed(stretch.site, position - start, known, position)


async def _store(client: Client, site: str, facts: list[Carried], last: int) -> int:
    """Store all of them or none, exactly behind `last`; another import at the same time is refused by the broker."""
    batch, count = new_id(), len(facts)
    for number, fact in enumerate(facts, 1):
        headers = {"Nats-Msg-Id": fact.event_id, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        if number == 1:
            headers["Nats-Expected-Last-Sequence"] = str(last)
        subject = f"ferry.{fact.subject.removeprefix('evt.')}"
        if number < count:
            await client.publish(subject, fact.body, headers=headers)
            continue
        headers["Nats-Batch-Commit"] = "1"
        try:
            answer = await client.request(subject, fact.body, timeout=_ACK_SECONDS, headers=headers)
        except (NatsError, OSError, TimeoutError) as error:
            raise Unavailable("broker.away", retry_after=1) from error
        checked(answer.data)
    position = last + count
    _, stored = await _stream(client, site)
    if stored < position:
        raise Unavailable("broker.away", retry_after=1)
    return position


async def _stream(client: Client, site: str) -> tuple[str | None, int]:
    """Epoch and last position of a site's stream here; None and 0 when there is none."""
    try:
        info = await call(client, f"STREAM.INFO.{site_stream(site)}")
    except ApiError as error:
        if error.number == STREAM_NOT_FOUND:
            return None, 0
        raise
    return str(info["config"].get("metadata", {}).get("epoch", "")), int(info["state"]["last_seq"])


async def _before(client: Client, site: str, moment: datetime, last: int) -> int:
    """The position before the first fact stored at or after the moment."""
    query = {"start_time": wire_time(moment), "batch": 1}
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    try:
        await client.publish(f"$JS.API.DIRECT.GET.{site_stream(site)}", orjson.dumps(query), reply=inbox)
        message = await subscription.next_msg(timeout=5)
    except (NatsError, OSError, TimeoutError) as error:
        raise Unavailable("broker.away", retry_after=1) from error
    finally:
        await subscription.unsubscribe()
    found = (message.headers or {}).get("Nats-Sequence")
    return last if found is None else int(found) - 1
