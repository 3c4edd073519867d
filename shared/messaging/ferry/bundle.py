"""Bundles written and read: a zip of a signed manifest and chunks of envelopes, byte for byte as the site wrote them.

Everything is checked before anything is used: signer, signature, version, every digest, every envelope and position.
"""

import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import orjson
from pydantic import ValidationError

from shared.contracts.envelope import decode
from shared.kernel.errors import Conflict, Invalid, Malformed
from shared.messaging.ferry.manifest import FORMAT, MAX_CHUNK_BYTES, Chunk, Manifest, Stretch
from shared.messaging.ferry.signing import Signer, TrustedSites, verify

_MANIFEST, _SIGNATURE = "manifest.json", "manifest.sig"
_MAX_MANIFEST = 32 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_STAMP = (2020, 1, 1, 0, 0, 0)
_UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError)
"""What the zip library raises for files that somebody damaged on purpose or by pulling the stick."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One fact at its position in the stream that was carried; without a body it is one that was not handed on."""

    position: int
    event_id: str
    subject: str
    body: bytes

    @property
    def site(self) -> str:
        """Whose fact it is."""
        return self.subject.split(".")[1] if self.subject else ""


def pack(facts: Sequence[bytes]) -> bytes:
    """Bodies one after the other, each behind its length."""
    return b"".join(_LENGTH.pack(len(body)) + body for body in facts)


def unpack(content: bytes) -> list[bytes]:
    """The bodies of a chunk.

    Raises:
        Malformed: `ferry.altered`.
    """
    found, at = [], 0
    while at < len(content):
        end = at + _LENGTH.size
        if end > len(content):
            raise Malformed("ferry.altered")
        (size,) = _LENGTH.unpack_from(content, at)
        if end + size > len(content):
            raise Malformed("ferry.altered")
        found.append(content[end : end + size])
        at = end + size
    return found


