"""Which carried facts are heard here: each once, by whatever way it came, and never this site's own."""

from collections.abc import Iterable

import orjson
from nats.aio.client import Client

from shared.messaging.ferry.bundle import Carried
from shared.messaging.ferry.manifest import Stretch
from shared.messaging.ferry.streams import lies_under, stream_of
from shared.messaging.js_api import log_of
from shared.messaging.reading import reading

_READ = 500


async def kept_back(
    client: Client, aggregate: str, stretch: Stretch, facts: Iterable[Carried], here: str
) -> frozenset[int]:
    """Positions that are not heard here: no facts, own ones, repeated ones, and those that came by another way.

    Args:
        client: connected as `ferry`.
        aggregate: what is heard here.
        facts: those of the stretch that are not in its stream yet.
        here: token of this site.
    """
    known: dict[str, set[str]] = {}
    kept, seen = set[int](), set[str]()
    for fact in facts:
        if fact.site not in known:
            known[fact.site] = await _came_otherwise(client, aggregate, stretch, fact.site) if fact.site else set()
        if fact.site in {"", here} or fact.event_id in seen or fact.event_id in known[fact.site]:
            kept.add(fact.position)
        seen.add(fact.event_id)
    return frozenset(kept)


async def _came_otherwise(client: Client, aggregate: str, stretch: Stretch, site: str) -> set[str]:
    """Every fact of this site that is heard here; not looked for if the last one is what bundles like this brought."""
    heard = await _last(client, aggregate, f"evt.{site}.>")
    if heard is None or heard == await _last(client, stream_of(stretch), lies_under(stretch, site)):
        return set()
    found: set[str] = set()
    position = 0
    async with reading(client, aggregate) as reader:
        while stored := await reader.after(position, _READ, f"evt.{site}.>"):
            found.update(str(orjson.loads(each.body)["id"]) for each in stored)
            position = stored[-1].seq
    return found


async def _last(client: Client, stream: str, subjects: str) -> bytes | None:
    """The newest of these messages."""
    if (await log_of(client, stream))[0] is None:
        return None
    async with reading(client, stream) as reader:
        return max(((each.seq, each.body) for each in await reader.latest(subjects)), default=(0, None))[1]
