"""Who made a bundle: one ed25519 key a site, and the sites whose keys were accepted by hand."""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.kernel.errors import Invalid, Malformed

_PURPOSE = b"yizhangtu ferry bundle 1\n"
"""Signed with the manifest, so that a signature made for anything else never fits."""
_SITE = r"^[a-z][a-z0-9_]{0,31}$"


class Card(BaseModel):
    """A site's public key, carried over by hand and compared by its fingerprint."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str = Field("yizhangtu-ferry-card", pattern="^yizhangtu-ferry-card$")
    site: str = Field(pattern=_SITE)
    public_key: str = Field(max_length=64)

    @property
    def fingerprint(self) -> str:
        """Eight groups of four hexadecimal digits, for reading out."""
        digits = hashlib.sha256(b"ferry " + self.site.encode() + b" " + self.public_key.encode()).hexdigest()[:32]
        return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


class TrustedCard(Card):
    """An accepted card; `centre` if the site also speaks for the sites that it hears."""

    centre: bool = False


def read_card(content: bytes) -> Card:
    """The card in a file.

    Raises:
        Malformed: `ferry.card_unreadable`.
    """
    try:
        card = Card.model_validate_json(content)
        _public(card.public_key)
    except (ValidationError, ValueError) as error:
        raise Malformed("ferry.card_unreadable") from error
    return card


class Signer:
    """This site's key; made at the first use, kept in a file that only the owner can read.

    Args:
        folder: for example `<data>/ferry`.
        site: token of this site.
    """

    def __init__(self, folder: Path, site: str) -> None:
        self._path = folder / "signing.key"
        self._site = site

    @property
    def card(self) -> Card:
        """What other sites must know of this one."""
        public = self._key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return Card(kind="yizhangtu-ferry-card", site=self._site, public_key=base64.b64encode(public).decode())

    def sign(self, manifest: bytes) -> bytes:
        """The signature of a manifest, base64."""
        return base64.b64encode(self._key().sign(_PURPOSE + manifest))

    def _key(self) -> Ed25519PrivateKey:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
            write_private(self._path, base64.b64encode(made))
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(self._path.read_bytes()))


class TrustedSites:
    """The cards that a person accepted, one file each.

    Args:
        folder: for example `<data>/ferry`.
        centre: the centre that this site has joined, if any: it speaks for all sites there too.
    """

    def __init__(self, folder: Path, centre: str | None = None) -> None:
        self._folder = folder / "trusted"
        self._centre = centre

    def add(self, card: Card, *, centre: bool = False) -> None:
        """Accept a card.

        Args:
            centre: whether the site may also carry the facts of other sites here.

        Raises:
            Invalid: `ferry.key_differs`: another key of this site is accepted already; take it away by hand first.
        """
        known = self.find(card.site)
        if known is not None and known.public_key != card.public_key:
            raise Invalid("ferry.key_differs", site=card.site, known=known.fingerprint, given=card.fingerprint)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = TrustedCard(site=card.site, public_key=card.public_key, kind=card.kind, centre=centre)
        write_private(self._folder / f"{card.site}.json", kept.model_dump_json().encode())

    def find(self, site: str) -> TrustedCard | None:
        """The accepted card of a site."""
        path = self._folder / f"{site}.json"
        return self._read(path) if path.is_file() else None

    def all(self) -> list[TrustedCard]:
        """All accepted cards, by site."""
        return [self._read(path) for path in sorted(self._folder.glob("*.json"))]

    def _read(self, path: Path) -> TrustedCard:
        content = path.read_bytes()
        card = read_card(content)
        kept = TrustedCard.model_validate_json(content)
        return kept.model_copy(update={"centre": True}) if card.site == self._centre else kept


def verify(card: Card, manifest: bytes, signature: bytes) -> bool:
    """Whether the site of this card signed the manifest."""
    try:
        _public(card.public_key).verify(base64.b64decode(signature, validate=True), _PURPOSE + manifest)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def write_private(path: Path, content: bytes) -> None:
    """Replace the file as a whole, durably, readable by its owner only."""
    draft = path.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
