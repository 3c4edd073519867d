"""How much telemetry may cross a link now: facts first, the latest reading of each thing, less the poorer the link."""

from collections import OrderedDict

READINGS_AT_MOST = 200
"""In one parcel; a good link takes five parcels a second."""
_FIRST_BYTES, _LEAST_BYTES, _MOST_BYTES = 4096, 512, 16 * 1024
"""A parcel of the largest size may be under way when a good link turns poor: at 64 kbit/s it holds a fact up for 2.7 s
(64 KiB were measured to do so for 11 s)."""
_SWIFT_SECONDS, _POOR_SECONDS = 0.1, 1.0
_THINGS_AT_MOST = 20_000


class Allowance:
    """Bytes that the next parcel may have, learnt from how long the last one took there and back.

    One parcel is under way at a time, so this bounds what telemetry can put in front of a fact in any queue of the
    way: on a link of 64 kbit/s the smallest parcel delays a fact by a sixteenth of a second.
    """

    def __init__(self) -> None:
        self.parcel_bytes = _FIRST_BYTES

    def answered(self, seconds: float) -> None:
        """The parcel was acknowledged after this time."""
        if seconds < _SWIFT_SECONDS:
            self.parcel_bytes = min(self.parcel_bytes * 2, _MOST_BYTES)
        elif seconds > _POOR_SECONDS / 2:
            self.parcel_bytes = max(self.parcel_bytes // 2, _LEAST_BYTES)

    def unanswered(self) -> None:
        """No answer came in time: begin small again."""
        self.parcel_bytes = _LEAST_BYTES

    def pause(self, seconds: float | None) -> float:
        """Seconds until the next parcel, after one that took this long (nothing: it was not answered)."""
        if seconds is None:
            return 5.0
        return 0.2 if seconds < _SWIFT_SECONDS else min(max(seconds, 1.0) * 2, 10.0)


class Latest:
    """The latest reading of each thing that waits to cross; a newer one takes the place of an older one."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, bytes] = OrderedDict()
        self.thinned = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, subject: str, body: bytes) -> None:
        """Keep it instead of the one before; things that have waited longest go first."""
        if subject in self._waiting or len(self._waiting) >= _THINGS_AT_MOST:
            self.thinned += 1
        if subject not in self._waiting and len(self._waiting) >= _THINGS_AT_MOST:
            return
        self._waiting[subject] = body

    def take(self, size: int) -> list[tuple[str, bytes]]:
        """Those that fit into a parcel; one that is too large for any is dropped."""
        taken: list[tuple[str, bytes]] = []
        while self._waiting and len(taken) < READINGS_AT_MOST:
            subject, body = next(iter(self._waiting.items()))
            weight = len(subject) + len(body)
            if weight > _MOST_BYTES:
                del self._waiting[subject]
                self.thinned += 1
                continue
            if taken and weight > size:
                break
            size -= weight
            taken.append((subject, self._waiting.pop(subject)))
        return taken
