"""The sample warnings of the package, moved to any day: a rainstorm from blue to red and its end, and an exercise."""

import re
from datetime import datetime, timedelta
from importlib.resources import files

from shared.kernel.clock import SHANGHAI

RAINSTORM = (
    "rainstorm_1_blue.xml",
    "rainstorm_2_yellow.xml",
    "rainstorm_3_orange.xml",
    "rainstorm_4_red.xml",
    "rainstorm_5_cancel.xml",
)
EXERCISE = "rainstorm_exercise.xml"

_SENT = re.compile(r"<sent>([^<]+)</sent>")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+08:00")
_STAMP = re.compile(r"(?<=_)[0-9]{14}(?=_[0-9])")


def sample(name: str) -> str:
    """The text of one sample as it is stored."""
    return (files(__package__) / "samples" / name).read_text(encoding="utf-8")


def rainstorm_series(first_sent: datetime) -> tuple[bytes, ...]:
    """The five messages of the rainstorm, the first of them sent at `first_sent` (aware), the others as far after."""
    texts = [sample(name) for name in RAINSTORM]
    return tuple(_moved(text, first_sent - _sent(texts[0])) for text in texts)


def exercise(sent: datetime) -> bytes:
    """The exercise message, sent at `sent` (aware)."""
    text = sample(EXERCISE)
    return _moved(text, sent - _sent(text))


def _sent(text: str) -> datetime:
    found = _SENT.search(text)
    assert found is not None, "every sample says when it was sent"
    return datetime.fromisoformat(found.group(1))


def _moved(text: str, delta: timedelta) -> bytes:
    """Every time of the message, those inside identifiers included, moved to whole seconds of Beijing time."""

    def moment(found: re.Match[str]) -> str:
        return (datetime.fromisoformat(found.group()) + delta).astimezone(SHANGHAI).isoformat(timespec="seconds")

    def stamp(found: re.Match[str]) -> str:
        local = datetime.strptime(found.group(), "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
        return f"{local + delta:%Y%m%d%H%M%S}"

    return _STAMP.sub(stamp, _MOMENT.sub(moment, text)).encode()
