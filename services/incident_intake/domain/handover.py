"""Moving an incident's home. INVARIANT: at every moment at most one site writes an incident.

The home asks, the other site answers, and the home alone hands over: with `handed_over` it writes its last version, and
the new home begins with the next one only when it has heard that. In between nobody writes. Nothing here depends on the
order, the number or the speed of messages: what is old, repeated or not asked for changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.contracts.events.intake import Handover, HandoverState
from shared.kernel.errors import Conflict
from shared.kernel.limits import Limit

VALID_FOR = Limit(timedelta(minutes=15), "chosen: long enough to ask the leader at the other site, no longer")
VALID_AT_MOST = Limit(timedelta(hours=12), "chosen: one shift; who asks for later asks again")
LINES_CARRIED = Limit(200, "chosen: a day's timeline; the whole stands in the journal of facts")


@dataclass(frozen=True, slots=True)
class Standing:
    """Who writes an incident, at which version, and what is asked about it."""

    home_site: str
    version: int
    succession: tuple[str, ...] = ()
    handover: Handover | None = None

    @property
    def pending(self) -> Handover | None:
        """The request that waits for its answer."""
        waits = self.handover is not None and self.handover.state is HandoverState.REQUESTED
        return self.handover if waits else None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other site answered to which request."""

    handover_id: str
    is_yes: bool
    at: datetime
    by: str | None = None
    text: str | None = None


def ask(standing: Standing, handover: Handover) -> Standing:
    """The home asks.

    Raises:
        Conflict: `handover.open_already`.
    """
    if standing.pending is not None:
        raise Conflict("handover.open_already", site=standing.pending.to_site)
    return replace(standing, version=standing.version + 1, handover=handover)


def rule(standing: Standing, reply: Reply, now: datetime, *, may_go: bool = True) -> tuple[str, Standing] | None:
    """What the home does with an answer: the name of its fact and how the incident stands then; None: not asked for.

    An acceptance that is heard after `valid_until` hands nothing over: meanwhile people went on here.

    Args:
        now: of the home's clock, which alone decides.
        may_go: the incident is still open.
    """
    asked = standing.pending
    if asked is None or asked.id != reply.handover_id or standing.home_site != asked.from_site:
        return None
    said = {"answered_at": reply.at, "answered_by": reply.by, "answer": reply.text}
    if not reply.is_yes:
        return "handover_declined", _next(standing, asked, HandoverState.DECLINED, said)
    if now > asked.valid_until or not may_go:
        return "handover_expired", _next(standing, asked, HandoverState.EXPIRED, said)
    gone = _next(standing, asked, HandoverState.ACCEPTED, said)
    return "handed_over", replace(gone, home_site=asked.to_site, succession=(*gone.succession, asked.from_site))


def lapse(standing: Standing, now: datetime) -> Standing | None:
    """How the incident stands once nobody has answered in time; None while there is time or nothing is asked."""
    asked = standing.pending
    if asked is None or now <= asked.valid_until:
        return None
    return _next(standing, asked, HandoverState.EXPIRED, {})


def withdraw(standing: Standing, by: str) -> Standing:
    """The home takes its request back; an acceptance that is under way hands nothing over then.

    Raises:
        Conflict: `handover.none_open`.
    """
    asked = standing.pending
    if asked is None:
        raise Conflict("handover.none_open")
    return _next(standing, asked, HandoverState.EXPIRED, {"withdrawn_by": by})


def take_over(here: str, known: Standing | None, told: Standing, fact: str) -> Standing | None:
    """How the incident stands once this site has become its home by the old one's last word; None if it has not."""
    if fact != "handed_over" or told.home_site != here:
        return None
    if known is not None and known.version >= told.version:
        return None
    return replace(told, version=told.version + 1)


def follow(here: str, known: Standing | None, told: Standing, fact: str) -> Standing | None:
    """What a former home believes after a newer fact of the present one; None if it changes nothing.

    A site that has lost its last hours hears its own `handed_over` again and stops writing too.
    """
    if known is None or told.version <= known.version or told.home_site == here:
        return None
    return told if known.home_site != here or fact == "handed_over" else None


def _next(standing: Standing, asked: Handover, state: HandoverState, said: Mapping[str, object]) -> Standing:
    return replace(standing, version=standing.version + 1, handover=asked.model_copy(update={"state": state, **said}))
