"""Handing facts to a site's stream: an atomic batch, or one by one; the broker's answer is the only success."""

from collections.abc import Sequence
from typing import Protocol

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from shared.kernel.errors import DomainError, Unavailable
from shared.kernel.ids import new_id
from shared.messaging.js_api import ApiError, checked

ACK_SECONDS = 5.0
_HEADER_ALLOWANCE = 1024
"""The broker counts headers into the payload limit and hangs up on a violation."""

_FOR_GOOD = {10054, 10060}
"""Message too large for the stream; not the expected stream. Everything else may pass with time."""


class Fact(Protocol):
    """One row of an outbox."""

    @property
    def position(self) -> int:
        """Order in the outbox."""
        ...

    @property
    def event_id(self) -> str:
        """Globally unique, the broker's key against duplicates."""
        ...

    @property
    def subject(self) -> str:
        """Of the fact."""
        ...

    @property
    def body(self) -> bytes:
        """The encoded envelope."""
        ...


class RefusedForGood(DomainError):
    """No amount of waiting will make the broker take this fact."""

    kind = "invalid"


def check(fact: Fact, prefix: str, max_payload: int) -> None:
    """Find what the broker would refuse for good, or worse, drop in silence.

    Raises:
        RefusedForGood: `relay.wrong_subject`, `relay.too_large`.
    """
    if not fact.subject.startswith(prefix):
        raise RefusedForGood("relay.wrong_subject", event=fact.event_id, subject=fact.subject)
    if len(fact.body) + _HEADER_ALLOWANCE > max_payload:
        raise RefusedForGood("relay.too_large", event=fact.event_id, size=len(fact.body))


async def publish_one(client: Client, fact: Fact) -> None:
    """Store one fact; a duplicate is acknowledged as such, which is a success.

    Raises:
        RefusedForGood: `relay.refused`.
        ApiError: the broker refused for now.
        Unavailable: no answer came; it may be stored or not.
    """
    answer = await _request(client, fact, {"Nats-Msg-Id": fact.event_id})
    try:
        checked(answer)
    except ApiError as error:
        if error.number in _FOR_GOOD:
            raise RefusedForGood("relay.refused", event=fact.event_id, description=str(error)) from error
        raise


async def publish_batch(client: Client, facts: Sequence[Fact]) -> None:
    """Store all of them or none, with one group commit on the broker's disk.

    Raises:
        ApiError: refused as a whole, with `BATCH_DUPLICATE` when one of them is known already.
        Unavailable: no answer came; all may be stored or none.
    """
    batch = new_id()
    last = len(facts)
    for number, fact in enumerate(facts[:-1], 1):
        headers = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number), "Nats-Msg-Id": fact.event_id}
        try:
            await client.publish(fact.subject, fact.body, headers=headers)
        except (NatsError, OSError) as error:
            raise Unavailable("broker.away", retry_after=1) from error
    commit = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(last), "Nats-Batch-Commit": "1"}
    answer = checked(await _request(client, facts[-1], {**commit, "Nats-Msg-Id": facts[-1].event_id}))
    if answer.get("count") != last:
        raise Unavailable("broker.away", retry_after=1)


async def _request(client: Client, fact: Fact, headers: dict[str, str]) -> bytes:
    try:
        answer = await client.request(fact.subject, fact.body, timeout=ACK_SECONDS, headers=headers)
    except NoRespondersError as error:
        raise Unavailable("broker.no_stream", retry_after=1) from error
    except (NatsError, OSError, TimeoutError) as error:
        raise Unavailable("broker.away", retry_after=1) from error
    return bytes(answer.data)
