"""What a service wants to hear; the only part of messaging that services import."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.contracts.envelope import Envelope


class Recoverable(Exception):
    """Raised by a handler when waiting will help (storage away, disk full): it is asked again for ever, in order."""


@dataclass(frozen=True)
class Subscription:
    """A handler of facts. It is called in order, one at a time, at least once: it must be idempotent by event id.

    With `side_by_side` only the facts of one aggregate are kept in order; those of different ones are handled at the
    same time, so that what came together is committed together.

    Args:
        consumer: durable name, `<service>__<handler>`.
        kinds: such as `intake.incident.*.v1`, from every site.
        handler: returns when the effect is on disk; an exception means once more, at last the dead letters.
        hears: whether a fact is for this handler, by its subject; others are acknowledged unread. The broker itself can
            pick every site or named ones, not all but one's own.
        side_by_side: what the handler does with one aggregate does not depend on what it did with others.
    """

    consumer: str
    kinds: tuple[str, ...]
    handler: Callable[[Envelope], Awaitable[None]]
    hears: Callable[[str], bool] | None = None
    side_by_side: bool = False

    @property
    def service(self) -> str:
        """The part before the double underscore."""
        return self.consumer.partition("__")[0]
