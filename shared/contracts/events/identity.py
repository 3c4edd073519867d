"""Facts of identity: accounts, without anything secret."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.base import Fact
from shared.kernel.access import Role


class AccountFact(Fact):
    """Sent by identity after every change of an account. Never carries a hash or a token."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(
        f"identity.account.{fact}.v1" for fact in ("created", "changed", "disabled")
    )

    id: str
    username: str
    name: str
    roles: list[Role] = []
    territory: str | None = None
    person_id: str | None = None
    unit_id: str | None = None
    disabled: bool = False


class SealingKeyFact(Fact):
    """Sent by a site's identity at its first start: what others seal secrets with that only this site can open."""

    KINDS: ClassVar[tuple[str, ...]] = ("identity.sealing_key.announced.v1",)

    site: str
    public_key: str
    """X25519, base64."""


class Sealed(BaseModel):
    """A secret for one site: X25519 with a key of its own, HKDF-SHA256, ChaCha20-Poly1305; base64."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    public_key: str
    ephemeral_key: str
    nonce: str
    text: str


class GrantFact(Fact):
    """An account of this site may log in at another one too, also while that is cut off. Heard by identity there.

    The password's hash is in `sealed`, which nobody but the other site can open; with `revoked` there is none.
    """

    KINDS: ClassVar[tuple[str, ...]] = tuple(f"identity.grant.{fact}.v1" for fact in ("given", "changed", "revoked"))

    account_id: str
    username: str
    name: str
    roles: list[Role] = []
    territory: str | None = None
    person_id: str | None = None
    unit_id: str | None = None
    is_usable: bool
    """False: revoked, disabled, or its password must be changed at home first."""
    sealed: Sealed | None = None
    to_site: str
    home_site: str


class GrantReceiptFact(Fact):
    """Sent by a site that has put the centre's word about a granted account into effect. Heard by identity there."""

    KINDS: ClassVar[tuple[str, ...]] = ("identity.grant_receipt.made.v1",)

    account_id: str
    username: str
    """As the person types it at that site; differs from the home's where the name was taken."""
    grant_version: int
    is_usable: bool
    """False: it opens nothing there any more, or the secret could not be opened."""
    to_site: str
    home_site: str
