"""Tokens to actors for every request of this process: a short cache over the store, emptied at any change."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from services.identity import store
from services.identity.domain.policy import IdentityConfig
from services.identity.domain.sessions import ends_at
from services.identity.schemas import actor_of
from shared.kernel.access import Actor
from shared.kernel.clock import Clock
from shared.kernel.errors import Unauthenticated
from shared.storage.database import Database

FRESH_FOR = timedelta(seconds=5)
"""How long an answer is taken from memory; a change by another process on the same store is seen after that."""
MAX_CACHED = 20_000
MAX_TOKEN = 200
_log = structlog.get_logger(__name__)


def token_hash(token: str) -> str:
    """What the store knows of a token. A plain hash is enough: the token has 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session as it was when last looked up.

    Args:
        ends_at: if nobody acts any more.
        expires_at: whatever anybody does.
        attended: that it was used then is remembered.
    """

    actor: Actor
    ends_at: datetime
    expires_at: datetime
    looked_up_at: datetime
    attended: bool


class LocalSessions:
    """`shared.http.auth.SessionVerifier` on identity's own store."""

    def __init__(self, database: Database, clock: Clock, config: IdentityConfig) -> None:
        self._database = database
        self._clock = clock
        self._policy = config.session
        self._cache: dict[str, LiveSession] = {}
        self._looking: dict[tuple[str, bool], asyncio.Task[LiveSession]] = {}
        self._generation = 0

    async def verify(self, token: str, *, attended: bool = True) -> Actor:
        """The actor behind the token.

        Raises:
            Unauthenticated: `session.expired`.
        """
        return (await self.session_of(token, attended=attended)).actor

    async def session_of(self, token: str, *, attended: bool = True) -> LiveSession:
        """The session behind the token.

        Args:
            attended: a person acts, which puts the end of an idle session off.

        Raises:
            Unauthenticated: `session.expired`.
        """
        if len(token) > MAX_TOKEN:
            raise Unauthenticated("session.expired")
        key, now = token_hash(token), self._clock.now()
        known = self._cache.get(key)
        is_fresh = known is not None and timedelta(0) <= now - known.looked_up_at < FRESH_FOR
        if known is None or not is_fresh or (attended and not known.attended):
            known = await self._look_up(key, attended)
        if now >= known.ends_at:
            raise Unauthenticated("session.expired")
        return known

    def forget(self) -> None:
        """Trust nothing remembered: called after every commit that ended a session or changed an account."""
        self._generation += 1
        self._cache.clear()
        self._looking.clear()

    async def _look_up(self, key: str, attended: bool) -> LiveSession:  # noqa: FBT001 — half of the key
        # One look-up for all who ask at the same time: a wall of screens shares one session.
        asked = key, attended
        task = self._looking.get(asked)
        if task is None:
            task = asyncio.create_task(self._load(key, self._generation, attended=attended))
            self._looking[asked] = task
            task.add_done_callback(partial(self._looked_up, asked))
        return await asyncio.shield(task)

    def _looked_up(self, asked: tuple[str, bool], task: asyncio.Task[LiveSession]) -> None:
        if self._looking.get(asked) is task:
            del self._looking[asked]
        if not task.cancelled():
            task.exception()  # taken note of, even if every asker went away

    async def _load(self, key: str, generation: int, *, attended: bool) -> LiveSession:
        row = await self._database.read(lambda connection: store.live_session(connection, key))
        now = self._clock.now()
        if row is None or now >= ends_at(row.last_seen_at, row.expires_at, self._policy):
            raise Unauthenticated("session.expired")
        if attended and now - row.last_seen_at >= self._policy.touch_every:
            self._touch(key, now)
        ends = ends_at(now if attended else row.last_seen_at, row.expires_at, self._policy)
        session = LiveSession(actor_of(row), ends, row.expires_at, now, attended)
        if generation == self._generation:
            if len(self._cache) >= MAX_CACHED:
                self._cache.clear()
            self._cache[key] = session
        return session

    def _touch(self, key: str, now: datetime) -> None:
        # Not awaited: no request waits for this commit, and a lost one costs a minute of idle time.
        written = self._database.write_soon(lambda connection: store.touch_session(connection, key, now))
        written.add_done_callback(lambda done: done.exception() and _log.warning("session_touch_failed"))
