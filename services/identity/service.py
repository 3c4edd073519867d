"""Putting identity together."""

import asyncio
from pathlib import Path

from services.identity.api.grants import build_grants_router
from services.identity.api.routes import build_accounts_router, build_audit_router, build_session_router
from services.identity.domain.policy import IdentityConfig
from services.identity.handlers.accounts import bootstrap
from services.identity.handlers.attempts import Attempts
from services.identity.handlers.context import Identity
from services.identity.handlers.grants import confirm_earlier, ensure_sealing_key
from services.identity.handlers.page_key import ensure_page_secret
from services.identity.handlers.passwords import Passwords
from services.identity.handlers.verifier import LocalSessions
from services.identity.jobs import jobs
from services.identity.metrics import IdentityMetrics
from services.identity.subscribers import subscriptions
from shared.http.hosting import Deps, Service
from shared.kernel.clock import Clock
from shared.storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
DEFAULT = IdentityConfig()
__all__ = ["IdentityConfig", "bootstrap_accounts", "build", "open_sessions"]


def open_sessions(database: Database, clock: Clock, config: IdentityConfig = DEFAULT) -> LocalSessions:
    """What verifies the tokens of every request of this process."""
    return LocalSessions(database, clock, config)


async def bootstrap_accounts(deps: Deps, password: str | None, config: IdentityConfig = DEFAULT) -> str | None:
    """Create `admin` on the first start; returns the one-time password to show once, if one was made."""
    passwords = await asyncio.to_thread(Passwords, config)
    await deps.database.write(lambda c: ensure_sealing_key(c, deps))
    await deps.database.write(ensure_page_secret)
    await deps.database.write(lambda c: confirm_earlier(c, deps))
    return await deps.database.write(lambda c: bootstrap(c, deps, config, passwords, password))


def build(deps: Deps, sessions: LocalSessions, config: IdentityConfig = DEFAULT) -> Service:
    """The service.

    Args:
        sessions: the same that the process's `Auth` verifies with, so that an ended session ends at once.
    """
    attempts = Attempts(config.failures_per_minute.value)
    identity = Identity(deps, config, sessions, Passwords(config), attempts, IdentityMetrics(deps.metrics))
    routers = [
        build_session_router(identity),
        build_accounts_router(identity),
        build_grants_router(identity),
        build_audit_router(identity),
    ]
    return Service("identity", routers=routers, jobs=jobs(identity), subscriptions=subscriptions(identity))
