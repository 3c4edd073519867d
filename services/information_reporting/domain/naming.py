"""How reports are called and numbered on paper."""

from typing import Final

from services.information_reporting.domain.rules import Heading
from shared.contracts.events.report import ReportKind

_DIGITS: Final = "零一二三四五六七八九"
_FULL_NUMBER: Final = 99


def chinese_number(number: int) -> str:
    """1 to 99 as 一 to 九十九; greater ones in digits, since nobody would read them out."""
    if not 0 < number <= _FULL_NUMBER:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def report_title(
    kind: ReportKind, serial: int, revision: int, *, about: str | None = None, day: str | None = None
) -> str:
    """The title of the paper."""
    match kind:
        case ReportKind.INITIAL:
            title = f"关于{about}的初报"
        case ReportKind.FOLLOW_UP:
            title = f"关于{about}的续报（{chinese_number(serial)}）"
        case ReportKind.FINAL:
            title = f"关于{about}的终报"
        case ReportKind.SPECIAL:
            title = f"关于{about}的专报" if about else f"突发事件信息专报（{day}）"
        case ReportKind.SUPPORT:
            title = f"关于{about}请求支援的报告" + (f"（{chinese_number(serial)}）" if serial > 1 else "")
        case ReportKind.BULLETIN:
            title = f"值班快报（{day}）"
        case ReportKind.DAILY:
            title = f"{about or ''}每日情况报告（{day}）"
    return title if revision == 1 else f"{title}（第{revision}版）"


def number_series(kind: ReportKind, year: int) -> str:
    """The series in which a kind is numbered: bulletins and daily reports have their own."""
    own = {ReportKind.BULLETIN: "bulletin", ReportKind.DAILY: "daily"}
    return f"{own.get(kind, 'report')}:{year}"


def document_number(kind: ReportKind, heading: Heading, year: int, number: int) -> str:
    """文号 or 期号."""
    if kind is ReportKind.BULLETIN:
        return f"{year}年第{number}期"
    if kind is ReportKind.DAILY:
        return f"{year}年日报第{number}号"
    return f"{heading.number_words}〔{year}〕{number}号"
