"""One idempotent step that makes streams and consumers what they should be, and refuses to guess when they cannot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from nats.aio.client import Client

from shared.contracts.subjects import fact_filter, retry_subject
from shared.kernel.errors import Conflict
from shared.kernel.ids import new_id
from shared.messaging.js_api import CONSUMER_NOT_FOUND, STREAM_NOT_FOUND, ApiError, call
from shared.messaging.names import (
    ALL,
    DLQ,
    MENDED,
    deliver_prefix,
    is_ferried,
    republished,
    site_stream,
    telemetry_stream,
)
from shared.messaging.subscriptions import Subscription

log = structlog.get_logger(__name__)

SECOND = 1_000_000_000
"""Durations in the API are nanoseconds."""

ACK_WAIT_SECONDS = 30
MAX_ACK_PENDING = 512

_FIXED = ("storage", "retention", "mirror", "deny_delete", "deny_purge", "max_consumers")
"""What the broker cannot change in an existing stream without losing or unlocking something."""


APPEND_ONLY: dict[str, Any] = {
    "storage": "file",
    "retention": "limits",
    "discard": "new",
    "deny_delete": True,
    "deny_purge": True,
    "duplicate_window": 3600 * SECOND,
    "allow_direct": True,
}
"""What every stream of facts has in common: full is refused, nothing is taken out, nothing stands in it twice."""


def stream_configs(site: str, aggregate: str = ALL) -> list[dict[str, Any]]:
    """The streams of one site: own facts, the aggregate of all sites, latest readings, dead letters."""
    return [
        {
            **APPEND_ONLY,
            "name": site_stream(site),
            "subjects": [f"evt.{site}.>"],
            "allow_atomic": True,
        },
        {
            **APPEND_ONLY,
            "name": aggregate,
            "sources": [{"name": site_stream(site)}],
            # Followers hear every stored message with its sequence, without a consumer on the broker.
            "republish": {"src": ">", "dest": f"{republished(aggregate)}.>"},
        },
        {
            "name": telemetry_stream(site),
            # Also what other sites handed over, thinned: after a restart the last known readings are there at once.
            "subjects": ["tel.>"],
            "storage": "memory",
            "retention": "limits",
            "discard": "old",
            "max_msgs_per_subject": 1,
            "max_bytes": 32 * 1024 * 1024,
            "allow_direct": True,
        },
        {
            "name": DLQ,
            "subjects": ["dlq.>", "retry.>"],
            "storage": "file",
            "retention": "limits",
            "discard": "new",
            "duplicate_window": 3600 * SECOND,
            "allow_direct": True,
        },
    ]


def consumer_configs(subscriptions: Iterable[Subscription], aggregate: str = ALL) -> list[tuple[str, dict[str, Any]]]:
    """Stream and configuration of each durable: one on the facts and one on what a person sent back."""
    pairs: list[tuple[str, dict[str, Any]]] = []
    for subscription in subscriptions:
        filters = [fact_filter(kind) for kind in subscription.kinds]
        pairs.append((aggregate, consumer_config(aggregate, subscription.consumer, filters)))
        pairs.append((DLQ, consumer_config(DLQ, subscription.consumer, [retry_subject(subscription.consumer)])))
    return pairs


def consumer_config(stream: str, consumer: str, filters: list[str]) -> dict[str, Any]:
    """A durable push consumer in order: explicit ack, delivered until acknowledged, nothing skipped."""
    return {
        "durable_name": consumer,
        "name": consumer,
        "deliver_subject": f"{deliver_prefix(stream, consumer)}.{new_id()}",
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": ACK_WAIT_SECONDS * SECOND,
        "max_deliver": -1,
        "max_ack_pending": MAX_ACK_PENDING,
        "filter_subjects": filters,
        "replay_policy": "instant",
    }


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What was done with one stream (`consumer` empty) or one durable."""

    stream: str
    consumer: str
    outcome: Literal["created", "updated", "present"]


