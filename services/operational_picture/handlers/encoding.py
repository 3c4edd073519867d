"""The bytes that screens get. What many screens share is encoded once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from services.operational_picture.domain.ageing import sites_view
from services.operational_picture.domain.changes import Changes, Key
from services.operational_picture.domain.items import Feature, Position
from services.operational_picture.domain.picture import Picture
from shared.kernel.clock import wire_time


def public_epoch(epoch: str, key: Key) -> str:
    """The epoch as a screen sees it. Whoever sees another part must not resume: the township is in it."""
    return epoch if key is None else f"{epoch}~{key}"


class Fragments:
    """Encodes each feature once for all groups of screens that get it."""

    def __init__(self) -> None:
        self._known: dict[str, orjson.Fragment] = {}

    def of(self, features: Iterable[Feature]) -> list[orjson.Fragment]:
        """The features as pieces of JSON."""
        known = self._known
        pieces = []
        for feature in features:
            piece = known.get(feature["id"])
            if piece is None:
                piece = known[feature["id"]] = orjson.Fragment(orjson.dumps(feature))
            pieces.append(piece)
        return pieces


def positions_json(positions: Iterable[Position]) -> list[dict[str, Any]]:
    """Positions as they go to a screen."""
    return [position.public() for position in positions]


def snapshot_body(picture: Picture, epoch: str, changes: Changes, now: datetime) -> bytes:
    """The whole picture."""
    return orjson.dumps(
        {
            "epoch": epoch,
            "seq": picture.seq,
            "as_of": wire_time(now),
            "site": picture.site,
            "exercise": picture.exercise,
            "sites": sites_view(picture),
            "features": changes.features,
            "positions": positions_json(changes.positions),
        }
    )


def frame_body(seq: int, epoch: str, changes: Changes, now: datetime, fragments: Fragments) -> bytes:
    """What changed."""
    return orjson.dumps(
        {
            "epoch": epoch,
            "seq": seq,
            "as_of": wire_time(now),
            "features": fragments.of(changes.features),
            "removed": changes.removed,
            "positions": positions_json(changes.positions),
        }
    )


def heartbeat_body(picture: Picture, lag_seconds: float, now: datetime) -> bytes:
    """A sign of life with the state of all links."""
    return orjson.dumps(
        {
            "as_of": wire_time(now),
            "seq": picture.seq,
            "lag_seconds": round(lag_seconds, 3),
            "sites": sites_view(picture),
        }
    )


def sse(event: str, epoch: str, seq: int, body: bytes) -> bytes:
    """One server-sent event; the id is the cursor to resume from."""
    return b"id: %s:%d\nevent: %s\ndata: %s\n\n" % (epoch.encode(), seq, event.encode(), body)


def parse_cursor(text: str | None) -> tuple[str, int] | None:
    """Epoch and sequence of a cursor; None if there is none or it is not one of ours."""
    epoch, colon, seq = (text or "").rpartition(":")
    return (epoch, int(seq)) if colon and seq.isascii() and seq.isdigit() and len(seq) < 19 else None
