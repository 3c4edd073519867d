"""Where the last export ended, so that the next one can go on from there."""

from pathlib import Path
from typing import Final

import orjson

from shared.messaging.ferry.signing import write_private

LAST: Final = "last"
"""What a person says for it."""


class Exports:
    """One place for each stream.

    Args:
        folder: for example `<data>/ferry`.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "exported.json"

    def last(self, stream: str, epoch: str | None) -> int:
        """The position where the last export of this very log ended; 0 if there was none."""
        known = self._read().get(stream)
        return int(known["position"]) if known and known["epoch"] == epoch else 0

    def remember(self, stream: str, epoch: str, position: int) -> None:
        """Note where an export ended."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {**self._read(), stream: {"epoch": epoch, "position": position}}
        write_private(self._file, orjson.dumps(content))

    def _read(self) -> dict[str, dict[str, str | int]]:
        try:
            known = orjson.loads(self._file.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return {}  # an export of everything does no harm
        return known if isinstance(known, dict) else {}
