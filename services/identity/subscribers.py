"""What identity hears: other sites' sealing keys, and accounts that the centre grants to this site."""

from services.identity.handlers.context import Identity
from services.identity.handlers.grants import hear_grant, hear_key
from shared.contracts.envelope import Envelope
from shared.contracts.events.identity import GrantFact, SealingKeyFact
from shared.messaging.subscriptions import Subscription


def subscriptions(identity: Identity) -> list[Subscription]:
    """Both; of each thing the highest version counts, so a repeated fact changes nothing."""
    deps = identity.deps

    async def on_key(envelope: Envelope) -> None:
        fact = SealingKeyFact.model_validate(envelope.data)
        now = identity.now()
        await deps.database.write(lambda c: hear_key(c, deps, envelope, fact, now))

    async def on_grant(envelope: Envelope) -> None:
        fact = GrantFact.model_validate(envelope.data)
        if fact.to_site != deps.site:
            return
        now = identity.now()
        if await deps.database.write(lambda c: hear_grant(c, deps, envelope, fact, now)):
            identity.sessions.forget()

    return [
        Subscription("identity__sealing_keys", ("identity.sealing_key.announced.v1",), on_key),
        Subscription("identity__grants", ("identity.grant.*.v1",), on_grant),
    ]
