"""From streams into bundles: a site's own log, or, from a centre, everything that it hears."""

from collections.abc import Iterable
from datetime import datetime

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.contracts.envelope import decode
from shared.kernel.clock import wire_time
from shared.kernel.errors import Conflict, Malformed, Unavailable
from shared.messaging.ferry.bundle import BundleWriter
from shared.messaging.js_api import log_of
from shared.messaging.names import ALL, site_stream
from shared.messaging.reading import Stored, reading

_READ = 500
_CHUNK = 2 * 1024 * 1024


async def export(
    client: Client, writer: BundleWriter, site: str, since: int | datetime, *, everything: bool = False
) -> None:
    """Put a stream's facts into a bundle.

    Args:
        client: connected as `ferry`.
        since: facts behind this position, or stored at or after this time.
        everything: all that this centre hears, for a site below it; else only the site's own facts.

    Raises:
        Conflict: `ferry.no_stream`.
    """
    stream = ALL if everything else site_stream(site)
    epoch, last = await log_of(client, stream)
    if epoch is None:
        raise Conflict("ferry.no_stream", site=site)
    position = since if isinstance(since, int) else await _before(client, stream, since, last)
    async with reading(client, stream) as reader:
        while position < last:
            stored = [each for each in await reader.after(position, _READ) if each.seq <= last]
            if not stored:
                break
            bodies = [(each.seq, _handed_on(each) if everything else each.body) for each in stored]
            for first, chunk in _chunks(bodies):
                writer.add(site, epoch, first, chunk, everything=everything)
            position = stored[-1].seq


def _handed_on(stored: Stored) -> bytes:
    """The fact, or nothing where the aggregate holds what is none: refused, unreadable, said in another's name."""
    try:
        return stored.body if decode(stored.body).type == stored.subject else b""
    except Malformed:
        return b""


def _chunks(stored: list[tuple[int, bytes]]) -> Iterable[tuple[int, list[bytes]]]:
    first, held, size = stored[0][0], list[bytes](), 0
    for position, body in stored:
        if held and size + len(body) > _CHUNK:
            yield first, held
            first, held, size = position, [], 0
        held.append(body)
        size += len(body)
    yield first, held


async def _before(client: Client, stream: str, moment: datetime, last: int) -> int:
    """The position before the first fact stored at or after the moment."""
    query = {"start_time": wire_time(moment), "batch": 1}
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    try:
        await client.publish(f"$JS.API.DIRECT.GET.{stream}", orjson.dumps(query), reply=inbox)
        message = await subscription.next_msg(timeout=5)
    except (NatsError, OSError, TimeoutError) as error:
        raise Unavailable("broker.away", retry_after=1) from error
    finally:
        await subscription.unsubscribe()
    found = (message.headers or {}).get("Nats-Sequence")
    return last if found is None else int(found) - 1
