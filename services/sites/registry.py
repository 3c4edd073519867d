"""The hub's list of sites, `<data>/sites.json`: read by the running hub, written by `yizhangtu site`."""

import base64
import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import BaseModel, ConfigDict, ValidationError

from services.settings import Settings
from shared.kernel.clock import UtcDatetime
from shared.kernel.errors import Conflict, Malformed, NotFound
from shared.kernel.ids import is_token
from shared.messaging.topology import Member

NOT_A_SITE = ("hub", "all", "any")
"""Tokens that mean something else in the subjects between sites."""


class SiteRecord(BaseModel):
    """One edge.

    Args:
        name: token.
        display_name: for people.
        townships: codes of the townships that it answers for.
        leaf_user: of its leaf connection.
        leaf_password: likewise; the file is for the owner only.
        sealing_public: X25519 public key (base64); only this site can open what is sealed to it.
        created_at: when it was added.
        removed_at: when it was removed; its facts stay.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    display_name: str
    townships: tuple[str, ...] = ()
    leaf_user: str
    leaf_password: str
    sealing_public: str
    created_at: UtcDatetime
    removed_at: UtcDatetime | None = None


class Register(BaseModel):
    """All sites that were ever added here."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: int = 1
    sites: tuple[SiteRecord, ...] = ()

    @property
    def present(self) -> tuple[SiteRecord, ...]:
        """Those that may connect."""
        return tuple(site for site in self.sites if site.removed_at is None)

    @property
    def members(self) -> tuple[Member, ...]:
        """Those that may connect, as the broker knows them."""
        return tuple(Member(site.name, site.leaf_user, site.leaf_password) for site in self.present)

    @property
    def former(self) -> tuple[str, ...]:
        """Those that were removed."""
        return tuple(site.name for site in self.sites if site.removed_at is not None)


def register_of(settings: Settings) -> Path:
    """Where the list of this site lies, whether there is one or not."""
    return settings.home / "sites.json"


def read_register(path: Path) -> Register:
    """The list; an empty one if nothing was added yet.

    Raises:
        Malformed: `sites.unreadable`.
    """
    try:
        return Register.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Register()
    except (ValidationError, OSError) as error:
        raise Malformed("sites.unreadable", file=str(path)) from error


def add_site(
    path: Path, name: str, display_name: str, townships: tuple[str, ...], *, hub: str, now: datetime
) -> tuple[SiteRecord, str]:
    """Add a site, or a removed one again with new credentials; returns it and its private sealing key (base64).

    Raises:
        Malformed: `sites.name_invalid`, `sites.unreadable`.
        Conflict: `sites.exists`.
    """
    if not is_token(name) or name in {*NOT_A_SITE, hub}:
        raise Malformed("sites.name_invalid", site=name)
    key = X25519PrivateKey.generate()
    record = SiteRecord(
        name=name,
        display_name=display_name,
        townships=townships,
        leaf_user=f"leaf_{name}",
        leaf_password=secrets.token_urlsafe(32),
        sealing_public=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        created_at=now,
    )
    with _changing(path) as register:
        if any(site.name == name for site in register.present):
            raise Conflict("sites.exists", site=name)
        others = tuple(site for site in register.sites if site.name != name)
        _write(path, register.model_copy(update={"sites": (*others, record)}))
    return record, base64.b64encode(key.private_bytes_raw()).decode()


def remove_site(path: Path, name: str, *, now: datetime) -> SiteRecord:
    """Let it in no more; a running hub ends its connection. Its facts stay.

    Raises:
        NotFound: `sites.unknown`.
        Malformed: `sites.unreadable`.
    """
    return _changed(path, name, {"removed_at": now})


def rename_site(path: Path, name: str, display_name: str) -> SiteRecord:
    """Call it otherwise; its token, and with it everything that it said, stays.

    Raises:
        NotFound: `sites.unknown`.
        Malformed: `sites.unreadable`.
    """
    return _changed(path, name, {"display_name": display_name})


def _changed(path: Path, name: str, values: dict[str, object]) -> SiteRecord:
    with _changing(path) as register:
        found = next((site for site in register.present if site.name == name), None)
        if found is None:
            raise NotFound("sites.unknown", site=name)
        changed = found.model_copy(update=values)
        sites = tuple(changed if site is found else site for site in register.sites)
        _write(path, register.model_copy(update={"sites": sites}))
    return changed


def merge_members(path: Path, other: Path) -> None:
    """Add the sites of another list that this one does not name.

    Raises:
        Malformed: `sites.unreadable`.
    """
    with _changing(path) as register:
        known = {site.name for site in register.sites}
        more = tuple(site for site in read_register(other).sites if site.name not in known)
        _write(path, register.model_copy(update={"sites": (*register.sites, *more)}))


@contextlib.contextmanager
def _changing(path: Path) -> Iterator[Register]:
    """Two commands at once must not lose each other's change."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield read_register(path)


def _write(path: Path, register: Register) -> None:
    write_private(path, register.model_dump_json(indent=2).encode())


def write_private(path: Path, content: bytes) -> None:
    """Replace the file as a whole, durably, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
