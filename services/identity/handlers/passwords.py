"""Hashing and judging passwords off the event loop, a few at a time."""

import asyncio
import secrets
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from services.identity.domain.passwords import password_faults
from services.identity.domain.policy import IdentityConfig
from shared.kernel.errors import FieldFault, Invalid, Unavailable

P = ParamSpec("P")
T = TypeVar("T")
AT_ONCE = 2
"""Hashes at the same time: each holds tens of megabytes, and more than two only slow each other on two cores."""
MAX_WAITING = 64
"""Beyond that a login would wait longer than a person does; it is refused instead."""
_JUDGED = 72
"""Characters that zxcvbn looks at; what follows can only make a password better."""
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def one_time_password() -> str:
    """About 99 random bits in four groups, without characters that look alike."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def judge_password(password: str, username: str, config: IdentityConfig) -> tuple[FieldFault, ...]:
    """Faults of a new password. Takes some milliseconds."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 — its word lists weigh 10 MB, and most starts judge no password

    score = int(zxcvbn(password[:_JUDGED], user_inputs=[username, "yizhangtu", "daxing"])["score"])
    return password_faults(password, username, score, config.password)


class Passwords:
    """Argon2id (RFC 9106) with bounded concurrency."""

    def __init__(self, config: IdentityConfig) -> None:
        self._config = config
        self._hash = PasswordHash(
            (Argon2Hasher(time_cost=config.argon2_passes, memory_cost=config.argon2_memory_kib, parallelism=1),)
        )
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobody = self._hash.hash(secrets.token_urlsafe(16))

    def hash_now(self, password: str) -> str:
        """The hash, in the caller's thread."""
        return self._hash.hash(password)

    async def hash(self, password: str) -> str:
        """The hash of a new password."""
        return await self._in_turn(self._hash.hash, password)

    async def verify(self, password: str, known_hash: str | None) -> tuple[bool, str | None]:
        """Whether the password is right, and a new hash if the stored one is of older parameters.

        Without a known hash the same work is done, so that the time does not tell which accounts exist.
        """
        right, newer = await self._in_turn(self._hash.verify_and_update, password, known_hash or self._nobody)
        return right and known_hash is not None, newer

    async def require_good(self, password: str, username: str, *, field: str) -> None:
        """Refuse a password that is too weak.

        Raises:
            Invalid: `password.too_weak` with every reason, pointing at the field.
        """
        faults = await asyncio.to_thread(judge_password, password, username, self._config)
        if faults:
            here = tuple(FieldFault(f"/{field}", fault.code, **fault.params) for fault in faults)
            raise Invalid("password.too_weak", faults=here)

    async def _in_turn(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        if self._waiting >= MAX_WAITING:
            raise Unavailable("session.busy", retry_after=5)
        self._waiting += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(work, *args, **named)
        finally:
            self._waiting -= 1
