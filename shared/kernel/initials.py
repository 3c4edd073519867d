"""First letters of pinyin, as people type them: 「旧宫」 is `jg`, and 「长子营」 both `zzy` and `czy`."""

import json
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_FIRST, _END = 0x3400, 0xA000
"""Han characters of the basic block and its first extension; rarer ones have no letter and are left out."""
_NONE = "\0"
_TWO_READINGS = {
    "长": "cz", "重": "cz", "行": "hx", "乐": "ly", "朝": "cz", "调": "dt", "单": "ds", "解": "jx", "曾": "cz",
    "藏": "cz", "厦": "sx", "传": "cz", "弹": "dt", "盛": "cs", "省": "sx", "翟": "dz", "仇": "cq", "查": "cz",
    "区": "oq", "沈": "cs", "给": "gj", "车": "cj", "系": "jx", "参": "cs", "奇": "jq", "强": "jq", "校": "jx",
    "降": "jx", "宿": "sx", "栅": "sz", "率": "ls", "粘": "nz", "提": "dt", "尾": "wy", "吓": "hx", "乘": "cs",
    "禅": "cs", "便": "bp", "扁": "bp", "泊": "bp", "卜": "bp", "埔": "bp", "堡": "bp", "会": "hk", "贾": "gj",
    "茄": "jq", "卡": "kq", "拓": "tz", "轧": "yz", "属": "sz", "术": "sz", "说": "sy", "褚": "cz", "种": "cz",
    "澄": "cd", "畜": "cx", "券": "qx", "圈": "jq", "巷": "hx", "合": "gh", "红": "gh", "俞": "sy", "尉": "wy",
}  # fmt: skip
"""Characters of names and places that begin with one of two letters; rare readings are left out on purpose."""


@cache
def _letters() -> str:
    """The letter of each character from `_FIRST` on. Of the library only its table is read: all of it weighs 60 MB."""
    found = find_spec("pypinyin")
    assert found is not None
    assert found.origin is not None
    readings = json.loads((Path(found.origin).parent / "pinyin_dict.json").read_text("utf-8"))
    return "".join(_letter(readings.get(str(code), "")) for code in range(_FIRST, _END))


def _letter(reading: str) -> str:
    letter = unicodedata.normalize("NFD", reading)[:1]
    return letter if letter.isascii() and letter.isalpha() else _NONE


def initials_table() -> dict[str, object]:
    """The letters as a page needs them to do the same without a server.

    `letters` has one for each character from code `first` on (a space: none); `two` those with two readings.
    """
    return {"first": _FIRST, "letters": _letters().replace(_NONE, " "), "two": dict(_TWO_READINGS)}


def initials(text: str) -> tuple[str, ...]:
    """The letters in which the text may be typed: one spelling, or two where a character has two readings.

    Latin letters and digits stand for themselves in lower case, everything else is left out. Empty for no letters.
    """
    spellings = ("".join(_typed(char, reading) for char in text) for reading in (0, 1))
    return tuple(dict.fromkeys(spelling for spelling in spellings if spelling))


def _typed(char: str, reading: int) -> str:
    if char.isascii():
        return char.lower() if char.isalnum() else ""
    if char in _TWO_READINGS:
        return _TWO_READINGS[char][reading]
    code = ord(char)
    letter = _letters()[code - _FIRST] if _FIRST <= code < _END else _NONE
    return "" if letter == _NONE else letter
