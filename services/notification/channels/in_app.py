"""The screen: the fact of a call is on every picture; nothing is to be sent, only somebody is to be shown it."""

from services.notification.channels.call import Call, Outcome
from services.notification.domain.notification import AttemptOutcome


def screen_outcome(account: str | None) -> Outcome:
    """What showing it comes to; a person without an account has no screen of their own.

    Asked in the transaction that makes the call, since the fact written there is the message.
    """
    return Outcome.accepted() if account else Outcome(AttemptOutcome.NO_ACCOUNT)


class InApp:
    """The same as a channel, for a call that was left waiting."""

    async def send(self, call: Call) -> Outcome:
        return screen_outcome(call.account)