async def provision(
    client: Client, site: str, subscriptions: Iterable[Subscription] = (), *, aggregate: str = ALL
) -> list[Provisioned]:
    """Create what is missing, update what may be updated, leave the rest alone; returns what was done.

    Args:
        client: connected as `provision`.
        site: token of the site.
        subscriptions: whose durables shall exist.
        aggregate: name of the stream that they read.

    Raises:
        Conflict: `broker.stream_differs`, an existing stream cannot become what is wanted.
        ApiError: the broker refused.
    """
    streams = stream_configs(site, aggregate)
    done = [Provisioned(config["name"], "", await ensure_stream(client, config)) for config in streams]
    for stream, config in consumer_configs(subscriptions, aggregate):
        created = await ensure_consumer(client, stream, config, rebind=False)
        done.append(Provisioned(stream, config["durable_name"], "created" if created else "present"))
    return done


async def ensure_stream(client: Client, wanted: Mapping[str, Any]) -> Literal["created", "updated", "present"]:
    """Create the stream, or bring it up to date where the broker can do so without losing anything."""
    name = wanted["name"]
    try:
        present = (await call(client, f"STREAM.INFO.{name}"))["config"]
    except ApiError as error:
        if error.number != STREAM_NOT_FOUND:
            raise
        # The epoch tells followers whether a sequence they remember still means the same message.
        await call(client, f"STREAM.CREATE.{name}", {**wanted, "metadata": {"epoch": new_id()}}, timeout=30)
        log.info("stream_created", stream=name)
        return "created"
    if "sources" in wanted:
        wanted = {**wanted, "sources": _with_joined(wanted["sources"], present.get("sources", []))}
    different = sorted(key for key, value in wanted.items() if not _covers(present.get(key), value))
    fixed = [key for key in different if key in _FIXED]
    if fixed:
        raise Conflict("broker.stream_differs", stream=name, fields=", ".join(fixed))
    if different:
        await call(client, f"STREAM.UPDATE.{name}", {**present, **wanted}, timeout=30)
        log.warning("stream_updated", stream=name, fields=different)
    return "updated" if different else "present"


async def ensure_consumer(client: Client, stream: str, wanted: Mapping[str, Any], *, rebind: bool) -> bool:
    """Create the durable or update it; whether it had to be created.

    Args:
        client: a connection that may do so.
        stream: where it reads.
        wanted: from `consumer_config`.
        rebind: give it the new delivery subject, which makes the broker deliver everything unacknowledged once more,
            in order and before anything newer. Without it the present delivery subject stays.
    """
    name = wanted["durable_name"]
    try:
        present = (await call(client, f"CONSUMER.INFO.{stream}.{name}"))["config"]
    except ApiError as error:
        if error.number != CONSUMER_NOT_FOUND:
            raise
        await _create_consumer(client, stream, wanted)
        return True
    target = {**present, **wanted}
    if not rebind:
        target["deliver_subject"] = present["deliver_subject"]
    if any(not _covers(present.get(key), value) for key, value in target.items()):
        await _create_consumer(client, stream, target)
    return False


async def _create_consumer(client: Client, stream: str, config: Mapping[str, Any]) -> None:
    body = {"stream_name": stream, "config": config}
    await call(client, f"CONSUMER.CREATE.{stream}.{config['durable_name']}", body, timeout=30)


def _with_joined(wanted: list[dict[str, Any]], present: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sources that are wanted, and those of other sites, which `linking`, `mending` and the ferry add."""
    names = [each["name"] for each in present]
    kept = [
        each
        for each, name in zip(present, names, strict=True)
        if "external" in each or each in wanted or is_ferried(name) or name == MENDED
    ]
    return [each for each in wanted if each not in kept] + kept


def _covers(present: object, wanted: object) -> bool:
    """Whether the broker's value says what is wanted; it adds fields of its own and leaves out empty ones."""
    if isinstance(wanted, Mapping):
        return isinstance(present, Mapping) and all(_covers(present.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        there = present if isinstance(present, list) else []
        return len(there) == len(wanted) and all(map(_covers, there, wanted))
    return present == wanted or (not present and not wanted)
