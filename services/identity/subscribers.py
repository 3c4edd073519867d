"""What identity hears: sealing keys, accounts that the centre grants to this site, and acts for the audit book."""

from sqlalchemy import Connection

from services.identity.handlers.audit import hear_act
from services.identity.handlers.context import Identity
from services.identity.handlers.grants import hear_grant, hear_key, hear_receipt
from shared.contracts.envelope import Envelope
from shared.contracts.events.acts import ActFact
from shared.contracts.events.identity import GrantFact, GrantReceiptFact, SealingKeyFact
from shared.kernel.homes import HUB
from shared.messaging.subscriptions import Subscription
from shared.storage.system import seen_before

_ACTS = "identity__acts"


def subscriptions(identity: Identity) -> list[Subscription]:
    """Of keys and grants the highest version counts, of acts the first hearing: a repeated fact changes nothing."""
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

    async def on_act(envelope: Envelope) -> None:
        if envelope.site != deps.site:
            return
        fact = ActFact.model_validate(envelope.data)

        def put(connection: Connection) -> None:
            if not seen_before(connection, _ACTS, envelope.id, now=identity.now()):
                hear_act(connection, envelope, fact)

        await deps.database.write(put)

    return [
        *([_receipts(identity)] if deps.site == HUB else []),
        Subscription("identity__sealing_keys", ("identity.sealing_key.announced.v1",), on_key),
        Subscription("identity__grants", ("identity.grant.*.v1",), on_grant),
        Subscription(_ACTS, ("*.act.done.v1",), on_act),
    ]


def _receipts(identity: Identity) -> Subscription:
    """What other sites confirm about the accounts that were granted to them; only the centre grants."""

    async def on_receipt(envelope: Envelope) -> None:
        if envelope.site != identity.deps.site:
            fact = GrantReceiptFact.model_validate(envelope.data)
            await identity.deps.database.write(lambda c: hear_receipt(c, envelope, fact))

    return Subscription("identity__grant_receipts", ("identity.grant_receipt.made.v1",), on_receipt)
