"""The configuration file of the embedded broker, as JSON, which the broker reads as well as its own format."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from shared.messaging.access import (
    FERRY,
    OPS,
    PROVISION,
    Permissions,
    ServiceAccess,
    ferry_permissions,
    leaf_permissions,
    ops_permissions,
    provision_permissions,
    service_permissions,
    sync_permissions,
    sync_user,
)
from shared.messaging.keys import Keyring
from shared.messaging.names import DRILL, REAL, account
from shared.messaging.topology import LeafListener, Member, Topology, Uplink

MEGABYTE = 1024 * 1024
_LOGIN_SECONDS = 15


@dataclass(frozen=True)
class ServerSettings:
    """What the embedded broker is told.

    Args:
        folder: everything of the broker lives below, for example `<data>/nats`.
        site: token of this site, also the JetStream domain.
        services: who may connect, besides `provision` and `ops`.
        port: of clients on loopback; chosen once and remembered if not given.
        monitor_port: of the health endpoint on loopback; likewise.
        max_memory: bytes of memory streams.
        max_file: bytes of file streams; a full store refuses facts, it never drops old ones.
        topology: other sites that connect here, or the one that this site joins; alone if not given.
        exercise: the other sites meet this one in the drill account.
        binary: path of nats-server; found in the environment if not given.
    """

    folder: Path
    site: str
    services: tuple[ServiceAccess, ...] = ()
    port: int | None = None
    monitor_port: int | None = None
    max_memory: int = 64 * MEGABYTE
    max_file: int = 20 * 1024 * MEGABYTE
    topology: Topology | None = None
    exercise: bool = False
    binary: Path | None = None

    @property
    def place(self) -> Topology:
        """The topology; that of a site alone if none was given."""
        return self.topology or Topology(self.site)


def render(settings: ServerSettings, port: int, monitor_port: int) -> bytes:
    """The file's content; `sync_interval: always`, since the default loses acknowledged facts in a power cut."""
    keyring = Keyring(settings.folder / "keys")
    document: dict[str, Any] = {
        "server_name": settings.site,
        "listen": f"127.0.0.1:{port}",
        "http": f"127.0.0.1:{monitor_port}",
        "ping_interval": "5s",
        "ping_max": 2,
        "write_deadline": "5s",
        "max_payload": MEGABYTE,
        "log_file": str(settings.folder / "nats.log"),
        "logfile_size_limit": 10 * MEGABYTE,
        "logfile_max_num": 3,
        "jetstream": {
            "store_dir": str(settings.folder / "js"),
            "domain": settings.site,
            "sync_interval": "always",
            "max_mem": settings.max_memory,
            "max_file": settings.max_file,
        },
        "accounts": {
            "SYS": {"users": [{"nkey": keyring.public("SYS", "sys")}]},
            **{name: _account(name, settings, keyring) for name in (REAL, DRILL)},
        },
        "system_account": "SYS",
    }
    if leafnodes := _leafnodes(settings):
        document["leafnodes"] = leafnodes
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _account(name: str, settings: ServerSettings, keyring: Keyring) -> dict[str, Any]:
    site, place = settings.site, settings.place
    rights = {
        PROVISION: provision_permissions(),
        FERRY: ferry_permissions(),
        OPS: ops_permissions(site, place.aggregate),
        sync_user(site): sync_permissions(site),
        **{access.name: service_permissions(site, access, place.aggregate) for access in settings.services},
    }
    users = list(_users(name, rights.items(), keyring))
    if name == account(exercise=settings.exercise):
        # Among the account's users and not in the `leafnodes` block: only these can be changed without a restart.
        users += [_leaf_user(site, member) for member in place.members]
    return {"jetstream": "enabled", "users": users}


def _users(account: str, rights: Iterable[tuple[str, Permissions]], keyring: Keyring) -> Iterable[dict[str, Any]]:
    for user, permissions in rights:
        yield {"nkey": keyring.public(account, user), "permissions": _allowed(permissions)}


def _leaf_user(hub: str, member: Member) -> dict[str, Any]:
    return {
        "user": member.user,
        "password": member.password,
        "allowed_connection_types": ["LEAFNODE"],
        "permissions": _allowed(leaf_permissions(hub, member.site)),
    }


def _allowed(permissions: Permissions) -> dict[str, Any]:
    allowed: dict[str, Any] = {
        "publish": {"allow": list(permissions.publish)},
        "subscribe": {"allow": list(permissions.subscribe)},
    }
    return allowed | ({"allow_responses": {"max": 1, "ttl": "10s"}} if permissions.answers else {})


def _leafnodes(settings: ServerSettings) -> dict[str, Any] | None:
    place = settings.place
    if place.uplink:
        return _remote(place.uplink, account(exercise=settings.exercise))
    return _listening(place.listener) if place.listener else None


def _listening(listener: LeafListener) -> dict[str, Any]:
    block: dict[str, Any] = {
        "listen": f"{listener.host}:{listener.port}",
        "write_deadline": "5s",
        "compression": "s2_auto",
        # An edge must not try the hub's other addresses, which it cannot reach.
        "no_advertise": True,
        # Greeting and login take several turns; over a satellite each lasts more than a second.
        "authorization": {"timeout": _LOGIN_SECONDS},
    }
    if listener.certificate and listener.key:
        block["tls"] = {"cert_file": str(listener.certificate), "key_file": str(listener.key), "timeout": 10}
    return block


def _remote(uplink: Uplink, local_account: str) -> dict[str, Any]:
    scheme = "tls" if uplink.authority else "nats-leaf"
    remote: dict[str, Any] = {
        "urls": [f"{scheme}://{uplink.user}:{uplink.password}@{address}" for address in uplink.addresses],
        "account": local_account,
        # Facts cross by sourcing only: as plain messages they would be stored twice and acknowledged by both sides.
        "deny_imports": ["evt.>"],
        "deny_exports": ["evt.>"],
        "compression": "s2_auto",
        "ignore_discovered_servers": True,
        "first_info_timeout": f"{_LOGIN_SECONDS}s",
    }
    if uplink.authority:
        remote["tls"] = {"ca_file": str(uplink.authority), "timeout": 10}
    return {"reconnect": "1s", "write_deadline": "5s", "remotes": [remote]}
