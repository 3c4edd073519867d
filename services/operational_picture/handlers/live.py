"""The picture while it lives: facts come in, screens are told, the disk gets a copy. One event loop, no locks."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

import orjson
import structlog

from services.operational_picture.domain import ageing
from services.operational_picture.domain.changes import Key, among, everything, since
from services.operational_picture.domain.fold import apply_raw, skip
from services.operational_picture.domain.items import Position
from services.operational_picture.domain.picture import Picture
from services.operational_picture.domain.positions import locate
from services.operational_picture.handlers.encoding import (
    Fragments,
    frame_body,
    heartbeat_body,
    public_epoch,
    snapshot_body,
    sse,
)
from services.operational_picture.handlers.screens import Screens
from services.operational_picture.metrics import PictureMetrics
from services.operational_picture.store import Mark, Saving, saving_of
from shared.kernel.clock import Clock
from shared.kernel.errors import Unavailable
from shared.kernel.ids import new_id

_log = structlog.get_logger(__name__)
SAVE_AFTER_FACTS: Final = 2_000
_CATCH_UP_SECONDS: Final = 5.0


class LivePicture:
    """What jobs feed and what screens and the API read.

    Args:
        empty: makes a picture without facts.
        clock: our own.
        metrics: where it is measured.
    """

    def __init__(self, empty: Callable[[], Picture], clock: Clock, metrics: PictureMetrics) -> None:
        self._empty = empty
        self._clock = clock
        self._metrics = metrics
        self.picture = empty()
        self.mark = Mark("", new_id())
        self.screens = Screens()
        self.loaded = asyncio.Event()
        self.changed = asyncio.Event()
        self.save_due = asyncio.Event()
        self.rebuilding = False
        self.caught_up_at: datetime | None = None
        self._started_at = clock.now()
        self._loaded_seq = 0
        self._live = asyncio.Event()
        self._wipe = False
        self._saved_seq = -1
        self._unsaved: set[str] = set()
        self._unsaved_moves: set[str] = set()

    # --- in

    def begin(self, picture: Picture, mark: Mark | None) -> None:
        """Start with what was saved, if anything."""
        self.picture = picture
        self.mark = mark or self.mark
        self._loaded_seq = self._saved_seq = picture.seq
        ageing.begin(picture, self._clock.now())
        self.loaded.set()
        self.changed.set()

    def begin_anew(self, stream_epoch: str) -> None:
        """The stream is another one, or went back: what is known cannot be trusted, nor any cursor."""
        went_back = stream_epoch == self.mark.stream_epoch
        _log.warning("picture_begins_anew", went_back=went_back)
        self._metrics.restarts.inc()
        self._live.clear()
        self.caught_up_at, self._wipe = None, True
        self._unsaved.clear()
        self._unsaved_moves.clear()
        self.mark = Mark(stream_epoch, f"{stream_epoch}.{new_id()[-8:]}" if went_back else stream_epoch)
        self.begin(self._empty(), self.mark)
        self.screens.drop_all()

    def adopt(self, picture: Picture) -> None:
        """Show this one instead: it was folded from the same stream up to the same fact; no cursor holds any more."""
        picture.sites, picture.positions = self.picture.sites, self.picture.positions
        picture.spoke.clear()
        self.mark = Mark(self.mark.stream_epoch, f"{self.mark.stream_epoch}.{new_id()[-8:]}")
        self.begin(picture, self.mark)
        self._saved_seq, self._wipe = -1, True
        self._unsaved = {*picture.shown, *picture.gone}
        self._unsaved_moves = set(picture.positions)
        self.screens.drop_all()

    def name_stream(self, stream_epoch: str) -> None:
        """The stream's mark has become known."""
        if self.mark.stream_epoch != stream_epoch:
            self.mark = Mark(stream_epoch, stream_epoch)
            self.screens.drop_all()

    def take(self, batch: Iterable[tuple[int, bytes]]) -> None:
        """Fold stored messages in, in their order."""
        picture = self.picture
        for seq, body in batch:
            try:
                fact = orjson.loads(body)
            except orjson.JSONDecodeError:
                picture.odd["unreadable"] += 1
                skip(picture, seq)
                continue
            apply_raw(picture, seq, fact)
        ageing.listen(picture, self._clock.now(), live=self._live.is_set())
        if self._live.is_set() and picture.seq - self._saved_seq >= SAVE_AFTER_FACTS:
            self.save_due.set()
        self.changed.set()

    def move(self, position: Position) -> None:
        """Take a position."""
        if locate(self.picture, position, self._clock.now()):
            self.changed.set()

    def at_the_end(self) -> None:
        """Nothing is missing now."""
        self.caught_up_at = self._clock.now()
        self.rebuilding = False
        if not self._live.is_set():
            self._live.set()
            ageing.restamp(self.picture, self._loaded_seq)
            self.changed.set()

    async def until_the_end(self) -> None:
        """Wait until nothing is missing."""
        await self._live.wait()

    def tick(self) -> None:
        """Let time pass."""
        ageing.tick(self.picture, self._clock.now())
        self._measure()
        if self.picture.changed or self.picture.moved or self.picture.sites_changed:
            self.changed.set()

    # --- out, to screens

    @property
    def lag_seconds(self) -> float:
        """How old the picture may be: 0 when everything stored is in it and the stream answers."""
        last = self.caught_up_at or self._started_at
        silence = (self._clock.now() - last).total_seconds()
        return 0.0 if self.caught_up_at is not None and silence < 3.0 else max(silence, 0.0)

    def flush(self) -> None:
        """Tell all screens what changed since the last time."""
        picture = self.picture
        changed, moved = self._note_changes()
        if changed or moved:
            fragments, now = Fragments(), self._clock.now()
            for key in self.screens.keys():  # noqa: SIM118 — not a dict
                changes = among(picture, key, changed, moved)
                if changes:
                    epoch = public_epoch(self.mark.epoch, key)
                    body = frame_body(picture.seq, epoch, changes, now, fragments)
                    self._tell(key, sse("frame", epoch, picture.seq, body))
                    self._metrics.frames.inc()
        if picture.sites_changed:
            picture.sites_changed = False
            self._tell_beat()

    def beat(self) -> None:
        """Tell all screens that we live, after everything that happened before."""
        self.flush()
        self._tell_beat()

    def _tell_beat(self) -> None:
        body = heartbeat_body(self.picture, self.lag_seconds, self._clock.now())
        for key in self.screens.keys():  # noqa: SIM118 — not a dict
            self._tell(key, sse("heartbeat", public_epoch(self.mark.epoch, key), self.picture.seq, body))

    def _tell(self, key: Key, chunk: bytes) -> None:
        dropped = self.screens.tell(key, chunk)
        if dropped:
            self._metrics.dropped.inc(dropped)

    def snapshot(self, key: Key) -> bytes:
        """The body of the whole picture as this key sees it."""
        epoch = public_epoch(self.mark.epoch, key)
        return snapshot_body(self.picture, epoch, everything(self.picture, key), self._clock.now())

    def resume(self, key: Key, cursor: tuple[str, int] | None) -> bytes | None:
        """What a screen missed since its cursor, as an event; None if it needs a snapshot.

        Before the stream's end was reached for the first time, what a screen saw may be newer than what was saved.
        """
        epoch = public_epoch(self.mark.epoch, key)
        if cursor is None or cursor[0] != epoch or not self._live.is_set():
            return None
        changes = since(self.picture, key, cursor[1])
        if changes is None:
            return None
        body = frame_body(self.picture.seq, epoch, changes, self._clock.now(), Fragments())
        return sse("frame", epoch, self.picture.seq, body)

    async def ready_for(self, key: Key, cursor: tuple[str, int] | None) -> None:
        """Wait until this screen can be served: loaded, and not behind what it has already seen.

        Raises:
            Unavailable: `picture.loading` or `picture.rebuilding`; nothing of the old state may be shown as present.
        """
        if not self.loaded.is_set():
            raise Unavailable("picture.loading", retry_after=1)
        if self.rebuilding:
            raise Unavailable("picture.rebuilding", retry_after=3)
        if cursor is not None and cursor[0] == public_epoch(self.mark.epoch, key):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CATCH_UP_SECONDS):
                    await self._live.wait()

    # --- out, to disk

    def take_saving(self) -> Saving | None:
        """What must be written now; None if the disk has everything."""
        self._note_changes_for_disk()
        self.save_due.clear()
        picture = self.picture
        if not (self._unsaved or self._unsaved_moves or picture.forgotten or picture.seq != self._saved_seq):
            return None
        saving = saving_of(picture, self.mark, self._unsaved, self._unsaved_moves, picture.forgotten, wipe=self._wipe)
        self._unsaved, self._unsaved_moves, picture.forgotten = set(), set(), set()
        self._saved_seq, self._wipe = picture.seq, False
        return saving

    def give_back(self, saving: Saving) -> None:
        """The write failed: everything in it is still to be written."""
        self._unsaved.update(row["id"] for row in saving.items)
        self._unsaved_moves.update(f"{row['kind']}:{row['id']}" for row in saving.positions)
        self._unsaved_moves &= self.picture.positions.keys()
        self.picture.forgotten.update(saving.forgotten)
        self._wipe = self._wipe or saving.wipe
        self._saved_seq = -1

    def _note_changes(self) -> tuple[set[str], set[str]]:
        picture = self.picture
        changed, moved = picture.changed, picture.moved
        picture.changed, picture.moved = set(), set()
        self._unsaved |= changed
        self._unsaved_moves |= moved
        return changed, moved

    def _note_changes_for_disk(self) -> None:
        self._unsaved |= self.picture.changed
        self._unsaved_moves |= self.picture.moved

    def _measure(self) -> None:
        metrics, picture = self._metrics, self.picture
        metrics.clients.set(len(self.screens))
        metrics.lag.set(self.lag_seconds)
        metrics.seq.set(picture.seq)
        metrics.features.set(len(picture.shown))
        for reason, count in picture.odd.items():
            metrics.odd.labels(reason).inc(count)
        picture.odd.clear()
