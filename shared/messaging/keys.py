"""Who is who at the broker: one nkey per account and user, made once, kept in files only the owner can read."""

import os
import secrets
from pathlib import Path

import nkeys


class Keyring:
    """The seeds under one folder; a missing one is generated, an existing one is never replaced.

    Args:
        folder: for example `<data>/nats/keys`; created with mode 0700.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seed(self, account: str, user: str) -> str:
        """The secret of this user in this account."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{account}_{user}.nk"
        try:
            return path.read_text("ascii").strip()
        except FileNotFoundError:
            return self._create(path)

    def public(self, account: str, user: str) -> str:
        """The public key that the broker's configuration holds."""
        pair = nkeys.from_seed(self.seed(account, user).encode())
        return str(pair.public_key.decode())

    @staticmethod
    def _create(path: Path) -> str:
        seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER).decode().rstrip("=")
        draft = path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(seed)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link fails when another process was faster, so that both end up with the same seed.
            os.link(draft, path)
        except FileExistsError:
            return path.read_text("ascii").strip()
        finally:
            draft.unlink()
        return str(seed)
