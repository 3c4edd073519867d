"""From bundles into streams.

What came from a far stream has the same positions here as there, so that an import knows exactly what is there already,
goes on where it was broken off, and sees a gap.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.kernel.errors import Conflict, Unavailable
from shared.kernel.ids import new_id
from shared.messaging.ferry.bundle import Bundle, Carried
from shared.messaging.ferry.manifest import Stretch
from shared.messaging.ferry.passing import kept_back
from shared.messaging.ferry.streams import heard_under, kept_under, stream_of
from shared.messaging.js_api import STREAM_NOT_FOUND, ApiError, call, checked, log_of
from shared.messaging.names import ALL, site_stream
from shared.messaging.provision import SECOND
from shared.messaging.reading import reading
from shared.messaging.topology import to_edge

log = structlog.get_logger(__name__)

_BATCH = 250
_ACK_SECONDS = 15.0
_HAND_ON_TRIES, _HAND_ON_PAUSE = 150, 0.2


@dataclass(frozen=True, slots=True)
class Landed:
    """What an import did for one stream: how many facts are new, how many were there, how many were not for here.

    Args:
        kept_back: this site's own, or known here by another way; they have their place but are not heard again.
    """

    site: str
    new: int
    known: int
    last: int
    kept_back: int = 0
    everything: bool = False


async def land(client: Client, admin: Client, bundle: Bundle, here: str, aggregate: str) -> list[Landed]:
    """Take the facts of a bundle into streams of their own here, which the aggregate sources from.

    Args:
        client: connected as `ferry`.
        admin: connected as `provision`.
        here: token of this site; its own facts are not taken back.
        aggregate: name of the stream that all services here read.

    Raises:
        Conflict: `ferry.gap`, `ferry.other_epoch`, `ferry.forked`, `ferry.joined_by_network`,
            `ferry.not_below`: nothing was taken.
        Unavailable: `ferry.not_handed_on`: nothing was taken; `broker.away`: importing again goes on from there.
    """
    stretches = [stretch for stretch in bundle.manifest.stretches if stretch.site != here]
    kept: dict[str, frozenset[int]] = {}
    for stretch in stretches:
        start = await _fits(client, admin, bundle, stretch, aggregate)
        new = (fact for facts in bundle.facts(stretch, start) for fact in facts)
        kept[stretch.site] = await kept_back(client, aggregate, stretch, new, here)
    for stretch in stretches:
        await _ready(admin, stretch, aggregate)
        if not stretch.everything:
            await _handed_on(admin, stretch.site, aggregate)
    return [await _fill(client, bundle, stretch, kept[stretch.site]) for stretch in stretches]


async def _sources(admin: Client, aggregate: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await call(admin, f"STREAM.INFO.{aggregate}"))["config"].get("sources", [])
    return found


async def _fits(client: Client, admin: Client, bundle: Bundle, stretch: Stretch, aggregate: str) -> int:
    """Whether the stretch joins what is here; the last position that is here."""
    site, stream = stretch.site, stream_of(stretch)
    by_network = ALL if stretch.everything else site_stream(site)
    if any(each["name"] in {by_network, ALL} and "external" in each for each in await _sources(admin, aggregate)):
        raise Conflict("ferry.joined_by_network", site=site)
    if stretch.everything and await _sites_below(admin, aggregate):
        raise Conflict("ferry.not_below", site=site)
    epoch, last = await log_of(client, stream)
    if epoch is not None and epoch != stretch.epoch:
        raise Conflict("ferry.other_epoch", site=site)
    if stretch.first > last + 1:
        raise Conflict("ferry.gap", site=site, first=last + 1, last=stretch.first - 1)
    if epoch is not None and stretch.first <= last:
        await _same_log(client, bundle, stretch, min(last, stretch.last))
    return last


async def _same_log(client: Client, bundle: Bundle, stretch: Stretch, position: int) -> None:
    """The last fact that both have must be the same one, else the far log took another way since."""
    async with reading(client, stream_of(stretch)) as reader:
        known = await reader.after(position - 1, 1)
    carried = next(iter(next(iter(bundle.facts(stretch, position - 1)))))
    if not known or known[0].body != carried.body:
        raise Conflict("ferry.forked", site=stretch.site, position=position)


async def _ready(admin: Client, stretch: Stretch, aggregate: str) -> None:
    """A stream that only a bundle fills: nobody here can publish the far site's subjects, only `ferry.<…>.>`."""
    name = stream_of(stretch)
    wanted: dict[str, Any] = {
        "name": name,
        **_subjects(stretch),
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
        sources = [*config["sources"], _source(stretch)]
        await call(admin, f"STREAM.UPDATE.{aggregate}", {**config, "sources": sources}, timeout=30)


def _subjects(stretch: Stretch) -> dict[str, Any]:
    """A site's log is stored under its own subjects; what is not to be heard here lies apart."""
    if stretch.everything:
        return {"subjects": [f"{heard_under(stretch)}>", kept_under(stretch)]}
    transform = {"src": f"ferry.{stretch.site}.>", "dest": f"evt.{stretch.site}.>"}
    return {"subjects": [f"ferry.{stretch.site}.>", kept_under(stretch)], "subject_transform": transform}


def _source(stretch: Stretch) -> dict[str, Any]:
    if stretch.everything:  # which also lets nothing else through
        transform = {"src": f"{heard_under(stretch)}>", "dest": "evt.>"}
        return {"name": stream_of(stretch), "subject_transforms": [transform]}
    return {"name": stream_of(stretch), "filter_subject": f"evt.{stretch.site}.>"}


async def _sites_below(admin: Client, aggregate: str) -> set[str]:
    names = (await call(admin, f"CONSUMER.NAMES.{aggregate}")).get("consumers") or []
    return {name for name in names if name.startswith(to_edge(""))}


async def _handed_on(admin: Client, site: str, aggregate: str) -> None:
    """Wait until the durables of sites below this one let the far site's facts through.

    The site that is running does so when it sees the new source. A fact that came before would be passed over for good.
    """
    wanted = f"evt.{site}.>"
    waiting = await _sites_below(admin, aggregate)
    for _ in range(_HAND_ON_TRIES):
        for name in sorted(waiting):
            filters = (await call(admin, f"CONSUMER.INFO.{aggregate}.{name}"))["config"].get("filter_subjects")
            if not filters or wanted in filters:
                waiting.discard(name)
        if not waiting:
            return
        await asyncio.sleep(_HAND_ON_PAUSE)
    raise Unavailable("ferry.not_handed_on", site=site, retry_after=30)


async def _fill(client: Client, bundle: Bundle, stretch: Stretch, kept: frozenset[int]) -> Landed:
    _, start = await log_of(client, stream_of(stretch))
    position = start
    for messages in _batches(bundle, stretch, start, kept):
        position = await _store(client, stream_of(stretch), messages, position)
    known = max(0, min(start, stretch.last) - stretch.first + 1)
    back = sum(place > start for place in kept)
    return Landed(stretch.site, position - start - back, known, position, back, stretch.everything)


Message = tuple[str, bytes, dict[str, str]]
"""Subject, body, headers."""


def _batches(bundle: Bundle, stretch: Stretch, start: int, kept: frozenset[int]) -> Iterator[list[Message]]:
    for facts in bundle.facts(stretch, start):
        for at in range(0, len(facts), _BATCH):
            yield [_message(stretch, fact, is_kept=fact.position in kept) for fact in facts[at : at + _BATCH]]


def _message(stretch: Stretch, fact: Carried, *, is_kept: bool) -> Message:
    if is_kept:
        return kept_under(stretch), fact.body, {}
    return f"{heard_under(stretch)}{fact.subject.removeprefix('evt.')}", fact.body, {"Nats-Msg-Id": fact.event_id}


async def _store(client: Client, stream: str, messages: Iterable[Message], last: int) -> int:
    """Store all of them or none, exactly behind `last`; another import at the same time is refused by the broker."""
    batch, held = new_id(), list(messages)
    for number, (subject, body, given) in enumerate(held, 1):
        headers = {**given, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        if number == 1:
            headers["Nats-Expected-Last-Sequence"] = str(last)
        if number < len(held):
            await client.publish(subject, body, headers=headers)
            continue
        headers["Nats-Batch-Commit"] = "1"
        try:
            answer = await client.request(subject, body, timeout=_ACK_SECONDS, headers=headers)
        except (NatsError, OSError, TimeoutError) as error:
            raise Unavailable("broker.away", retry_after=1) from error
        checked(answer.data)
    position = last + len(held)
    _, stored = await log_of(client, stream)
    if stored < position:
        raise Unavailable("broker.away", retry_after=1)
    return position
