"""Messaging of one process: broker, streams, connections, relays, consumers; started and ended in order."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from nats.errors import Error as NatsError

from shared.kernel.errors import DomainError
from shared.kernel.precedence import Precedence
from shared.messaging.access import OPS, PROVISION, ServiceAccess, sync_user
from shared.messaging.connection import Connection, Credentials
from shared.messaging.consumers import Consumers, ConsumerState
from shared.messaging.dead_letters import DeadLetters
from shared.messaging.delivery import Patience
from shared.messaging.ending import Ending, end
from shared.messaging.follow import Followed, Follower
from shared.messaging.keys import Keyring
from shared.messaging.links import Link, Links
from shared.messaging.names import account
from shared.messaging.nats_config import ServerSettings
from shared.messaging.nats_server import NatsServer, Stored
from shared.messaging.provision import provision
from shared.messaging.relay import OutboxRelay, OutboxSource, RelayState
from shared.messaging.revoking import put_out
from shared.messaging.subscriptions import Subscription
from shared.messaging.telemetry import TelemetryPublisher
from shared.messaging.topology import Topology

log = structlog.get_logger(__name__)

_CHECK_SECONDS = 30.0
_AGAIN_SECONDS = 0.5
_DEPTH_SECONDS = 10.0
_LINKS_BY, _CONSUMERS_BY, _RELAYS_BY, _CONNECTIONS_BY, _BROKER_BY = 0.55, 0.65, 0.75, 0.87, 0.95
"""Shares of the whole end, which may have begun with other parts than the bus."""
_HANDLER_SECONDS, _FLUSH_SECONDS, _BROKER_SECONDS = 15.0, 5.0, 20.0


@dataclass(frozen=True)
class Participant:
    """A service on the bus.

    Args:
        access: its name and rights; the consumers are taken from the subscriptions.
        outbox: facts to relay, if it owns a context.
        subscriptions: what it hears.
    """

    access: ServiceAccess
    outbox: OutboxSource | None = None
    subscriptions: tuple[Subscription, ...] = ()

    @property
    def name(self) -> str:
        """Of the service."""
        return self.access.name

    @property
    def full_access(self) -> ServiceAccess:
        """The rights with the consumers in it."""
        return replace(self.access, consumers=tuple(each.consumer for each in self.subscriptions))


@dataclass(frozen=True)
class BusSettings:
    """Where the bus lives.

    Args:
        site: token of this site.
        folder: of the broker's files and keys, for example `<data>/nats`.
        exercise: use the drill account; nothing crosses to the real one.
        url: of a broker that somebody else runs; our own is started if not given.
        port: of our own broker; chosen and remembered if not given.
        topology: the other sites, if there are any.
        max_file: bytes our own broker may use on disk.
        patience: of handlers.
        precedence: of the commands in this process, to which handlers give way.
    """

    site: str
    folder: Path
    exercise: bool = False
    url: str | None = None
    port: int | None = None
    topology: Topology | None = None
    max_file: int = 20 * 1024**3
    patience: Patience = field(default_factory=Patience)
    precedence: Precedence = field(default_factory=Precedence)


@dataclass(frozen=True)
class BusState:
    """What `/readyz` and the status strip show.

    Args:
        broker: whether it answers.
        provisioned: whether streams and consumers are known to be right.
        error: code of what hinders provisioning, if anything.
        connections: user to whether it is connected.
        relays: service to its relay.
        consumers: of all services.
        links: to other sites.
        stored: how full our own broker is.
    """

    broker: bool
    provisioned: bool
    error: str | None
    connections: dict[str, bool]
    relays: dict[str, RelayState]
    consumers: list[ConsumerState]
    links: list[Link] = field(default_factory=list)
    stored: Stored = field(default_factory=Stored)

    @property
    def full(self) -> bool:
        """Whether the broker has no room: facts are accepted and wait."""
        return self.error == "broker.full"

    @property
    def ready(self) -> bool:
        """Whether facts flow: everything connected and bound, nothing blocked, room in the broker's store."""
        if self.full:
            return False
        flowing = all(self.connections.values()) and all(each.bound for each in self.consumers)
        return self.broker and self.provisioned and flowing and not any(each.blocked for each in self.relays.values())


