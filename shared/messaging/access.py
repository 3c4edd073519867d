"""What each user may publish and hear at the broker: own facts only, exact API subjects, own inbox."""

from dataclasses import dataclass

from shared.messaging.names import ALL, DLQ, MENDED, VIEW, deliver_prefix, republished, site_stream, telemetry_stream
from shared.messaging.topology import TO_HUB, carried_subject, down_subject, to_edge, up_subject

PROVISION = "provision"
OPS = "ops"
FERRY = "ferry"


@dataclass(frozen=True)
class ServiceAccess:
    """A service at the broker.

    Args:
        name: user name, also the prefix of its consumers.
        context: the context whose facts it alone may publish, or nothing.
        consumers: its durable consumers, `<service>__<handler>`.
        telemetry: may publish positions and readings.
        follows: may read the whole aggregate stream and all telemetry (the picture).
    """

    name: str
    context: str | None = None
    consumers: tuple[str, ...] = ()
    telemetry: bool = False
    follows: bool = False


@dataclass(frozen=True)
class Permissions:
    """Subjects that a user may publish and subscribe to; `answers` where it is asked, besides."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    answers: bool = False


def inbox_prefix(user: str) -> str:
    """Where answers to this user go; nobody else may listen there."""
    return f"_INBOX_{user}"


def service_permissions(site: str, access: ServiceAccess, aggregate: str = ALL) -> Permissions:
    """The smallest set of subjects with which the service can do its work."""
    publish = [f"$JS.API.STREAM.INFO.{site_stream(site)}"]
    subscribe = [f"{inbox_prefix(access.name)}.>"]
    if access.context:
        publish.append(f"evt.{site}.{access.context}.>")
    if access.telemetry:
        publish.append(f"tel.{site}.>")
    for consumer in access.consumers:
        publish += [f"dlq.{consumer}", *_consumer_api(aggregate, consumer), *_consumer_api(DLQ, consumer)]
        subscribe += [f"{deliver_prefix(stream, consumer)}.>" for stream in (aggregate, DLQ)]
    if access.follows:
        publish += [f"$JS.API.STREAM.INFO.{aggregate}", f"$JS.API.DIRECT.GET.{aggregate}"]
        publish += [f"$JS.API.DIRECT.GET.{telemetry_stream(site)}"]
        subscribe += [f"{republished(aggregate)}.evt.>", "tel.>"]
    return Permissions(tuple(publish), tuple(subscribe))


def _consumer_api(stream: str, consumer: str) -> list[str]:
    return [
        f"$JS.API.CONSUMER.INFO.{stream}.{consumer}",
        f"$JS.API.CONSUMER.CREATE.{stream}.{consumer}",
        f"$JS.ACK.{stream}.{consumer}.>",
    ]


def provision_permissions() -> Permissions:
    """For the one step that creates streams; no service has these. Never `$JS.>`, which reaches other accounts."""
    publish = ("$JS.API.INFO", "$JS.API.STREAM.>", "$JS.API.CONSUMER.>")
    return Permissions(publish, (f"{inbox_prefix(PROVISION)}.>",))


def ops_permissions(site: str, aggregate: str = ALL) -> Permissions:
    """For the person who looks after dead letters; facts about operations come from a service of their own."""
    publish = (
        "retry.>",
        f"$JS.API.STREAM.INFO.{DLQ}",
        f"$JS.API.STREAM.INFO.{aggregate}",
        f"$JS.API.STREAM.INFO.{site_stream(site)}",
        f"$JS.API.STREAM.MSG.GET.{DLQ}",
        f"$JS.API.STREAM.MSG.DELETE.{DLQ}",
    )
    return Permissions(publish, (f"{inbox_prefix(OPS)}.>",))


def sync_user(site: str) -> str:
    """Who joins this site's streams with those of others and carries telemetry; its inbox is its own at every site."""
    return f"sync_{site}"


def sync_permissions(site: str) -> Permissions:
    """For the joining of sites: own durables and aggregate, greetings, telemetry, and what was lost on its way."""
    publish = (
        *(f"$JS.API.STREAM.UPDATE.{stream}" for stream in (ALL, VIEW)),
        "$JS.API.STREAM.INFO.*",
        *(f"$JS.API.DIRECT.GET.{stream}" for stream in (ALL, VIEW, site_stream(site))),
        f"$JS.API.STREAM.CREATE.{MENDED}",
        f"mended.{site}.>",
        *(f"$JS.API.CONSUMER.{verb}.{ALL}.*" for verb in ("INFO", "CREATE", "DELETE")),
        *(f"$JS.API.CONSUMER.{verb}.{site_stream(site)}.{TO_HUB}" for verb in ("INFO", "CREATE", "DELETE")),
        "link.>",
        "tel.>",
    )
    return Permissions(publish, (f"{inbox_prefix(sync_user(site))}.>", f"link.{site}.*", "tel.>"), answers=True)


def leaf_permissions(hub: str, edge: str) -> Permissions:
    """What may cross an edge's leaf connection, seen from the edge: facts to be sourced, their flow control, telemetry.

    No fact's subject, no other site's delivery subject, no stream or consumer but the edge's own.
    `$JSC.R.*` are the brokers' own answers: their names are random and last seconds.
    """
    publish = (
        up_subject(edge),
        carried_subject(hub, edge),
        "$JSC.R.*",
        f"{inbox_prefix(sync_user(hub))}.>",
        f"$JS.{hub}.API.CONSUMER.RESET.{ALL}.{to_edge(edge)}",
        f"$JS.FC.{ALL}.{to_edge(edge)}.*",
        f"$JS.FC.{hub}.*.{ALL}.{to_edge(edge)}.*",
    )
    subscribe = (
        down_subject(edge),
        carried_subject(edge, hub),
        "$JSC.R.*",
        f"{inbox_prefix(sync_user(edge))}.>",
        # As wide as the edge's broker asks for it; the hub sends only `RESET` of the one durable there.
        f"$JS.{edge}.API.CONSUMER.>",
        f"$JS.FC.{site_stream(edge)}.{TO_HUB}.*",
        f"$JS.FC.{edge}.*.{site_stream(edge)}.{TO_HUB}.*",
    )
    return Permissions(publish, subscribe)


def ferry_permissions() -> Permissions:
    """For bundles on a stick: reads the streams of sites, and fills those that only bundles fill.

    Those hear `ferry.<site>.>` and nothing else: no user here can publish another site's own subjects.
    """
    publish = ("ferry.>", "$JS.API.STREAM.INFO.*", "$JS.API.DIRECT.GET.*")
    return Permissions(publish, (f"{inbox_prefix(FERRY)}.>",))
