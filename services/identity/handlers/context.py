"""What identity's commands work with."""

from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.policy import IdentityConfig
from services.identity.handlers.attempts import Attempts
from services.identity.handlers.passwords import Passwords
from services.identity.handlers.verifier import LocalSessions
from services.identity.metrics import IdentityMetrics
from shared.http.hosting import Deps


@dataclass(frozen=True, slots=True)
class Identity:
    """The parts of one running identity service."""

    deps: Deps
    config: IdentityConfig
    sessions: LocalSessions
    passwords: Passwords
    attempts: Attempts
    metrics: IdentityMetrics

    def now(self) -> datetime:
        """The present instant."""
        return self.deps.clock.now()