class Bus:
    """Messaging of one process. `start` returns though the broker may be away; everything goes on trying."""

    def __init__(self, settings: BusSettings, participants: Sequence[Participant] = ()) -> None:
        self._settings = settings
        self._participants = {each.name: each for each in participants}
        self._keyring = Keyring(settings.folder / "keys")
        self._place = settings.topology or Topology(settings.site)
        self._links: Links | None = None
        self._server: NatsServer | None = None
        self._connections: dict[str, Connection] = {}
        self._relays: dict[str, OutboxRelay] = {}
        self._consumers: list[Consumers] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._dead_letters: DeadLetters | None = None
        self._provisioned = False
        self._error: str | None = None
        self._streams_asked = asyncio.Event()

    @property
    def server(self) -> NatsServer | None:
        """Our own broker, if there is one."""
        return self._server

    @property
    def site(self) -> str:
        """Token of this site."""
        return self._settings.site

    @property
    def topology(self) -> Topology:
        """The place of this site among the others."""
        return self._place

    @property
    def url(self) -> str:
        """Where the broker is."""
        return self._settings.url or (self._server.url if self._server else "")

    @property
    def dead_letters(self) -> DeadLetters:
        """The dead letters of this site."""
        assert self._dead_letters is not None, "not started"
        return self._dead_letters

    def connection(self, user: str) -> Connection:
        """The connection of a participant, or of `ops`."""
        return self._connections[user]

    def telemetry(self, service: str) -> TelemetryPublisher:
        """A publisher of readings for this participant."""
        return TelemetryPublisher(self._settings.site, self.connection(service))

    def follower(
        self,
        service: str,
        on_batch: Callable[[list[Followed]], Awaitable[None]],
        *,
        after_seq: int = 0,
        epoch: str | None = None,
        decoded: bool = True,
    ) -> Follower:
        """A follower of the aggregate stream; the caller runs it."""
        return Follower(
            self.connection(service),
            on_batch,
            after_seq=after_seq,
            epoch=epoch,
            stream=self._place.aggregate,
            decoded=decoded,
        )

    def join(self, participant: Participant) -> None:
        """Add a participant before the start; a service may be built with the bus in hand and join afterwards."""
        self._participants[participant.name] = participant

    async def start(self) -> None:
        """Start everything.

        Raises:
            Unavailable: our own broker cannot be started: no binary, store in use, bad configuration.
        """
        if not self._settings.url:
            self._server = NatsServer(self._server_settings())
            await self._server.start()
        joins = (sync_user(self.site),) if self._place.uplink or self._place.listener else ()
        for user in (PROVISION, OPS, *joins, *self._participants):
            # Before the first look at the streams everybody else would only complain that there are none.
            usable = None if user == PROVISION else self._streams_asked
            self._connections[user] = Connection(self._credentials(user), usable)
            self._connections[user].start()
        self._dead_letters = DeadLetters(self._connections[OPS])
        self._tasks = [
            asyncio.create_task(self._keep_provisioned(), name="bus-provision"),
            asyncio.create_task(self._keep_depth(), name="bus-dead-letters"),
        ]
        if joins:
            self._links = Links(self._place, self._connections[joins[0]], self._settings.folder)
            self._links.start()
        for participant in self._participants.values():
            self._start_participant(participant)

    def change_members(self, place: Topology) -> None:
        """Let other edges in from now on; nothing is restarted, nobody else is disturbed."""
        gone = {each.site for each in self._place.members} - {each.site for each in place.members}
        self._place = place
        if self._server:
            self._server.reload(place)
            if gone:
                system = Credentials(self.url, "sys", self._keyring.seed("SYS", "sys"))
                present = [each.site for each in place.members]
                self._tasks.append(asyncio.create_task(put_out(system, present), name="bus-put-out"))
        if self._links:
            self._links.change(place)

    async def stop(self, ending: Ending | None = None) -> None:
        """End in order: fetch no more, finish what is in hand, send what waits, close, end the broker.

        Args:
            ending: of the whole to which the bus belongs; its own if not given.
        """
        ending = ending or Ending()
        links = {"links": self._links.stop()} if self._links else {}
        await ending.by(_LINKS_BY, {"bus": end(*self._tasks), **links})
        patience = ending.patience(_CONSUMERS_BY, _HANDLER_SECONDS)
        consumers = {f"consumers {each.service}": each.stop(patience) for each in self._consumers}
        await ending.by(_CONSUMERS_BY, consumers)
        patience = ending.patience(_RELAYS_BY, _FLUSH_SECONDS)
        await ending.by(_RELAYS_BY, {f"relay {name}": self._stop_relay(name, patience) for name in self._relays})
        patience = ending.patience(_CONNECTIONS_BY, _FLUSH_SECONDS) / 2
        connections = {f"connection {user}": each.stop(patience) for user, each in self._connections.items()}
        await ending.by(_CONNECTIONS_BY, connections)
        if self._server:
            patience = ending.patience(_BROKER_BY, _BROKER_SECONDS)
            await ending.by(_BROKER_BY, {"broker": self._server.stop(patience)})

    def state(self) -> BusState:
        """The present state; cheap."""
        return BusState(
            broker=self._server.healthy if self._server else any(each.is_up for each in self._connections.values()),
            provisioned=self._provisioned,
            error=self._error or ("broker.full" if self._is_full() else None),
            connections={user: each.is_up for user, each in self._connections.items()},
            relays={name: each.state for name, each in self._relays.items()},
            consumers=[state for each in self._consumers for state in each.states],
            links=self._links.all if self._links else [],
            stored=self._server.stored if self._server else Stored(),
        )

    def _is_full(self) -> bool:
        stored = self._server is not None and self._server.stored.full
        return stored or any(each.state.last_error == "broker.full" for each in self._relays.values())

    def _start_participant(self, participant: Participant) -> None:
        name, connection = participant.name, self._connections[participant.name]
        if participant.outbox is not None and participant.access.context:
            prefix = f"evt.{self._settings.site}.{participant.access.context}."
            self._relays[name] = OutboxRelay(name, participant.outbox, connection, prefix=prefix)
            self._relays[name].start()
        if participant.subscriptions:
            credentials = self._credentials(name)
            consumers = Consumers(
                name,
                credentials,
                connection,
                participant.subscriptions,
                self._settings.patience,
                aggregate=self._place.aggregate,
                precedence=self._settings.precedence,
            )
            consumers.start()
            self._consumers.append(consumers)

    async def _stop_relay(self, name: str, patience: float) -> None:
        flows = self._connections[name].is_up and self._streams_asked.is_set()
        if flows and not await self._relays[name].flush(patience):
            log.warning("relay_not_flushed", service=name)
        await self._relays[name].stop()

    async def _keep_provisioned(self) -> None:
        """After every connect and at intervals; streams that an accident removed come back empty but usable."""
        connection = self._connections[PROVISION]
        subscriptions = [each for participant in self._participants.values() for each in participant.subscriptions]
        while True:
            client = await connection.wait()
            try:
                await connection.during(
                    provision(client, self._settings.site, subscriptions, aggregate=self._place.aggregate)
                )
                self._provisioned, self._error = True, None
            except (DomainError, NatsError, OSError) as error:
                self._provisioned = False
                self._error = error.code if isinstance(error, DomainError) else "broker.away"
                log.warning("provision_failed", error=str(error))
            if connection.is_up:
                # Also after a refusal: what flows without our streams being right shall flow, and say what does not.
                self._streams_asked.set()
            await asyncio.sleep(_CHECK_SECONDS if self._provisioned else _AGAIN_SECONDS)

    async def _keep_depth(self) -> None:
        while True:
            with contextlib.suppress(DomainError, NatsError, OSError):
                await self.dead_letters.depth()
            await asyncio.sleep(_DEPTH_SECONDS)

    def _credentials(self, user: str) -> Credentials:
        if self._settings.url and "@" in self._settings.url:
            return Credentials(self.url, user)
        name = account(exercise=self._settings.exercise)
        return Credentials(self.url, user, self._keyring.seed(name, user))

    def _server_settings(self) -> ServerSettings:
        return ServerSettings(
            folder=self._settings.folder,
            site=self._settings.site,
            services=tuple(each.full_access for each in self._participants.values()),
            port=self._settings.port,
            topology=self._place,
            exercise=self._settings.exercise,
            max_file=self._settings.max_file,
        )
