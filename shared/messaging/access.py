"""What each user may publish and hear at the broker: own facts only, exact API subjects, own inbox."""

from dataclasses import dataclass

from shared.messaging.names import ALL, DLQ, deliver_prefix, site_stream, telemetry_stream

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
    """Subjects that a user may publish and subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def inbox_prefix(user: str) -> str:
    """Where answers to this user go; nobody else may listen there."""
    return f"_INBOX_{user}"


def service_permissions(site: str, access: ServiceAccess) -> Permissions:
    """The smallest set of subjects with which the service can do its work."""
    publish = [f"$JS.API.STREAM.INFO.{site_stream(site)}"]
    subscribe = [f"{inbox_prefix(access.name)}.>"]
    if access.context:
        publish.append(f"evt.{site}.{access.context}.>")
    if access.telemetry:
        publish.append(f"tel.{site}.>")
    for consumer in access.consumers:
        publish += [f"dlq.{consumer}", *_consumer_api(ALL, consumer), *_consumer_api(DLQ, consumer)]
        subscribe += [f"{deliver_prefix(stream, consumer)}.>" for stream in (ALL, DLQ)]
    if access.follows:
        publish += [f"$JS.API.STREAM.INFO.{ALL}", f"$JS.API.DIRECT.GET.{ALL}"]
        publish += [f"$JS.API.DIRECT.GET.{telemetry_stream(site)}"]
        subscribe += ["all.evt.>", "tel.>"]
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


def ops_permissions(site: str) -> Permissions:
    """For the person who looks after dead letters; facts about operations come from a service of their own."""
    publish = (
        "retry.>",
        f"$JS.API.STREAM.INFO.{DLQ}",
        f"$JS.API.STREAM.INFO.{ALL}",
        f"$JS.API.STREAM.INFO.{site_stream(site)}",
        f"$JS.API.STREAM.MSG.GET.{DLQ}",
        f"$JS.API.STREAM.MSG.DELETE.{DLQ}",
    )
    return Permissions(publish, (f"{inbox_prefix(OPS)}.>",))


def ferry_permissions() -> Permissions:
    """For bundles on a stick: reads the streams of sites, and fills those that only bundles fill.

    Those hear `ferry.<site>.>` and nothing else: no user here can publish another site's own subjects.
    """
    publish = ("ferry.>", "$JS.API.STREAM.INFO.*", "$JS.API.DIRECT.GET.*")
    return Permissions(publish, (f"{inbox_prefix(FERRY)}.>",))
