"""The sixteen fields of a line in the order of speech: what each is called, may hold, and how it is written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from services.incident_intake.domain.short_line.checksum import ENCODING
from services.incident_intake.domain.short_line.tidy import BAR, tidy
from shared.kernel.district import Township, townships

VERSION = "SD1"
UNKNOWN = "X"
"""A number that is not known (不明), which is an answer."""
START = re.compile(r"SD[0-9]\|", re.IGNORECASE)
"""How every line of every version begins."""
OUTAGES = "NPR"
MAX_BYTES = 149
"""Of a whole line in GB18030; a second-generation 北斗 message holds 210."""

_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Args:
        name: as in the table of the format.
        label: what the officer sees and asks for.
        expected: what it may hold, for the sentence that refuses it.
        write: the one way of writing what was said, or None when it cannot be.
    """

    name: str
    label: str
    expected: str
    write: Callable[[str], str | None]


def _code(pattern: str) -> Callable[[str], str | None]:
    wanted = re.compile(pattern, re.ASCII)

    def write(said: str) -> str | None:
        text = tidy(said).upper()
        return text if wanted.fullmatch(text) else None

    return write


def _digits(pattern: str) -> Callable[[str], str | None]:
    wanted = re.compile(pattern, re.ASCII)

    def write(said: str) -> str | None:
        text = tidy(said).upper().translate(_LOOKALIKES)
        return text if wanted.fullmatch(text) else None

    return write


def _count(digits: int) -> Callable[[str], str | None]:
    number = _digits(rf"\d{{1,{digits}}}")

    def write(said: str) -> str | None:
        if tidy(said).upper() == UNKNOWN:
            return UNKNOWN
        text = number(said)
        return None if text is None else str(int(text))

    return write


def _sequence(said: str) -> str | None:
    text = _count(3)(said)
    return None if text in {None, UNKNOWN, "0"} else text


def _outage(said: str) -> str | None:
    text = tidy(said).upper()
    if text in {"", "0"}:
        return ""
    letters = "".join(letter for letter in OUTAGES if letter in text)
    return letters if len(text) == len(letters) and set(text) == set(letters) else None


def _words(characters: int) -> Callable[[str], str | None]:
    def write(said: str) -> str | None:
        text = tidy(said)
        fits = len(text) <= characters and len(text.encode(ENCODING)) <= 2 * characters
        return text if fits and BAR not in text and START.search(text + BAR) is None else None

    return write


def _township(said: str) -> str | None:
    text = _digits(r"\d{3}")(said)
    return text if text is not None and territory(text) is not None else None


@cache
def _territories() -> dict[str, Township]:
    return {place.code[-3:]: place for place in townships()}


def territory(unit: str) -> Township | None:
    """The territory with these last three digits."""
    return _territories().get(unit)


FIELDS: tuple[Field, ...] = (
    Field("fmt", "格式", VERSION, _code(VERSION)),
    Field("unit", "属地", "本区属地代码的后三位数字", _township),
    Field("occurred", "现场时间", "八位数字:月、日、时、分", _digits(r"\d{8}")),
    Field("event", "事件码", "五位事件码,例如 11A02", _code(r"\d\d[0-9A-Z]\d\d")),
    Field("grade", "级别", "1 至 4,未定写 0", _digits("[0-4]")),
    Field("dead", "死亡", "至多三位数字,不明写 X", _count(3)),
    Field("missing", "失联", "至多三位数字,不明写 X", _count(3)),
    Field("injured", "受伤", "至多三位数字,不明写 X", _count(3)),
    Field("trapped", "被困", "至多四位数字,不明写 X", _count(4)),
    Field("moved", "转移", "至多五位数字,不明写 X", _count(5)),
    Field("outage", "三断", "N 断网、P 断电、R 断路,可以空", _outage),
    Field("risk", "险情", "至多 20 个字,不含竖线", _words(20)),
    Field("need", "需求", "至多 20 个字,不含竖线", _words(20)),
    Field("by", "报告人", "至多 4 个字,不含竖线", _words(4)),
    Field("seq", "序号", "1 至 999", _sequence),
    Field("chk", "校验", "两位十六进制数", _code("[0-9A-F]{2}")),
)
BY_NAME = {field.name: field for field in FIELDS}
LABELS = {field.name: field.label for field in FIELDS}
