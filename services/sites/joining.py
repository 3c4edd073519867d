"""The file with which an edge joins a hub: written by the hub, carried over, kept by the edge."""

import hashlib
import os
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from services.settings import Settings
from services.sites.registry import SiteRecord, read_register, register_of, write_private
from services.tls.authority import files_of
from shared.kernel.errors import Conflict, Malformed
from shared.messaging.topology import LeafListener, Topology, Uplink

LEAF_PORT = 7422
"""Of the hub, when the operator names none."""


class JoinFile(BaseModel):
    """All that a new edge needs to know; whoever has the file can join as this site.

    Args:
        version: of this form.
        site: token of the edge.
        display_name: for people.
        townships: codes of the townships that it answers for.
        hub: token of the hub's site.
        hub_name: for people.
        exercise: whether it joins the hub's exercise.
        addresses: `host:port` of the hub's leaf port.
        leaf_user: of the leaf connection.
        leaf_password: likewise.
        hub_ca: certificate authority of the hub (PEM); plain TCP without it.
        sealing_key: X25519 private key (base64) for what is sealed to this site only.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: Literal[1] = 1
    site: str
    display_name: str
    townships: tuple[str, ...] = ()
    hub: str
    hub_name: str
    exercise: bool
    addresses: tuple[str, ...]
    leaf_user: str
    leaf_password: str
    hub_ca: str | None = None
    sealing_key: str


def join_file_for(settings: Settings, record: SiteRecord, sealing_key: str, addresses: tuple[str, ...]) -> JoinFile:
    """What the edge must know of this hub."""
    root = files_of(settings.data.resolve()).root
    return JoinFile(
        site=record.name,
        display_name=record.display_name,
        townships=record.townships,
        hub=settings.site,
        hub_name=settings.site_name,
        exercise=settings.exercise,
        addresses=addresses,
        leaf_user=record.leaf_user,
        leaf_password=record.leaf_password,
        hub_ca=root.read_text("ascii") if root.is_file() else None,
        sealing_key=sealing_key,
    )


def write_join_file(path: Path, join: JoinFile) -> None:
    """Write it with a checksum over its content, readable by its owner only."""
    content = join.model_dump(mode="json")
    write_private(path, orjson.dumps({**content, "checksum": _checksum(content)}, option=orjson.OPT_INDENT_2) + b"\n")


def read_join_file(path: Path) -> JoinFile:
    """Read and check it.

    Raises:
        Malformed: `join.unreadable`, `join.altered`.
    """
    try:
        content = orjson.loads(path.read_bytes())
        checksum = content.pop("checksum")
        join = JoinFile.model_validate(content)
    except (OSError, ValueError, KeyError, AttributeError, TypeError, ValidationError) as error:
        raise Malformed("join.unreadable", file=str(path)) from error
    if checksum != _checksum(content):
        raise Malformed("join.altered", file=str(path))
    return join


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def joined(settings: Settings) -> Settings:
    """The settings of an edge, which are those of its join file; a file that is given is kept for later starts.

    Raises:
        Malformed: `join.unreadable`, `join.altered`.
        Conflict: `join.other_site`, `join.other_mode`, `join.other_data`.
    """
    kept = _kept(settings)
    if settings.join is None and not kept.is_file():
        return settings
    join = read_join_file(settings.join or kept)
    if "site" in settings.model_fields_set and settings.site != join.site:
        raise Conflict("join.other_site", site=settings.site, found=join.site)
    if settings.exercise != join.exercise:
        raise Conflict("join.other_mode", site=join.site)
    former = _former_site(settings)
    if former not in {None, join.site}:
        raise Conflict("join.other_data", folder=str(settings.home), former=former, site=join.site)
    if settings.join is not None:
        settings.home.mkdir(parents=True, exist_ok=True)
        write_join_file(kept, join)
    named = {} if "site_name" in settings.model_fields_set else {"site_name": join.display_name}
    return settings.model_copy(update={"site": join.site, **named})


def rename_joined(settings: Settings, site: str, display_name: str) -> bool:
    """Let this edge call itself otherwise from the next start on; false if it has not joined under that token.

    Raises:
        Malformed: `join.unreadable`, `join.altered`.
    """
    kept = _kept(settings)
    if not kept.is_file():
        return False
    join = read_join_file(kept)
    if join.site != site:
        return False
    write_join_file(kept, join.model_copy(update={"display_name": display_name}))
    return True


def topology_of(settings: Settings) -> Topology:
    """Where this site stands: an edge if it has joined, else a hub; with its leaf port if that is open."""
    kept = _kept(settings)
    if kept.is_file():
        join = read_join_file(kept)
        authority = settings.home / "nats" / "hub-ca.pem" if join.hub_ca else None
        if authority and join.hub_ca:
            authority.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            authority.write_text(join.hub_ca, "ascii")
        uplink = Uplink(join.hub, join.addresses, join.leaf_user, join.leaf_password, authority)
        return Topology(settings.site, uplink)
    register = read_register(register_of(settings))
    return Topology(settings.site, listener=_listener(settings), members=register.members, former=register.former)


def _listener(settings: Settings) -> LeafListener | None:
    if not settings.leaf_port:
        return None
    files = files_of(settings.data.resolve())
    if not (files.complete and files.root.is_file()):
        # Without the root in the join file an edge could not check the certificate.
        return LeafListener(settings.leaf_host, settings.leaf_port)
    return LeafListener(settings.leaf_host, settings.leaf_port, files.certificate, files.key)


def _kept(settings: Settings) -> Path:
    return settings.home / "join.json"


def _former_site(settings: Settings) -> str | None:
    """Whose facts lie here already: the name of the broker that kept them."""
    try:
        name = orjson.loads((settings.home / "nats" / "nats.conf").read_bytes())["server_name"]
    except (OSError, ValueError, KeyError):
        return None
    return os.fsdecode(name)
