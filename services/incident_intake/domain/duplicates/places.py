"""How alike two places are in words: names of roads and villages, and the numbers of houses that tell them apart."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

_DISTRICT = re.compile(r"^(北京市?)?(大兴区)?")
_TOWN = re.compile(r"^[\u4e00-\u9fff]{2,4}?(街道|地区|镇)")
_FILLER = re.compile(
    r"(附近|旁边?|对面|门口|路口|交叉口|交口|东侧|西侧|南侧|北侧|内|里|处|的|与|和|有个?|一个?|那个?|这边?)"
)
_DIGITS = {char: str(value) for value, char in enumerate("零一二三四五六七八九")}
_CHINESE_NUMBER = re.compile(r"[零一二三四五六七八九十百]+(?=[号栋楼座单层区里队环米])")
_NUMBERED = re.compile(r"(\d+)\s*(号楼|号院|号|栋|座|单元|层|楼|区|公里)")
_HAN_OR_WORD = re.compile(r"[\u4e00-\u9fff]|[a-z0-9]+")


def _value(word: str) -> str:
    """十二 → 12; words beyond a hundred are left to the reader."""
    if "百" in word:
        return word
    tens, has_ten, ones = word.partition("十")
    if has_ten:
        return str(int(_DIGITS.get(tens, "1")) * 10 + int(_DIGITS.get(ones, "0")))
    return "".join(_DIGITS[char] for char in word)


def plain(text: str | None) -> str:
    """The place without the district, filler words and differences of width; numbers in digits."""
    said = unicodedata.normalize("NFKC", text or "").lower().replace(" ", "")
    said = _CHINESE_NUMBER.sub(lambda found: _value(found[0]), said)
    said = _TOWN.sub("", _DISTRICT.sub("", said), count=1)
    return _FILLER.sub("", said)


def pairs(text: str) -> frozenset[str]:
    """Neighbouring characters; a whole text of one character stands for itself."""
    marks = _HAN_OR_WORD.findall(re.sub(_NUMBERED, "", text))
    if len(marks) == 1:
        return frozenset(marks)
    return frozenset(a + b for a, b in pairwise(marks))


def overlap(first: Iterable[str], second: Iterable[str]) -> float:
    """How much of the shorter one is in the longer one, 0 to 1."""
    one, other = set(first), set(second)
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def alike(first: str | None, second: str | None) -> float:
    """How far two places sound alike, without their numbers."""
    return overlap(pairs(plain(first)), pairs(plain(second)))


def other_numbers(first: str | None, second: str | None) -> tuple[str, str] | None:
    """The first number that tells two places apart: 3号楼 and 12号楼 of one estate are not one place."""
    mine = {unit: number for number, unit in _NUMBERED.findall(plain(first))}
    theirs = {unit: number for number, unit in _NUMBERED.findall(plain(second))}
    for unit in ("公里", "号院", "号", "号楼", "栋", "座", "区"):
        if unit in mine and unit in theirs and mine[unit] != theirs[unit]:
            return f"{mine[unit]}{unit}", f"{theirs[unit]}{unit}"
    return None
