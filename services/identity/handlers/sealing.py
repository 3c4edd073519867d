"""Sealing a secret for one site: only who holds that site's private key can open it, and only in its own place.

X25519 with an ephemeral key, HKDF-SHA256, ChaCha20-Poly1305 (RFC 7748, 5869, 8439).
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.contracts.events.identity import Sealed

_PURPOSE = b"yizhangtu account grant v1"
_NONCE_BYTES = 12


class CannotOpen(Exception):
    """It was sealed for another site, for another place, or was altered."""


def new_key_pair() -> tuple[str, str]:
    """Private and public key, base64."""
    private = X25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), _text(private.public_key().public_bytes_raw())


def seal(secret: str, public_key: str, place: str) -> Sealed:
    """The secret, for the holder of the key alone.

    Args:
        place: what it belongs to; it opens nowhere else.
    """
    ephemeral = X25519PrivateKey.generate()
    ephemeral_public = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(_bytes(public_key)))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = ChaCha20Poly1305(_derived(shared, ephemeral_public, _bytes(public_key)))
    return Sealed(
        public_key=public_key,
        ephemeral_key=_text(ephemeral_public),
        nonce=_text(nonce),
        text=_text(cipher.encrypt(nonce, secret.encode(), place.encode())),
    )


def unseal(sealed: Sealed, private_key: str, place: str) -> str:
    """The secret.

    Raises:
        CannotOpen: it is not for this key or not for this place.
    """
    try:
        private = X25519PrivateKey.from_private_bytes(_bytes(private_key))
        ephemeral = _bytes(sealed.ephemeral_key)
        shared = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        cipher = ChaCha20Poly1305(_derived(shared, ephemeral, private.public_key().public_bytes_raw()))
        return cipher.decrypt(_bytes(sealed.nonce), _bytes(sealed.text), place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise CannotOpen from error


def _derived(shared: bytes, ephemeral: bytes, public: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=ephemeral + public, info=_PURPOSE).derive(shared)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
