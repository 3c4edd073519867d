"""Joining this site's streams with those of other sites: durables to be sourced from, and the sources themselves.

Each end makes only what is its own: the durable on its stream, the source in its aggregate. Both ends greet each other
over the link with the epoch of their aggregate, and a durable is marked with the epoch of the aggregate that reads it.
Whoever hears another epoch from the other end (a disk was lost, a backup was
restored) makes the durable anew, so that it delivers from the beginning; the source is added only behind that, since a
source that ran on the old durable would take the facts before its position for known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from nats.aio.client import Client

from shared.messaging.js_api import CONSUMER_NOT_FOUND, ApiError, call, log_of
from shared.messaging.names import ALL, centre_stream, site_stream
from shared.messaging.topology import TO_HUB, Topology, down_subject, to_edge, up_subject

log = structlog.get_logger(__name__)

_READER = "reader"
_REFUSED = "refused"
_BEGINNING = ("deliver_policy", "opt_start_seq")


@dataclass(frozen=True, slots=True)
class Given:
    """What a site counts as acknowledged by the reader of its durable.

    Args:
        durable: when it was made, which tells one from another of the same name.
        first: where it began.
        floor: up to here all was acknowledged.
    """

    durable: str
    first: int
    floor: int


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the two ends of a link tell each other of themselves.

    Args:
        epoch: of the sender's aggregate.
        reader: the epoch with which the durable is marked that the sender offers; nothing while there is none.
        held: what the sender has of the other end's log already since it came on a stick: that log's epoch and the
            last position; delivery begins behind it.
        given: what the sender counts as acknowledged by the other end; nothing while it offers no durable.
    """

    epoch: str
    reader: str | None
    held: tuple[str, int] | None = None
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class LinkState:
    """One link as far as this end knows.

    Args:
        site: at the other end.
        joined: our aggregate sources from it and it may source from ours.
        waiting: facts of ours that it has not acknowledged.
        greeting: what it is told of us.
    """

    site: str
    joined: bool
    waiting: int | None
    greeting: Greeting | None


async def join(client: Client, place: Topology, heard: Mapping[str, Greeting]) -> list[LinkState]:
    """Bring durables and sources to what the topology says, as far as the other ends have greeted; returns what is.

    Args:
        client: connected as the user that joins sites.
        place: of this site.
        heard: the last greeting of each other site.

    Raises:
        ApiError: our own broker refused.
        Unavailable: our own broker does not answer.
    """
    aggregate = (await call(client, f"STREAM.INFO.{place.aggregate}"))["config"]
    if place.uplink:
        hub, edge = place.uplink.hub, place.site
        offered = await _offer(client, site_stream(edge), TO_HUB, up_subject(edge), heard.get(hub))
        source = _source(ALL, hub, to_edge(edge), down_subject(edge))
        held = await _held(client, aggregate, centre_stream(hub))
        return [await _state(client, aggregate, hub, heard.get(hub), held, offered=offered, source=source)]
    await _drop_former(client, place, aggregate)
    return [await _join_edge(client, place, aggregate, member.site, heard) for member in place.members]


async def _join_edge(
    client: Client, place: Topology, aggregate: dict[str, Any], edge: str, heard: Mapping[str, Greeting]
) -> LinkState:
    # Also what came on a stick.
    stored = {each["name"].removeprefix("SITE_") for each in aggregate["sources"] if each["name"].startswith("SITE_")}
    known = sorted({place.site, *stored, *(member.site for member in place.members), *place.former})
    filters = [f"evt.{site}.>" for site in known if site != edge]
    greeting = heard.get(edge)
    offered = await _offer(client, ALL, to_edge(edge), down_subject(edge), greeting, filters=filters)
    source = _source(site_stream(edge), edge, TO_HUB, up_subject(edge), only=edge)
    held = await _held(client, aggregate, site_stream(edge))
    return await _state(client, aggregate, edge, greeting, held, offered=offered, source=source)


async def _held(client: Client, aggregate: dict[str, Any], stream: str) -> tuple[str, int] | None:
    """What came on a stick and is heard here."""
    if not any(each["name"] == stream and "external" not in each for each in aggregate["sources"]):
        return None
    epoch, last = await log_of(client, stream)
    return None if epoch is None else (epoch, last)


async def _state(
    client: Client,
    aggregate: dict[str, Any],
    site: str,
    heard: Greeting | None,
    held: tuple[str, int] | None,
    *,
    offered: dict[str, Any] | None,
    source: dict[str, Any],
) -> LinkState:
    """Source from the other end as soon as its durable is meant for us."""
    epoch = aggregate["metadata"]["epoch"]
    sourcing = any(each["name"] == source["name"] and "external" in each for each in aggregate["sources"])
    if not sourcing and heard and heard.reader == epoch:
        await set_sources(client, aggregate, [*aggregate["sources"], source])
        sourcing = True
    if offered is None:
        return LinkState(site, joined=False, waiting=None, greeting=Greeting(epoch, None, held))
    waiting = int(offered["num_pending"]) + int(offered["num_ack_pending"])
    reader = offered["config"]["metadata"][_READER]
    meant = heard is not None and heard.epoch == reader
    greeting = Greeting(epoch, reader, held, _given(offered))
    return LinkState(site, joined=sourcing and meant, waiting=waiting, greeting=greeting)


