"""An order as a line to be sent or read out, with the same tidying, bytes and check as a report."""

from dataclasses import dataclass
from datetime import datetime

from services.incident_intake.domain.short_line.checksum import checksum
from services.incident_intake.domain.short_line.report import scene_digits
from services.incident_intake.domain.short_line.spoken import digit_by_digit
from services.incident_intake.domain.short_line.tidy import BAR, tidy
from services.incident_intake.domain.short_line.voice import Spoken, say_time

VERSION = "ML1"
_PLACE, _TASK, _NAME = 20, 20, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a unit is ordered to do.

    Args:
        number: of the assignment; it serves as the line's sequence.
        event: code of the incident's type, "" when none was chosen.
    """

    number: str
    ordered_at: datetime
    unit: str
    event: str
    place: str
    task: str
    by: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """The line, and its fields as they are said."""

    text: str
    spoken: tuple[Spoken, ...]


def render_order(order: Order) -> OrderLine:
    """The order in one line: format, number, time, unit, event, place, task, by whom, check; long texts are cut."""
    fields = (
        ("fmt", "格式", VERSION),
        ("number", "指令号", tidy(order.number)),
        ("ordered", "下达时间", scene_digits(order.ordered_at)),
        ("unit", "队伍", _cut(order.unit, _NAME)),
        ("event", "事件码", tidy(order.event)),
        ("place", "地点", _cut(order.place, _PLACE)),
        ("task", "任务", _cut(order.task, _TASK)),
        ("by", "下达人", _cut(order.by, 4)),
    )
    body = BAR.join(text for _, _, text in fields) + BAR
    check = checksum(body)
    told = (*fields, ("chk", "校验", check))
    spoken = tuple(Spoken(name, label, text, _say(name, text)) for name, label, text in told)
    return OrderLine(body + check, spoken)


def _cut(text: str, characters: int) -> str:
    return tidy(text).replace(BAR, "/")[:characters]


def _say(name: str, text: str) -> str:
    if name == "ordered":
        return say_time(text)
    if name == "number":
        return ",".join(digit_by_digit(part, 4) for part in text.split("-"))
    return digit_by_digit(text) if name in {"fmt", "event", "chk"} and text else text or "无"
