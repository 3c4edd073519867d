"""Who runs on a data folder now: two processes with the same service on one store would end each other's broker."""

import contextlib
import fcntl
from collections.abc import Iterator

from services.settings import SERVICES, Settings
from shared.kernel.errors import Conflict

_FOLDER = "locks"


@contextlib.contextmanager
def occupied(settings: Settings, services: tuple[str, ...] | None = None) -> Iterator[None]:
    """Hold the data for these services (those that the settings name) until the end, however the process ends.

    Raises:
        Conflict: `data.in_use`, another process holds one of them.
    """
    folder = settings.home / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        for name in settings.service if services is None else services:
            file = held.enter_context((folder / name).open("a"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict("data.in_use", folder=str(settings.home)) from error
        yield


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the data of the whole site: nothing of it may run meanwhile.

    Raises:
        Conflict: `data.in_use`.
    """
    with occupied(settings, SERVICES):
        yield
