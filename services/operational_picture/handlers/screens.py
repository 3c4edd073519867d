"""The screens that listen, each with a short queue: whoever reads too slowly is dropped and resumes by cursor."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from services.operational_picture.domain.changes import Key

MAX_WAITING_BYTES = 4 * 1024 * 1024
"""For one screen: a minute of heavy change, and a bound on what a thousand stuck screens can cost."""


class Screen:
    """One listener.

    Args:
        key: what its account is bound to.
        drop: ends its connection; called once.
    """

    def __init__(self, key: Key, drop: Callable[[], object]) -> None:
        self.key = key
        self._drop = drop
        self._waiting: list[bytes] = []
        self._size = 0
        self._wake = asyncio.Event()
        self.dropped = False

    def offer(self, chunk: bytes) -> bool:
        """Queue the bytes; false if the screen has been dropped instead."""
        if self.dropped:
            return True
        self._size += len(chunk)
        if self._waiting and self._size > MAX_WAITING_BYTES:  # one great frame alone is nobody's slowness
            self.drop()
            return False
        self._waiting.append(chunk)
        self._wake.set()
        return True

    def drop(self) -> None:
        """End it; what waits is thrown away, the screen asks for it by its cursor."""
        if not self.dropped:
            self.dropped = True
            self._waiting.clear()
            self._drop()

    async def next(self) -> bytes:
        """Everything that waits, as soon as there is something."""
        await self._wake.wait()
        self._wake.clear()
        chunk = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        return chunk


class Screens:
    """All listeners, by key, so that one encoding serves each group."""

    def __init__(self) -> None:
        self._groups: dict[Key, set[Screen]] = {}
        self._over = False

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def __iter__(self) -> Iterator[Screen]:
        return (screen for group in list(self._groups.values()) for screen in list(group))

    def keys(self) -> list[Key]:
        """The keys that somebody listens with."""
        return list(self._groups)

    def add(self, screen: Screen) -> None:
        self._groups.setdefault(screen.key, set()).add(screen)
        if self._over:
            screen.drop()

    def discard(self, screen: Screen) -> None:
        group = self._groups.get(screen.key, set())
        group.discard(screen)
        if not group:
            self._groups.pop(screen.key, None)

    def tell(self, key: Key, chunk: bytes) -> int:
        """Give the same bytes to everybody with this key; returns how many were too slow and dropped."""
        return _offer(list(self._groups.get(key, ())), chunk)

    def drop_all(self) -> None:
        """Everybody starts again."""
        for screen in self:
            screen.drop()

    def end(self) -> None:
        """This process ends: everybody goes to another one, or comes again when it is back."""
        self._over = True
        self.drop_all()


def _offer(screens: Iterable[Screen], chunk: bytes) -> int:
    return sum(not screen.offer(chunk) for screen in screens)
