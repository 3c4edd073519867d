"""A line in the order of speech: for reading out, and for the form that takes down what is read out."""

from collections.abc import Callable
from dataclasses import dataclass

from services.incident_intake.domain.short_line.fields import FIELDS, territory
from services.incident_intake.domain.short_line.spoken import digit_by_digit, number, outage
from shared.kernel.district import incident_types

_COUNTS = frozenset({"dead", "missing", "injured", "trapped", "moved"})
_GRADES = {"0": "未定", "1": "一级", "2": "二级", "3": "三级", "4": "四级"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One field as it is said."""

    name: str
    label: str
    text: str
    spoken: str


def render_for_voice(values: dict[str, str]) -> list[Spoken]:
    """The fields that a line has, in its order, with the words in which each is said."""
    return [
        Spoken(field.name, field.label, values[field.name], _say(field.name, values[field.name]))
        for field in FIELDS
        if field.name in values
    ]


def _say(name: str, text: str) -> str:
    if name in _COUNTS:
        return number(text)
    say = _SAID.get(name)
    return say(text) if say else text or "无"


def _unit(text: str) -> str:
    place = territory(text)
    return f"{digit_by_digit(text)},{place.name}" if place else digit_by_digit(text)


def say_time(text: str) -> str:
    """Month, day, hour and minute of eight digits, digit by digit."""
    month, day, hour, minute = (digit_by_digit(text[at : at + 2]) for at in (0, 2, 4, 6))
    return f"{month}月{day}日,{hour}时{minute}分"


def _event(text: str) -> str:
    kind = next((kind.name for kind in incident_types() if kind.code == text), None)
    return digit_by_digit(text) if kind is None else f"{digit_by_digit(text)},{kind}"


_SAID: dict[str, Callable[[str], str]] = {
    "unit": _unit,
    "occurred": say_time,
    "event": _event,
    "grade": lambda text: _GRADES.get(text, text),
    "outage": outage,
    "fmt": digit_by_digit,
    "seq": digit_by_digit,
    "chk": digit_by_digit,
}
