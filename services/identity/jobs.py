"""What identity does by itself: prove the audit chain, note its head outside, drop what is over."""

import asyncio
from datetime import timedelta

import structlog

from services.identity import store
from services.identity.handlers.audit import verify_audit
from services.identity.handlers.context import Identity
from shared.http.hosting import Job

EVERY = timedelta(hours=1)
_log = structlog.get_logger(__name__)


async def keep_house(identity: Identity) -> None:
    """One round. The head goes to the log, which operators collect elsewhere: a cut-off end shows against it."""
    database, now = identity.deps.database, identity.now()
    head = await database.read(store.last_audit)
    fault = await verify_audit(database, head)
    identity.metrics.audit_ok.set(0 if fault else 1)
    if fault is not None:
        _log.error("audit_chain_broken", seq=fault.seq, reason=fault.reason)
    elif head is not None:
        _log.info("audit_head", seq=head[0], hash=head[1])
    sessions_before = now - identity.config.keep_sessions.value
    failures_before = now - 2 * identity.config.lockout.duration.value
    await database.write(lambda c: store.prune(c, sessions_before=sessions_before, failures_before=failures_before))


def jobs(identity: Identity) -> list[Job]:
    """The jobs of identity."""

    async def run() -> None:
        while True:
            await keep_house(identity)
            await asyncio.sleep(EVERY.total_seconds())

    return [Job("keep_house", run)]
