"""What the roster hears: other sites' shifts, as far as they must be named when somebody wants to change them here."""

from services.duty_roster import store
from shared.contracts.envelope import Envelope
from shared.http.hosting import Deps
from shared.messaging.subscriptions import Subscription


def subscriptions(deps: Deps) -> list[Subscription]:
    """A shift never moves, so the first fact of it says all; a repeated one changes nothing."""

    async def on_shift(envelope: Envelope) -> None:
        if envelope.site != deps.site:
            await deps.database.write(lambda c: store.note_elsewhere(c, envelope.subject, envelope.site))

    return [Subscription("duty_roster__shifts", ("roster.shift.*.v1",), on_shift)]
