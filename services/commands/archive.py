"""A backup on disk: one SQLite file for each store, all of the same moment, and a manifest that proves them.

The moment is the same because every store's write lock is held while each snapshot is taken: no service can have seen
a fact that its owner's copy lacks. Writers wait for that, a few milliseconds; the copying itself holds up nobody.
"""

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from services.commands.site_files import belongs
from shared.kernel.clock import UtcDatetime
from shared.kernel.errors import Conflict, Malformed, Unavailable

MANIFEST = "manifest.json"
_WAIT_SECONDS = 15.0
_BLOCK = 1024 * 1024


class StoreCopy(BaseModel):
    """One store in a backup; `outbox_last` is its last fact, `outbox_published` the last that the broker had."""

    model_config = ConfigDict(frozen=True)

    file: str
    sha256: str
    bytes: int
    outbox_last: int
    outbox_published: int


class Manifest(BaseModel):
    """What a backup holds.

    Args:
        files: what else makes the site itself, by name, with its digest; empty in old backups.
    """

    model_config = ConfigDict(frozen=True)

    format: int = 1
    site: str
    exercise: bool
    product_version: str
    taken_at: UtcDatetime
    stores: dict[str, StoreCopy]
    files: dict[str, str] = {}


def write_archive(
    target: Path,
    files: Mapping[str, Path],
    *,
    site: str,
    exercise: bool,
    version: str,
    now: datetime,
    beside: Mapping[str, Path] | None = None,
) -> Manifest:
    """Copy the stores, also while they are written to, into a new folder that is complete or not there at all.

    Args:
        files: the stores by name.
        beside: other files by the name that they have in the backup.

    Raises:
        Conflict: `backup.target_not_empty`.
        Unavailable: `backup.busy`, a store was locked for too long.
    """
    if target.exists() and any(target.iterdir()):
        raise Conflict("backup.target_not_empty", folder=str(target))
    draft = target.with_name(f"{target.name}.{os.getpid()}.partial")
    draft.mkdir(parents=True, mode=0o700)
    with _same_moment(files) as snapshots:
        stores = {name: _copy(name, source, draft) for name, source in snapshots.items()}
    kept = {name: _keep(source, draft / name) for name, source in (beside or {}).items()}
    manifest = Manifest(site=site, exercise=exercise, product_version=version, taken_at=now, stores=stores, files=kept)
    _write(draft / MANIFEST, manifest.model_dump_json(indent=2).encode())
    _sync(draft)
    if target.exists():
        target.rmdir()
    draft.rename(target)
    _sync(target.parent)
    return manifest


def read_archive(folder: Path) -> Manifest:
    """The manifest of a backup whose files are what it says.

    Raises:
        Malformed: `backup.unreadable`, `backup.altered`.
    """
    try:
        manifest = Manifest.model_validate(orjson.loads((folder / MANIFEST).read_bytes()))
    except (OSError, ValueError, ValidationError) as error:
        raise Malformed("backup.unreadable", folder=str(folder), reason=type(error).__name__) from error
    if manifest.format != 1:
        raise Malformed("backup.unreadable", folder=str(folder), reason=f"format {manifest.format}")
    for copy in manifest.stores.values():
        file = folder / Path(copy.file).name
        if not file.is_file() or digest(file) != copy.sha256:
            raise Malformed("backup.altered", file=str(file))
    for name, wanted in manifest.files.items():
        if not belongs(name) or not (folder / name).is_file() or digest(folder / name) != wanted:
            raise Malformed("backup.altered", file=str(folder / name))
    return manifest


def digest(file: Path) -> str:
    """SHA-256 of the content."""
    total = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            total.update(block)
    return total.hexdigest()


def positions(connection: sqlite3.Connection) -> tuple[int, int]:
    """The last fact of the outbox, and the last one that the broker had."""
    last = connection.execute("SELECT coalesce(max(position), 0) FROM outbox").fetchone()[0]
    cursor = connection.execute("SELECT position FROM outbox_cursor WHERE id = 1").fetchone()
    return int(last), int(cursor[0]) if cursor else 0


@contextlib.contextmanager
def _same_moment(files: Mapping[str, Path]) -> Iterator[dict[str, sqlite3.Connection]]:
    with contextlib.ExitStack() as opened:

        def connect(file: Path) -> sqlite3.Connection:
            uri = f"{file.as_uri()}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_WAIT_SECONDS)
            return opened.enter_context(contextlib.closing(connection))

        snapshots = {name: connect(file) for name, file in files.items()}
        with contextlib.ExitStack() as locks:
            for file in files.values():
                lock = connect(file)
                _begin(lock)
                locks.callback(lock.execute, "ROLLBACK")
            for snapshot in snapshots.values():
                snapshot.execute("BEGIN")
                snapshot.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the first read fixes the moment
        yield snapshots


def _begin(lock: sqlite3.Connection) -> None:
    try:
        lock.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise Unavailable("backup.busy", seconds=int(_WAIT_SECONDS)) from error


def _copy(name: str, source: sqlite3.Connection, folder: Path) -> StoreCopy:
    file = folder / f"{name}.db"
    file.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one self-contained file
        last, published = positions(copy)
    _sync(file)
    return StoreCopy(
        file=file.name, sha256=digest(file), bytes=file.stat().st_size, outbox_last=last, outbox_published=published
    )


def _keep(source: Path, target: Path) -> str:
    """Copy a file, readable by its owner only; its digest."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(target, source.read_bytes())
    return digest(target)


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0o600)
    _sync(file)


def _sync(path: Path) -> None:
    """Onto the disk; a folder too, so that the names in it are there after a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
