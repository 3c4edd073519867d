"""The configuration file of the embedded broker, as JSON, which the broker reads as well as its own format."""

from collections.abc import Iterable, Mapping
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
    ops_permissions,
    provision_permissions,
    service_permissions,
)
from shared.messaging.keys import Keyring
from shared.messaging.names import DRILL, REAL

MEGABYTE = 1024 * 1024


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
        leafnodes: the `leafnodes` block, when other sites connect here or this site joins another.
        binary: path of nats-server; found in the environment if not given.
    """

    folder: Path
    site: str
    services: tuple[ServiceAccess, ...] = ()
    port: int | None = None
    monitor_port: int | None = None
    max_memory: int = 64 * MEGABYTE
    max_file: int = 20 * 1024 * MEGABYTE
    leafnodes: Mapping[str, Any] | None = None
    binary: Path | None = None


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
    if settings.leafnodes:
        document["leafnodes"] = settings.leafnodes
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _account(name: str, settings: ServerSettings, keyring: Keyring) -> dict[str, Any]:
    rights = {
        PROVISION: provision_permissions(),
        FERRY: ferry_permissions(),
        OPS: ops_permissions(settings.site),
        **{access.name: service_permissions(settings.site, access) for access in settings.services},
    }
    return {"jetstream": "enabled", "users": list(_users(name, rights.items(), keyring))}


def _users(account: str, rights: Iterable[tuple[str, Permissions]], keyring: Keyring) -> Iterable[dict[str, Any]]:
    for user, permissions in rights:
        yield {
            "nkey": keyring.public(account, user),
            "permissions": {
                "publish": {"allow": list(permissions.publish)},
                "subscribe": {"allow": list(permissions.subscribe)},
            },
        }
