"""The correlation id of what is being done right now: a request's, or that of the fact being handled."""

import re
from contextvars import ContextVar

from shared.kernel.ids import new_id

_CURRENT: ContextVar[str | None] = ContextVar("correlation_id", default=None)
_ACCEPTABLE = re.compile(r"^[A-Za-z0-9._:-]{1,64}$")


def current_correlation() -> str | None:
    """The id bound by `bind_correlation`, if any."""
    return _CURRENT.get()


def bind_correlation(offered: str | None = None) -> str:
    """Bind the id that came with the request if it is harmless, else a new one; returns it."""
    chosen = offered if offered is not None and _ACCEPTABLE.match(offered) else new_id()
    _CURRENT.set(chosen)
    return chosen
