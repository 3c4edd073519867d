"""What keeps the picture alive: following the stream and the positions, time, frames, the copy on disk."""

import asyncio
import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
import structlog

from services.operational_picture import store
from services.operational_picture.domain import ageing
from services.operational_picture.domain.digest import differing
from services.operational_picture.domain.fold import apply_raw, skip
from services.operational_picture.domain.items import Position
from services.operational_picture.domain.pacing import Pace
from services.operational_picture.domain.picture import Picture
from services.operational_picture.handlers.live import LivePicture
from shared.contracts.subjects import TelemetrySubject
from shared.http.hosting import Deps, Job
from shared.kernel.clock import parse_time, wire_time
from shared.kernel.errors import DomainError
from shared.messaging.feed import Feed
from shared.messaging.follow import EpochChanged, Followed, Follower

_log = structlog.get_logger(__name__)
BEAT_SECONDS = 4.0
SAVE_SECONDS = 2.0
LEAST_SAVE_SECONDS = 0.5
FAR_BEHIND = 5_000
"""Facts missing, from which on a picture without a past is no picture yet."""
PROVABLE = 20_000
"""Facts in the stream, up to which folding them all again is a matter of seconds."""
PROOF_SECONDS = 60.0
_MEET_SECONDS = 0.1
_AT_ONCE = 200
"""Facts folded before others get a turn."""


@dataclass
class PictureJobs:
    """The jobs of one picture; `feed` is None where no broker is wanted."""

    deps: Deps
    live: LivePicture
    empty: Callable[[], Picture]
    feed: Feed | None
    follower: Follower | None = field(default=None, init=False)

    def all(self) -> list[Job]:
        """What must run as long as the service."""
        jobs = [Job("keep", self.keep), Job("frames", self.frames), Job("time", self.time)]
        return jobs if self.feed is None else [*jobs, Job("follow", self.follow), Job("positions", self.positions)]

    async def keep(self) -> None:
        """Load what was saved, then save what changes; once more at the end."""
        if not self.live.loaded.is_set():
            picture = self.empty()
            mark = await self.deps.database.read(lambda connection: store.load(connection, picture))
            self.live.begin(picture, mark)
        try:
            while True:
                await asyncio.sleep(LEAST_SAVE_SECONDS)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SAVE_SECONDS - LEAST_SAVE_SECONDS):
                        await self.live.save_due.wait()
                await self._save()
        finally:
            await self._save()

    async def _save(self) -> None:
        saving = self.live.take_saving()
        if saving is None:
            return
        try:
            await self.deps.database.write(lambda connection: store.save(connection, saving))
        except DomainError as error:  # a full disk must not take the picture away: it only costs a longer start
            _log.warning("picture_not_saved", code=error.code)
            self.live.give_back(saving)

    async def follow(self) -> None:
        """Fold in every fact, from where the disk left off; begin anew when the stream is another one."""
        assert self.feed is not None
        await self.live.loaded.wait()
        while True:
            known = self.live.mark.stream_epoch or None
            after = self.live.picture.seq
            self.follower = self.feed.follower(self._take, after_seq=after, epoch=known)
            try:
                await self.follower.run()
            except EpochChanged as changed:
                self.live.begin_anew(str(changed.params["epoch"]))

    async def _take(self, batch: list[Followed]) -> None:
        follower, live = self.follower, self.live
        assert follower is not None
        if follower.epoch is not None:
            live.name_stream(follower.epoch)
        if live.picture.seq == 0 and follower.lag > FAR_BEHIND:
            live.rebuilding = True
        for start in range(0, len(batch), _AT_ONCE):
            live.take((seq, body) for seq, _, body in batch[start : start + _AT_ONCE])
            await asyncio.sleep(0)
        if batch[-1][0] >= follower.last_seq:
            live.at_the_end()

    async def positions(self) -> None:
        """Take the latest position of everything that moves."""
        assert self.feed is not None
        await self.live.loaded.wait()
        await self.feed.readings(self._place)

    async def _place(self, subject: TelemetrySubject, body: bytes) -> None:
        position = read_position(subject, body)
        if position is None:
            self.live.picture.odd["position"] += 1
        else:
            self.live.move(position)

    async def frames(self) -> None:
        """Tell the screens; many changes in a short time are told together."""
        await self.live.loaded.wait()
        pace, loop = Pace(), asyncio.get_running_loop()
        while True:
            await self.live.changed.wait()
            self.live.changed.clear()
            self.live.flush()
            await asyncio.sleep(pace.pause(loop.time()))

    async def time(self) -> None:
        """Let time pass, each second; give a sign of life each few."""
        await self.live.loaded.wait()
        loop = asyncio.get_running_loop()
        next_beat = loop.time()
        while True:
            self._note_the_end()
            self.live.tick()
            if loop.time() >= next_beat:
                next_beat = loop.time() + BEAT_SECONDS
                self.live.beat()
            await asyncio.sleep(min(1.0, max(next_beat - loop.time(), 0.0)))

    async def prove(self) -> tuple[str, int]:
        """Whether what is shown is what the whole stream folds to; after a sudden end, before it is believed.

        Shows that instead if it is not. Returns `picture_whole`, `picture_differs` or `picture_long`, and a count.
        """
        assert self.feed is not None
        await self.live.until_the_end()
        if self.live.picture.seq > PROVABLE:
            return "picture_long", self.live.picture.seq
        folded = self.empty()

        async def take(batch: list[Followed]) -> None:
            for seq, _, body in batch:
                fold_body(folded, seq, body)

        following = asyncio.create_task(self.feed.follower(take, after_seq=0, epoch=None).run())
        try:
            async with asyncio.timeout(PROOF_SECONDS):
                found = await self._compared(folded)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        return ("picture_differs", len(found)) if found else ("picture_whole", len(folded.shown))

    async def _compared(self, folded: Picture) -> list[str]:
        """What differs, once both stand at the same fact; then the folded one is shown."""
        while True:
            await asyncio.sleep(_MEET_SECONDS)
            if folded.seq == self.live.picture.seq:
                break
        now = self.deps.clock.now()
        for picture in (folded, self.live.picture):
            ageing.prune(picture, now)
        found = differing(self.live.picture, folded)
        if found:
            _log.error("picture_differs", count=len(found), some=found[:5])
            self.live.adopt(folded)
        return found

    def _note_the_end(self) -> None:
        follower = self.follower
        if self.feed is None or follower is None or follower.epoch is None or follower.lag:
            return
        if self.feed.is_up:
            self.live.name_stream(follower.epoch)
            self.live.at_the_end()


def fold_body(picture: Picture, seq: int, body: bytes) -> None:
    """Fold one stored message in; one that cannot be read is stepped over."""
    try:
        apply_raw(picture, seq, orjson.loads(body))
    except orjson.JSONDecodeError:
        skip(picture, seq)


def read_position(subject: TelemetrySubject, body: bytes) -> Position | None:
    """The position in a reading; None if it holds none that can be drawn."""
    try:
        reading = orjson.loads(body)
        lon, lat, at = float(reading["lon"]), float(reading["lat"]), parse_time(reading["at"])
    except (ValueError, TypeError, KeyError):
        return None
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        return None
    return Position(subject.id, subject.kind, lon, lat, wire_time(at), subject.site)