def _given(offered: dict[str, Any]) -> Given:
    first = int(offered["config"].get("opt_start_seq", 1))
    return Given(str(offered["created"]), first, int(offered["ack_floor"]["stream_seq"]))


async def _drop_former(client: Client, place: Topology, aggregate: dict[str, Any]) -> None:
    """Source no more from sites that were removed; what they said stays."""
    present = {site_stream(member.site) for member in place.members}
    kept = [each for each in aggregate["sources"] if "external" not in each or each["name"] in present]
    if len(kept) < len(aggregate["sources"]):
        await set_sources(client, aggregate, kept)
    for site in place.former:
        try:
            await call(client, f"CONSUMER.DELETE.{ALL}.{to_edge(site)}")
        except ApiError as error:
            if error.number != CONSUMER_NOT_FOUND:
                raise


async def _offer(
    client: Client, stream: str, durable: str, subject: str, heard: Greeting | None, *, filters: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Have a durable from which the reader may source, as soon as the reader is known; returns what it is."""
    reader = heard.epoch if heard else None
    present = await _consumer(client, stream, durable)
    if present and reader and present["config"].get("metadata", {}).get(_READER) != reader:
        log.warning("durable_made_anew", stream=stream, durable=durable, reader=reader)
        await call(client, f"CONSUMER.DELETE.{stream}.{durable}")
        present = None
    if present is None and reader is None:
        return None
    mark = reader or (present or {"config": {}})["config"]["metadata"][_READER]
    wanted = _durable(durable, subject, mark, filters)
    if present is None:
        wanted |= await _beginning(client, stream, heard)
    else:  # where it began cannot be changed
        wanted |= {key: present["config"][key] for key in _BEGINNING if key in present["config"]}
    if present is None or sorted(present["config"].get("filter_subjects", [])) != sorted(filters):
        body = {"stream_name": stream, "config": wanted}
        present = await call(client, f"CONSUMER.CREATE.{stream}.{durable}", body, timeout=30)
        log.info("durable_offered", stream=stream, durable=durable)
    return present


async def _beginning(client: Client, stream: str, heard: Greeting | None) -> dict[str, Any]:
    """Behind what the reader has from a stick, if that was this very log."""
    epoch, last = await log_of(client, stream) if heard and heard.held else (None, 0)
    if heard is None or heard.held is None or heard.held[0] != epoch:
        return {}
    return {"deliver_policy": "by_start_sequence", "opt_start_seq": min(max(heard.held[1], 0), last) + 1}


def _durable(name: str, subject: str, reader: str, filters: Iterable[str]) -> dict[str, Any]:
    """As measured: acknowledged by flow control, which makes the broker add heartbeats of one second."""
    return {
        "durable_name": name,
        "name": name,
        "deliver_subject": subject,
        "ack_policy": "flow_control",
        "deliver_policy": "all",
        "max_ack_pending": 1024,
        "metadata": {_READER: reader},
        **({"filter_subjects": list(filters)} if filters else {}),
    }


def _source(stream: str, domain: str, durable: str, subject: str, only: str | None = None) -> dict[str, Any]:
    source: dict[str, Any] = {
        "name": stream,
        "external": {"api": f"$JS.{domain}.API"},
        "consumer": {"name": durable, "deliver_subject": subject},
    }
    if only:
        # The first that matches counts. A site that says something under another's name gets it stored as refused:
        # nobody hears it, and everybody can see that it was tried.
        named = ".".join(f"{{{{wildcard({place})}}}}" for place in range(1, 7))
        source["subject_transforms"] = [
            {"src": f"evt.{only}.>", "dest": f"evt.{only}.>"},
            {"src": "*.*.*.*.*.*", "dest": f"{_REFUSED}.{only}.{named}"},
        ]
    return source


async def set_sources(client: Client, config: dict[str, Any], sources: list[dict[str, Any]]) -> None:
    """Let a stream source from these; `config` is what it is and becomes what it then is.

    Raises:
        ApiError: the broker refused.
        Unavailable: the broker does not answer.
    """
    await call(client, f"STREAM.UPDATE.{config['name']}", {**config, "sources": sources}, timeout=30)
    config["sources"] = sources
    log.info("sources_changed", stream=config["name"], sources=[each["name"] for each in sources])


async def _consumer(client: Client, stream: str, durable: str) -> dict[str, Any] | None:
    try:
        return await call(client, f"CONSUMER.INFO.{stream}.{durable}")
    except ApiError as error:
        if error.number == CONSUMER_NOT_FOUND:
            return None
        raise
