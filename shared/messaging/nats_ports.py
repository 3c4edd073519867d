"""Ports of the embedded broker: chosen once, remembered, so that a restart is found where it was."""

import secrets
import socket
from pathlib import Path

import orjson

from shared.storage.files import write_durably

_LOWEST, _HIGHEST = 14000, 29999
"""Below the range from which Linux takes ports of outgoing connections, so that a restart finds its port free."""


def remembered_ports(path: Path, port: int | None, monitor_port: int | None) -> tuple[int, int]:
    """Ports of clients and of monitoring; the given ones, else those of last time if still free, else new ones."""
    last = _remembered(path)
    client = port or _usable(last.get("client")) or _free_port()
    monitor = monitor_port or _usable(last.get("monitor")) or _free_port(client)
    write_durably(path, orjson.dumps({"client": client, "monitor": monitor}))
    return client, monitor


def _remembered(path: Path) -> dict[str, int]:
    """What was written last time; nothing if it is torn, since other ports do as well."""
    try:
        found = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _usable(port: int | None) -> int | None:
    return port if port and _is_free(port) else None


def _free_port(taken: int = 0) -> int:
    while True:
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        if port != taken and _is_free(port):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
