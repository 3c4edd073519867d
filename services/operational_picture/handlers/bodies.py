"""Bodies of `GET /api/picture`: made once for all who ask in the same moment, pressed once for all who take gzip."""

import asyncio
import gzip
from dataclasses import dataclass, field

from services.operational_picture.domain.changes import Key
from services.operational_picture.handlers.live import LivePicture

_FRESH_SECONDS = 2.0
_GZIP_LEVEL = 5


@dataclass(slots=True)
class _Body:
    stamp: tuple[str, int, int]
    made_at: float
    plain: bytes
    pressed: "asyncio.Future[bytes] | None" = field(default=None)


class Bodies:
    """The cache; one body for each key."""

    def __init__(self, live: LivePicture) -> None:
        self._live = live
        self._kept: dict[Key, _Body] = {}

    def plain(self, key: Key) -> bytes:
        """The picture as JSON."""
        return self._body(key).plain

    async def pressed(self, key: Key) -> bytes:
        """The same as gzip, pressed in a thread so that screens need not wait."""
        body = self._body(key)
        if body.pressed is None:
            body.pressed = asyncio.ensure_future(asyncio.to_thread(gzip.compress, body.plain, _GZIP_LEVEL))
        return await asyncio.shield(body.pressed)

    def _body(self, key: Key) -> _Body:
        live, now = self._live, asyncio.get_running_loop().time()
        stamp = (live.mark.epoch, live.picture.seq, live.picture.revision)
        kept = self._kept.get(key)
        if kept is None or kept.stamp != stamp or now - kept.made_at > _FRESH_SECONDS:
            kept = self._kept[key] = _Body(stamp, now, live.snapshot(key))
        return kept