class BundleWriter:
    """Writes one bundle; it appears under its name only when it is whole and on the disk.

    Args:
        target: the file; must not exist.
        signer: whose facts are vouched for.
    """

    def __init__(self, target: Path, signer: Signer, *, exercise: bool, now: datetime) -> None:
        if target.exists():
            raise Conflict("ferry.target_exists", file=str(target))
        self._target, self._signer, self._exercise, self._now = target, signer, exercise, now
        self._draft = target.with_name(f"{target.name}.{os.getpid()}.partial")
        self._file = os.fdopen(os.open(self._draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)
        self._stretches: dict[str, tuple[str, bool, list[Chunk]]] = {}

    def add(self, site: str, epoch: str, first: int, facts: Sequence[bytes], *, everything: bool = False) -> None:
        """Add facts of one stream that follow those before them.

        Args:
            everything: the stream is the site's aggregate; an empty body stands for a message that is no fact.
        """
        content = pack(facts)
        assert 0 < len(content) <= MAX_CHUNK_BYTES
        name = f"{site}-{first}.facts"
        self._put(name, content)
        chunk = Chunk(
            file=name,
            first=first,
            last=first + len(facts) - 1,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        self._stretches.setdefault(site, (epoch, everything, []))[2].append(chunk)

    def finish(self) -> Manifest:
        """Sign, put on the disk, and give the file its name.

        Raises:
            Invalid: `ferry.nothing_new`, there is no fact in it.
        """
        if not self._stretches:
            self.abandon()
            raise Invalid("ferry.nothing_new")
        stretches = [
            Stretch(site=site, epoch=epoch, everything=everything, chunks=held)
            for site, (epoch, everything, held) in self._stretches.items()
        ]
        manifest = Manifest(
            format=FORMAT if any(each.everything for each in stretches) else 1,
            signer=self._signer.card.site,
            made_at=self._now,
            exercise=self._exercise,
            stretches=stretches,
        )
        content = orjson.dumps(manifest.model_dump(mode="json"))
        self._put(_MANIFEST, content)
        self._put(_SIGNATURE, self._signer.sign(content))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._draft.rename(self._target)
        return manifest

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._zip.close()
        self._file.close()
        self._draft.unlink(missing_ok=True)

    def _put(self, name: str, content: bytes) -> None:
        self._zip.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)


class Bundle:
    """A bundle that was opened and found to be what its signer made. Read it inside `with`.

    Args:
        file: the zip.
        trusted: whose signatures count.
        exercise: of this site; facts of exercises never meet real ones.

    Raises:
        Malformed: `ferry.unreadable`, `ferry.altered`, `ferry.version_unknown`.
        Invalid: `ferry.signer_unknown`, `ferry.signature_wrong`, `ferry.other_world`, `ferry.not_its_own`,
            `ferry.not_centre`.
    """

    def __init__(self, file: Path, trusted: TrustedSites, *, exercise: bool) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except _UNREADABLE as error:
            raise Malformed("ferry.unreadable") from error
        try:
            self.manifest = self._checked_manifest(trusted, exercise=exercise)
            for stretch in self.manifest.stretches:
                for _ in self.facts(stretch):
                    pass
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def facts(self, stretch: Stretch, after: int = 0) -> Iterator[list[Carried]]:
        """The facts behind a position, chunk by chunk, each chunk checked as it is read.

        Raises:
            Malformed: `ferry.altered`.
        """
        for chunk in stretch.chunks:
            if chunk.last > after:
                found = self._chunk(stretch, chunk)
                yield [fact for fact in found if fact.position > after]

    def _chunk(self, stretch: Stretch, chunk: Chunk) -> list[Carried]:
        content = self._member(chunk.file, chunk.bytes)
        if len(content) != chunk.bytes or hashlib.sha256(content).hexdigest() != chunk.sha256:
            raise Malformed("ferry.altered")
        bodies = unpack(content)
        if len(bodies) != chunk.last - chunk.first + 1:
            raise Malformed("ferry.altered")
        return [self._fact(stretch, at, body) for at, body in enumerate(bodies, chunk.first)]

    def _fact(self, stretch: Stretch, position: int, body: bytes) -> Carried:
        if stretch.everything and not body:
            return Carried(position, "", "", body)
        envelope = decode(body)
        is_theirs = stretch.everything or envelope.site == stretch.site
        if not is_theirs or envelope.exercise != self.manifest.exercise:
            raise Malformed("ferry.altered")
        return Carried(position, envelope.id, envelope.type, body)

    def _checked_manifest(self, trusted: TrustedSites, *, exercise: bool) -> Manifest:
        content, signature = self._member(_MANIFEST, _MAX_MANIFEST), self._member(_SIGNATURE, 1024)
        said = _loose(content)
        signer = said.get("signer")
        card = trusted.find(signer) if isinstance(signer, str) and signer.isidentifier() else None
        if card is None:
            raise Invalid("ferry.signer_unknown", signer=str(signer)[:32])
        if not verify(card, content, signature):
            raise Invalid("ferry.signature_wrong", signer=card.site)
        if said.get("format") not in range(1, FORMAT + 1):
            raise Malformed("ferry.version_unknown", given=str(said.get("format"))[:20], known=FORMAT)
        try:
            manifest = Manifest.model_validate(said)
        except ValidationError as error:
            raise Malformed("ferry.unreadable") from error
        if manifest.exercise != exercise:
            raise Invalid("ferry.other_world")
        foreign = [stretch.site for stretch in manifest.stretches if stretch.site != card.site]
        if foreign:
            raise Invalid("ferry.not_its_own", signer=card.site, sites=", ".join(foreign))
        if not card.centre and any(stretch.everything for stretch in manifest.stretches):
            raise Invalid("ferry.not_centre", signer=card.site)
        return manifest

    def _member(self, name: str, most: int) -> bytes:
        """A file of the zip, never more than `most` bytes, whatever the zip says of itself."""
        try:
            with self._zip.open(name) as member:
                content = member.read(most + 1)
        except (*_UNREADABLE, KeyError) as error:
            raise Malformed("ferry.unreadable") from error
        if len(content) > most:
            raise Malformed("ferry.altered")
        return content


def _loose(content: bytes) -> Mapping[str, object]:
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Malformed("ferry.unreadable") from error
    if not isinstance(said, dict):
        raise Malformed("ferry.unreadable")
    return said
