"""Facts that the way between two sites lost are noticed where they are lacking, asked for, and stored there.

Each end tells in its greeting up to which position of its log the other one is counted to have acknowledged. The other
one compares that with what its aggregate holds. What is lacking goes into a stream of its own, which the aggregate
sources from: no fact is ever written into an aggregate, and none is said twice at the site that said it first.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.kernel.errors import DomainError
from shared.kernel.ids import new_id
from shared.messaging.genuine import is_forged
from shared.messaging.handing import Handed, unpacked
from shared.messaging.holding import Held, Stretch, bounded, told
from shared.messaging.js_api import call, log_of, store
from shared.messaging.linking import Given, Greeting, set_sources
from shared.messaging.metrics import LINK_LACKING, LINK_MENDED
from shared.messaging.names import ALL, MENDED, mended_subject
from shared.messaging.provision import APPEND_ONLY
from shared.messaging.reading import Stored, reading
from shared.messaging.topology import Topology, carried_subject

log = structlog.get_logger(__name__)

_READ = 1000
_READ_PAUSE = 0.02
"""Seconds between two readings: the first look at a long log must not hold commands up."""
_ANSWER_SECONDS = 10.0


class Mender:
    """Looks after the wholeness of one site's aggregate.

    Args:
        file: remembers how far all is known to be whole; without it everything is read once more.
        changing: held while sources of the aggregate are changed.
    """

    def __init__(self, file: Path, changing: asyncio.Lock) -> None:
        self._file = file
        self._changing = changing
        self._epoch: str | None = None
        self._cursor = 0
        self._held: dict[str, Held] = {}
        self._saved = b""
        self.lacking: dict[str, int] = {}

    async def look(self, client: Client, place: Topology, heard: Mapping[str, Greeting]) -> None:
        """Compare what each other end counts as acknowledged with what is held, and fetch what is lacking.

        Raises:
            ApiError: our own broker refused.
            Unavailable: our own broker does not answer.
        """
        greetings = dict(heard)  # before looking how far the aggregate goes, which holds all that they count
        epoch, last = await log_of(client, place.aggregate)
        if epoch != self._epoch:
            self._begin(epoch)
        due = {
            site: greeting.given
            for site, greeting in greetings.items()
            if greeting.given and greeting.reader == epoch and greeting.given.floor > self._of(site).checked
        }
        if due:
            await self._read(client, place, last)
            await asyncio.gather(*(self._mend(client, place, site, given) for site, given in due.items()))
            self._save()

    def forget(self, site: str) -> None:
        """The site was removed; what it said stays."""
        self.lacking.pop(site, None)
        LINK_LACKING.labels(site).set(0)

    def _of(self, site: str) -> Held:
        return self._held.setdefault(site, Held())

    async def _read(self, client: Client, place: Topology, last: int) -> None:
        async with reading(client, place.aggregate) as reader:
            while self._cursor < last:
                found = await reader.after(self._cursor, _READ)
                if not found:
                    return
                for each in found:
                    self._note(place, each)
                self._cursor = found[-1].seq
                await asyncio.sleep(_READ_PAUSE)

    def _note(self, place: Topology, stored: Stored) -> None:
        way = told(stored.source)
        if way is None:
            return
        stream, ident, position = way
        site = place.uplink.hub if place.uplink and stream == ALL else stream.removeprefix("SITE_")
        self._of(site).note(ident, position, stored.seq)

    async def _mend(self, client: Client, place: Topology, site: str, given: Given) -> None:
        held = self._of(site)
        held.settle(given.first - 1)
        known: dict[str, set[str]] = {}
        try:
            while lacks := held.lacks(given.floor):
                if not place.uplink:  # what a hub keeps back from an edge leaves gaps too, which only the hub can tell
                    self._tell(site, sum(last - first + 1 for first, last in lacks))
                handed = await self._ask(client, place, site, given, bounded(lacks))
                if handed is None or handed.through <= held.checked:
                    return
                self._tell(site, len(handed.facts) + handed.left)
                await self._take(client, place, site, handed.facts, known)
                held.settle(handed.through)
                self._tell(site, handed.left)
        except (DomainError, NatsError, OSError, TimeoutError) as error:
            log.info("lacking_not_fetched", site=site, error=str(error) or type(error).__name__)
        else:
            held.settle(given.floor)
            self._tell(site, 0)

    def _tell(self, site: str, count: int) -> None:
        if count and not self.lacking.get(site):
            log.warning("facts_lacking", site=site, count=count)
        self.lacking[site] = count
        LINK_LACKING.labels(site).set(count)

    async def _ask(
        self, client: Client, place: Topology, site: str, given: Given, lacks: list[Stretch]
    ) -> Handed | None:
        body = orjson.dumps({"durable": given.durable, "lacks": lacks})
        answer = await client.request(carried_subject(site, place.site), body, timeout=_ANSWER_SECONDS)
        return unpacked(answer.data)

    async def _take(
        self, client: Client, place: Topology, site: str, facts: list[Stored], known: dict[str, set[str]]
    ) -> None:
        """Store those that the other site may say and that are not here already by another way.

        Those are: the broker leaves out what it has heard less than an hour ago, as from a site that was restored.
        """
        theirs = [fact for fact in facts if _may_say(place, site, fact)]
        for subject in {fact.subject for fact in theirs} - known.keys():
            known[subject] = await _known(client, place.aggregate, subject)
        new = [fact for fact in theirs if _event_id(fact) not in known[fact.subject]]
        if new:
            await self._ready(client, place)
        for fact in new:
            subject = mended_subject(place.site, fact.subject)
            await store(client, MENDED, subject, fact.body, {"Nats-Msg-Id": _event_id(fact)})
            LINK_MENDED.labels(site).inc()
        if facts:
            log.warning("facts_mended", site=site, count=len(new), refused=len(facts) - len(theirs))

    async def _ready(self, client: Client, place: Topology) -> None:
        """The stream for what was lacking, and our aggregate sourcing from it."""
        async with self._changing:
            if (await log_of(client, MENDED))[0] is None:
                await call(client, f"STREAM.CREATE.{MENDED}", _stream(place.site), timeout=30)
                log.info("stream_created", stream=MENDED)
            config = (await call(client, f"STREAM.INFO.{place.aggregate}"))["config"]
            if all(each["name"] != MENDED for each in config["sources"]):
                transform = {"src": mended_subject(place.site, "evt.>"), "dest": "evt.>"}
                source = {"name": MENDED, "subject_transforms": [transform]}
                await set_sources(client, config, [*config["sources"], source])

    def _begin(self, epoch: str | None) -> None:
        """What was remembered of this very aggregate, or nothing."""
        self._epoch, self._cursor, self._held = epoch, 0, {}
        try:
            said = orjson.loads(self._file.read_bytes())
            if said["epoch"] == epoch:
                self._held = {site: Held(*each) for site, each in said["held"].items()}
                self._cursor = min((each.read for each in self._held.values()), default=0)
        except (OSError, ValueError, TypeError, KeyError):
            log.info("wholeness_not_known", file=self._file.name)

    def _save(self) -> None:
        held = {
            site: (each.ident, each.checked, max(each.read, each.since(self._cursor)))
            for site, each in self._held.items()
        }
        content = orjson.dumps({"epoch": self._epoch, "held": held})
        if content == self._saved:
            return
        beside = self._file.with_suffix(".new")
        try:
            beside.write_bytes(content)
            beside.replace(self._file)
        except OSError as error:  # a full disk; then it is read again after the next start
            log.info("wholeness_not_saved", error=str(error))
        else:
            self._saved = content


def _stream(site: str) -> dict[str, Any]:
    return {
        **APPEND_ONLY,
        "name": MENDED,
        "subjects": [mended_subject(site, "evt.>")],
        "metadata": {"epoch": new_id()},
    }


def _may_say(place: Topology, site: str, fact: Stored) -> bool:
    """An edge speaks for itself, a hub for everybody but us; what contradicts its own subject is nobody's."""
    named = fact.subject.split(".")[1:2] if fact.subject.startswith("evt.") else []
    allowed = named not in ([], [place.site]) if place.uplink else named == [site]
    return allowed and not is_forged(fact.subject, fact.body)


async def _known(client: Client, aggregate: str, subject: str) -> set[str]:
    """Ids of the facts with this subject that are here; the broker itself knows those of the last hour only."""
    found: set[str] = set()
    position = 0
    async with reading(client, aggregate) as reader:
        while stored := await reader.after(position, _READ, subject):
            found.update(_event_id(each) for each in stored)
            position = stored[-1].seq
            await asyncio.sleep(_READ_PAUSE)
    return found


def _event_id(fact: Stored) -> str:
    try:
        return str(orjson.loads(fact.body)["id"])
    except (ValueError, TypeError, KeyError):
        return f"{fact.subject}.{fact.seq}"
