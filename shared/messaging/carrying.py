"""Telemetry across a link, in small parcels that are acknowledged one by one; it stops while facts wait."""

import asyncio
import contextlib
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.contracts.subjects import parse_telemetry
from shared.kernel.errors import DomainError, Malformed
from shared.messaging.connection import Connection
from shared.messaging.holding import Stretch, asked_for
from shared.messaging.linking import Given, Greeting, LinkState
from shared.messaging.metrics import LINK_PARCEL_SECONDS, LINK_THINNED
from shared.messaging.thinning import Allowance, Latest
from shared.messaging.topology import carried_subject

_ANSWER_SECONDS = 5.0
_JOINED_SECONDS, _NOT_JOINED_SECONDS = 2.0, 0.5


class Carrier:
    """Carries readings from this site to one other.

    Args:
        site: this one.
        to: the other one.
        connection: of the user that joins sites.
        state: of the link, as far as is known; while facts wait to cross it, no reading goes.
        only_own: an edge speaks of its own things only; a hub hands on what all others say.
    """

    def __init__(
        self, site: str, to: str, connection: Connection, state: Callable[[], LinkState | None], *, only_own: bool
    ) -> None:
        self._site, self._to, self._only_own = site, to, only_own
        self._connection = connection
        self._state = state
        self._latest = Latest()
        self._allowance = Allowance()
        self.seconds: float | None = None

    def offer(self, subject: str, body: bytes) -> None:
        """A reading that may be carried; never the far site's own."""
        with contextlib.suppress(Malformed):
            named = parse_telemetry(subject).site
            if named == self._site or (named != self._to and not self._only_own):
                self._latest.put(subject, body)

    async def run(self) -> None:
        """Carry for ever; an empty parcel now and then greets the other end and measures the link."""
        while True:
            state = self._state()
            urgent = bool(state and state.waiting)
            if state and state.greeting:
                await self._carry(state.greeting, 0 if urgent else self._allowance.parcel_bytes)
            if state and state.joined and not urgent and len(self._latest):
                await asyncio.sleep(self._allowance.pause(self.seconds))
            else:
                await asyncio.sleep(_JOINED_SECONDS if state and state.joined else _NOT_JOINED_SECONDS)

    async def _carry(self, greeting: Greeting, size: int) -> None:
        parcel = self._latest.take(size) if size else []
        readings = [(subject, b64encode(reading).decode()) for subject, reading in parcel]
        held = {"held": greeting.held} if greeting.held else {}
        given = {"given": [given.durable, given.first, given.floor]} if (given := greeting.given) else {}
        body = orjson.dumps({"epoch": greeting.epoch, "reader": greeting.reader, **held, **given, "readings": readings})
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            client = await self._connection.wait()
            await client.request(carried_subject(self._to, self._site), body, timeout=_ANSWER_SECONDS)
        except (DomainError, NatsError, OSError, TimeoutError):
            self.seconds = None
            self._allowance.unanswered()
        else:
            self.seconds = clock() - began
            self._allowance.answered(self.seconds)
            LINK_PARCEL_SECONDS.labels(self._to).set(self.seconds)
        LINK_THINNED.labels(self._to).inc(self._latest.thinned)
        self._latest.thinned = 0


OnLacks = Callable[[str, str, list[Stretch]], Awaitable[bytes | None]]
"""Gets who asks, for which durable and what it lacks; returns the answer."""


async def receive_parcels(
    client: Client, site: str, on_greeting: Callable[[str, Greeting], bool], on_lacks: OnLacks, *, from_hub: bool
) -> None:
    """Take the greetings of other sites, answer what they lack, and tell this site's listeners what they carry here.

    Args:
        client: connected as the user that joins sites; listened on as long as it lives.
        site: this one.
        on_greeting: gets sender and greeting; false if the sender may not carry here.
        on_lacks: answers for facts that were lost on their way to the sender.
        from_hub: the hub carries readings of many sites; an edge may only speak of its own things.
    """

    async def receive(message: Msg) -> None:
        sender = message.subject.rpartition(".")[2]
        if asked := _asked(message.data):
            if (answer := await on_lacks(sender, *asked)) is not None:
                await message.respond(answer)
            return
        parcel = _unpacked(message.data)
        if parcel is None or not on_greeting(sender, parcel[0]):
            return
        for subject, reading in parcel[1]:
            named = parse_telemetry(subject).site
            if named != site and (from_hub or named == sender):
                await client.publish(subject, reading)
        await message.respond(b"")

    await client.subscribe(carried_subject(site, "*"), cb=receive)


def _asked(body: bytes) -> tuple[str, list[Stretch]] | None:
    try:
        return asked_for(orjson.loads(body))
    except orjson.JSONDecodeError:
        return None


def _unpacked(body: bytes) -> tuple[Greeting, list[tuple[str, bytes]]] | None:
    """Greeting and readings of a parcel; nothing if it cannot be read."""
    try:
        parcel = orjson.loads(body)
        reader = parcel["reader"]
        held, given = parcel.get("held"), parcel.get("given")
        greeting = Greeting(
            str(parcel["epoch"]),
            None if reader is None else str(reader),
            None if held is None else (str(held[0]), int(held[1])),
            None if given is None else Given(str(given[0]), int(given[1]), int(given[2])),
        )
        readings = [(str(subject), b64decode(reading, validate=True)) for subject, reading in parcel["readings"]]
        for subject, _ in readings:
            parse_telemetry(subject)
    except (ValueError, TypeError, KeyError, IndexError, Malformed):
        return None
    return greeting, readings
