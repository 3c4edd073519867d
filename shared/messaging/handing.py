"""Facts handed on once more: what another site was counted to have acknowledged and does not hold.

The broker can take facts for delivered that went nowhere (its answer to `CONSUMER.RESET` counts them). Whoever reads
them finds the gap and asks; the answer is one small message, so that it holds nothing else up on a poor link.
"""

from dataclasses import dataclass

import orjson
from nats.aio.client import Client

from shared.messaging.holding import Stretch
from shared.messaging.js_api import call
from shared.messaging.names import ALL, site_stream
from shared.messaging.reading import Stored, StreamReader, reading
from shared.messaging.topology import TO_HUB, Topology, to_edge

_ANSWER_BYTES = 16 * 1024
"""As much as the largest parcel of telemetry; one larger fact goes alone."""
_READ = 200


@dataclass(frozen=True, slots=True)
class Handed:
    """An answer.

    Args:
        through: up to this position it has everything that was asked for.
        left: how many facts more were asked for.
        facts: with the positions that they have at the sender.
    """

    through: int
    left: int
    facts: list[Stored]


async def hand_on(client: Client, place: Topology, to: str, durable: str, lacks: list[Stretch]) -> bytes | None:
    """The facts in these stretches that are meant for the other site, as `packed`; nothing if this is another durable.

    Args:
        client: connected as the user that joins sites.
        place: of this site.
        to: the other site.
        durable: for which it asks, as its greeting named it.
        lacks: positions of the stream that the durable reads.
    """
    stream, name = (site_stream(place.site), TO_HUB) if place.uplink else (ALL, to_edge(to))
    info = await call(client, f"CONSUMER.INFO.{stream}.{name}")
    if info["created"] != durable:
        return None
    # What is not acknowledged comes by itself.
    end = min(lacks[-1][1], int(info["ack_floor"]["stream_seq"]))
    meant = tuple(each.removesuffix(">") for each in info["config"].get("filter_subjects", [])) or ("",)
    facts: list[Stored] = []
    size = 0
    async with reading(client, stream) as reader:
        for first, last in lacks:
            for each in await _between(reader, first, min(last, end)):
                if each.subject.startswith(meant):
                    # Behind what fills an answer they are only counted.
                    facts.append(each if size <= _ANSWER_BYTES else each._replace(body=b""))
                    size += len(each.body)
    return packed(facts, end)


async def _between(reader: StreamReader, first: int, last: int) -> list[Stored]:
    found: list[Stored] = []
    while first <= last:
        more = await reader.after(first - 1, min(_READ, last - first + 1))
        if not more:
            break
        found += [each for each in more if each.seq <= last]
        first = more[-1].seq + 1
    return found


def packed(facts: list[Stored], end: int) -> bytes:
    """As many of the facts as may go together, at least one: a line of JSON, and the bodies one behind the other."""
    size = count = 0
    for fact in facts:
        size += len(fact.body)
        if count and size > _ANSWER_BYTES:
            break
        count += 1
    taken = facts[:count]
    through = end if count == len(facts) else taken[-1].seq
    head = [[fact.seq, fact.subject, len(fact.body)] for fact in taken]
    line = orjson.dumps({"through": through, "left": len(facts) - count, "facts": head})
    return b"\n".join((line, b"".join(fact.body for fact in taken)))


def unpacked(answer: bytes) -> Handed | None:
    """What `packed` made; nothing if it cannot be read."""
    line, _, bodies = answer.partition(b"\n")
    facts: list[Stored] = []
    try:
        head = orjson.loads(line)
        for seq, subject, size in head["facts"]:
            facts.append(Stored(int(seq), str(subject), bodies[:size]))
            bodies = bodies[size:]
        return Handed(int(head["through"]), int(head["left"]), facts)
    except (ValueError, TypeError, KeyError):
        return None
