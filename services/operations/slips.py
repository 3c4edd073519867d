"""Acts done at the machine itself, with the command line: a slip of each, which the running site takes into its book.

A command may not write a store that a running site writes, and the site may be stopped: so it leaves a small file.
"""

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection

from services.settings import Settings
from shared.contracts.events.acts import Act, Detail
from shared.http.hosting import Deps
from shared.kernel.clock import SystemClock, UtcDatetime
from shared.kernel.ids import new_id
from shared.storage.files import remove_durably, write_durably
from shared.storage.system import append_facts, seen_before

_LOOK_SECONDS = 1.0
_CONSUMER = "slips"
_READABLE_BY_ALL = 0o644
"""A command may be run by another account of the machine than the site; nothing in it is secret."""
_log = structlog.get_logger(__name__)


class Slip(BaseModel):
    """One act, as the command tells it."""

    act: Act
    at: UtcDatetime
    target: str | None = None
    detail: dict[str, Detail] = {}


def leave_slip(
    settings: Settings, act: Act, target: str | None = None, detail: Mapping[str, Detail] | None = None
) -> Path:
    """Tell the site what was done here; it stands in the audit book a second later, or after the next start.

    Raises:
        OSError: the folder cannot be written; what was done is not undone by that.
    """
    told: dict[str, Detail] = {"os_user": _os_user(), **(detail or {})}
    slip = Slip(act=act, at=SystemClock().now(), target=target, detail=told)
    content = slip.model_dump_json().encode()
    file = settings.home / f"act-{new_id()}.slip"
    write_durably(file, content, mode=_READABLE_BY_ALL)
    return file


def _os_user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's bare number
        return None


def slips_watch(settings: Settings, journal: Deps) -> Callable[[], Awaitable[None]]:
    """The job that takes slips into the audit book, each once."""

    async def run() -> None:
        while True:
            for file in await asyncio.to_thread(lambda: sorted(settings.home.glob("act-*.slip"))):
                await _take(journal, file)
            await asyncio.sleep(_LOOK_SECONDS)

    return run


async def _take(journal: Deps, file: Path) -> None:
    try:
        slip = Slip.model_validate_json(await asyncio.to_thread(file.read_bytes))
    except (OSError, ValidationError) as error:
        _log.error("slip_unreadable", file=file.name, error=type(error).__name__)
        await asyncio.to_thread(file.rename, file.with_suffix(".unreadable"))
        return
    ident, now = file.stem.removeprefix("act-"), journal.clock.now()
    said = journal.acted("ops", slip.act, None, now=slip.at, target=slip.target, detail=slip.detail)

    def take(connection: Connection) -> None:
        if not seen_before(connection, _CONSUMER, ident, now=now):
            append_facts(connection, said)

    await journal.database.write(take)
    await asyncio.to_thread(remove_durably, file)
