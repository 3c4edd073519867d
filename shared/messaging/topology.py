"""How this site's broker stands among the others: alone or as the hub with members, or as an edge below a hub."""

from dataclasses import dataclass
from pathlib import Path

from shared.messaging.names import ALL, VIEW

TO_HUB = "to_hub"
"""The durable on an edge's own stream from which the hub sources."""


@dataclass(frozen=True, slots=True)
class Member:
    """An edge that may join this hub.

    Args:
        site: its token, also its JetStream domain.
        user: of its leaf connection.
        password: likewise.
    """

    site: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Uplink:
    """The hub above an edge.

    Args:
        hub: token of the hub's site.
        addresses: `host:port` of its leaf port, tried in turn.
        user: of the leaf connection.
        password: likewise.
        authority: certificate authority (PEM) that the hub's certificate must come from; plain TCP without it.
    """

    hub: str
    addresses: tuple[str, ...]
    user: str
    password: str
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class LeafListener:
    """Where a hub lets its edges in.

    Args:
        host: address to listen on.
        port: of leaf connections.
        certificate: PEM file for TLS, with its key; plain TCP without them.
        key: PEM file.
    """

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Topology:
    """The place of one site.

    Args:
        site: its token.
        uplink: of an edge; a site without one is a hub, if only its own.
        listener: of a hub that lets edges in.
        members: a hub's edges.
        former: sites that were removed; their facts stay and are still handed on.
    """

    site: str
    uplink: Uplink | None = None
    listener: LeafListener | None = None
    members: tuple[Member, ...] = ()
    former: tuple[str, ...] = ()

    @property
    def aggregate(self) -> str:
        """The stream that every service of this site reads."""
        return VIEW if self.uplink else ALL

    @property
    def encrypted(self) -> bool:
        """Whether leaf connections of this site use TLS; true where there are none."""
        if self.uplink:
            return self.uplink.authority is not None
        return self.listener is None or self.listener.certificate is not None


def to_edge(edge: str) -> str:
    """The durable on the hub's aggregate from which this edge sources."""
    return f"to_{edge}"


def up_subject(edge: str) -> str:
    """Where an edge's facts are delivered on their way to the hub."""
    return f"sync.hub.{edge}"


def down_subject(edge: str) -> str:
    """Where the other sites' facts are delivered on their way to this edge."""
    return f"sync.{edge}.all"


def carried_subject(to: str, sender: str) -> str:
    """Where one site hands thinned telemetry to another."""
    return f"link.{to}.{sender}"
