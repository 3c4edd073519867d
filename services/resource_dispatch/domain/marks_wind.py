"""The wind as people say it: direction in words or degrees, speed or force; nothing is made of what is not said."""

import re
import unicodedata
from dataclasses import dataclass

_SIXTEEN = (
    "北", "北东北", "东北", "东东北", "东", "东东南", "东南", "南东南",
    "南", "南西南", "西南", "西西南", "西", "西西北", "西北", "北西北",
)  # fmt: skip
_STEP_DEG = 360 / len(_SIXTEEN)
_DIRECTIONS = {
    **{name: place * _STEP_DEG for place, name in enumerate(_SIXTEEN)},
    "东北偏北": 22.5, "东北偏东": 67.5, "东南偏东": 112.5, "东南偏南": 157.5,
    "西南偏南": 202.5, "西南偏西": 247.5, "西北偏西": 292.5, "西北偏北": 337.5,
    "偏北": 0.0, "偏东": 90.0, "偏南": 180.0, "偏西": 270.0,
}  # fmt: skip
_DIRECTION = re.compile("(" + "|".join(sorted(_DIRECTIONS, key=len, reverse=True)) + ")风?")
_FORCE = re.compile(r"([0-9]+|[一二三四五六七八九十]+)(?:[-~至到]([0-9]+|[一二三四五六七八九十]+))?级")
_SPEED = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:m/s|米/秒|米每秒)", re.IGNORECASE)
_DIGITS = {word: place for place, word in enumerate("一二三四五六七八九", start=1)}
_TEN = 10
CALM = ("静风", "无风", "风向不定")


@dataclass(frozen=True, slots=True)
class Wind:
    """From where (degrees clockwise from north; None: calm or from all sides) and how strong, as far as it was said."""

    from_deg: float | None
    speed_ms: float | None = None
    force: int | None = None


def parse_wind(text: str) -> Wind | None:
    """What the words say, or None if they name neither a direction nor calm. Of 「3-4 级」 the stronger counts."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("—", "-").replace("–", "-")
    speed = _SPEED.search(plain)
    force = _FORCE.search(plain)
    strength = (float(speed[1]) if speed else None, _number(force[2] or force[1]) if force else None)
    if any(word in plain for word in CALM):
        return Wind(None, *strength)
    found = _DIRECTION.search(plain)
    return Wind(_DIRECTIONS[found[1]], *strength) if found else None


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    tens, _, ones = word.rpartition("十")
    return (_TEN * _DIGITS.get(tens, 1) if "十" in word else 0) + _DIGITS.get(ones, 0)


def wind_words(wind: Wind) -> str:
    """「西北风 3 级 4.2 米/秒」."""
    if wind.from_deg is None:
        direction = "风向不定"
    else:
        direction = f"{_SIXTEEN[round(wind.from_deg / _STEP_DEG) % len(_SIXTEEN)]}风"
    force = "" if wind.force is None else f" {wind.force} 级"
    speed = "" if wind.speed_ms is None else f" {wind.speed_ms:g} 米/秒"
    return f"{direction}{force}{speed}"
