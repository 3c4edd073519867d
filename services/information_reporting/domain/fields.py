"""The elements of a report (报送要素): which there are, which a kind of report must have, how what people type is read.

Source of the elements: 国务院令 493 号 §12 and what local rules on reporting have in common.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from shared.contracts.events.report import ReportKind
from shared.kernel.errors import FieldFault, Invalid

Value = str | int | None
"""A text, a number, or not known."""
Values = Mapping[str, Value]

MAX_TEXT: Final = 10_000
MAX_NUMBER: Final = 1_000_000
MAX_YUAN: Final = 10**13


class Field(StrEnum):
    """One element; its Chinese name stands under `report.field.<key>` in the catalogue."""

    EVENT_TIME = "event_time"
    PLACE = "place"
    SOURCE = "source"
    CAUSE = "cause"
    PROCESS = "process"
    DEAD = "dead"
    MISSING = "missing"
    SERIOUS = "serious"
    INJURED = "injured"
    TRAPPED = "trapped"
    LOSS = "loss"
    IMPACT = "impact"
    TREND = "trend"
    LEADERS_ON_SCENE = "leaders_on_scene"
    MEASURES = "measures"
    NEXT_STEPS = "next_steps"
    SUPPORT_NEEDED = "support_needed"
    SCENE_CONTACT = "scene_contact"
    UNIT_PROFILE = "unit_profile"
    PUBLIC_OPINION = "public_opinion"
    GRADE_TEXT = "grade_text"
    SUPPORT_TO = "support_to"
    SUPPORT_AMOUNT = "support_amount"
    SUPPORT_BY = "support_by"
    SUPPORT_REASON = "support_reason"


ORDER: Final = tuple(field.value for field in Field)
NUMBERS: Final = frozenset({"dead", "missing", "serious", "injured", "trapped"})
EITHER: Final = frozenset({"loss"})
"""A sum in yuan, or words."""
_HARM = ("dead", "missing", "serious", "injured", "trapped")
_CORE = ("event_time", "place", "source", "process", *_HARM, "measures")
_WHOLE = (*_CORE, "cause", "loss", "impact", "trend", "leaders_on_scene", "next_steps", "scene_contact")
_NEEDED: Final[Mapping[ReportKind, tuple[str, ...]]] = {
    ReportKind.INITIAL: _WHOLE,
    ReportKind.FOLLOW_UP: _WHOLE,
    ReportKind.FINAL: (*_WHOLE, "grade_text"),
    ReportKind.SPECIAL: ("process",),
    ReportKind.BULLETIN: ("process",),
    ReportKind.DAILY: ("process",),
    ReportKind.SUPPORT: ("support_to", "support_needed", "support_reason"),
}
_ACCIDENT: Final = "12"
"""事故灾难: the law also wants the profile of the unit (493 §12 一)."""
_SOFT_BREAKS = re.compile("\r\n?|[\x0b\x0c\u2028\u2029\x85]")
_DROPPED = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffc]")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f]")
_EMPTY_LINES = re.compile("\n{3,}")


def gaps(kind: ReportKind, values: Values, type_code: str | None) -> tuple[str, ...]:
    """The elements that a report of this kind should have and has not: named on it, never a reason to hold it back."""
    needed = _NEEDED[kind]
    is_accident = (type_code or "").startswith(_ACCIDENT) and "place" in needed
    wanted = (*needed, "unit_profile") if is_accident else needed
    return tuple(name for name in ORDER if name in wanted and is_empty(values.get(name)))


def is_empty(value: Value) -> bool:
    """Whether nothing is said; zero is said."""
    return value is None or value == ""


def pasted(text: str) -> str:
    """Text as it comes from a word processor: its line breaks, cell marks, hard and zero-width spaces made plain."""
    text = _SOFT_BREAKS.sub("\n", text).replace("\x07", "\t")
    text = _SPACES.sub(" ", _DROPPED.sub("", text))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def read_values(said: Mapping[str, object]) -> dict[str, Value]:
    """The values of what was typed: numbers also in full-width digits, empty text as not known.

    Raises:
        Invalid: `request.invalid` with `report.field_unknown`, `report.number_invalid`, `field.too_long`, `field.type`.
    """
    found: dict[str, Value] = {}
    faults: list[FieldFault] = []
    for name, value in said.items():
        try:
            found[name] = _read(name, value)
        except _Odd as odd:
            faults.append(FieldFault(f"/fields/{name[:60]}", odd.code, **odd.params))
    if faults:
        raise Invalid("request.invalid", faults=tuple(faults))
    return found


class _Odd(ValueError):
    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def _read(name: str, value: object) -> Value:
    if name not in ORDER:
        raise _Odd("report.field_unknown")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _Odd("field.type")
    if name in NUMBERS:
        return _number(value)
    return _sum(value) if isinstance(value, (int, float)) and name in EITHER else _text(value)


def _number(value: str | float) -> int | None:
    text = unicodedata.normalize("NFKC", str(value)).strip().removesuffix("人").strip()
    if not text:
        return None
    if not re.fullmatch(r"\d{1,7}(\.0)?", text) or int(float(text)) > MAX_NUMBER:
        raise _Odd("report.number_invalid", max=MAX_NUMBER)
    return int(float(text))


def _sum(value: float) -> int:
    if not 0 <= value <= MAX_YUAN:
        raise _Odd("report.number_invalid", max=MAX_YUAN)
    return round(value)


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        raise _Odd("field.type")
    text = pasted(value)
    if len(text) > MAX_TEXT:
        raise _Odd("field.too_long", max_length=MAX_TEXT)
    return text or None


def ordered(values: Values, names: Iterable[str] = ORDER) -> dict[str, Value]:
    """Every element in its order; what is not there is not known."""
    return {name: values.get(name) for name in names}
