"""The sheet as PDF, without a browser: A4, black on white, in a font that every Chinese PDF reader brings along."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle
from reportlab.platypus.flowables import Flowable

from services.operational_picture.domain.sheet import Row, Sheet
from shared.i18n import label
from shared.kernel.clock import parse_time

FONT: Final = "STSong-Light"
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_MARGIN: Final = 12 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_ROMAN: Final = {"I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ", "IV": "Ⅳ"}
_HURT: Final = (("dead", "死"), ("missing", "失"), ("serious", "重"), ("injured", "伤"), ("trapped", "困"))
_OLD_SECONDS: Final = 60
_BEYOND: Final = 0x1_0000
"""The font's encoding has two bytes a character."""
_POSTS: Final = ("duty_leader", "chief_officer", "duty_officer", "government_leader")
_STATES: Final = (
    "standby",
    "accepted",
    "en_route",
    "on_scene",
    "working",
    "assembling",
    "returning",
    "back",
    "unavailable",
)


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        name, fontName=FONT, fontSize=size, leading=size * 1.35, wordWrap="CJK", alignment=TA_LEFT, **more
    )


_TITLE = _style("title", 17, spaceAfter=2)
_HEAD = _style("head", 11, spaceBefore=6, spaceAfter=2)
_TEXT = _style("text", 9)
_CELL = _style("cell", 8.5)


class _Numbered(Canvas):  # type: ignore[misc]  # the library ships no types
    """Knows how many pages there are before it writes the first one's foot."""

    def __init__(self, *args: Any, sheet: Sheet, **more: Any) -> None:
        super().__init__(*args, **more)
        self._sheet = sheet
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 — reportlab's name
        """Put the page by instead of writing it."""
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write all pages."""
        for number, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            _foot(self, self._sheet, number, len(self._kept))
            super().showPage()
        super().save()


def render_sheet(sheet: Sheet) -> bytes:
    """The PDF; as many pages as it takes, each with its number, the age of the data and the mark of an exercise."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    title = f"{sheet.site_name} 态势单 {_moment(sheet.printed_at)}"
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=10 * mm, bottomMargin=14 * mm,
        title=title, author="一张图", lang="zh-CN",
    )  # fmt: skip
    below = _watermark if sheet.exercise else _nothing
    document.build(_parts(sheet), onFirstPage=below, onLaterPages=below, canvasmaker=partial(_Numbered, sheet=sheet))
    return out.getvalue()


def _nothing(_canvas: Canvas, _document: object) -> None:
    pass


def _foot(canvas: Canvas, sheet: Sheet, number: int, total: int) -> None:
    canvas.setFont(FONT, 8.5)
    canvas.setFillColor(colors.black)
    left = f"打印于 {_moment(sheet.printed_at)}  数据截至 {_moment(sheet.as_of)}  {sheet.site_name}"
    canvas.drawString(_MARGIN, 8 * mm, _printable(left))
    canvas.drawRightString(A4[0] - _MARGIN, 8 * mm, f"第 {number} 页 / 共 {total} 页")


def _watermark(canvas: Canvas, _document: object) -> None:
    """Below the words, so that it hides none."""
    canvas.saveState()
    canvas.setFillGray(0.9)
    canvas.setFont(FONT, 90)
    canvas.translate(A4[0] / 2, A4[1] / 2)
    canvas.rotate(45)
    canvas.drawCentredString(0, 0, "演练  演练")
    canvas.restoreState()


def _parts(sheet: Sheet) -> list[Flowable]:
    return [
        *_top(sheet),
        *_incidents(sheet),
        *_calls(sheet),
        *_forces(sheet),
        *_territories(sheet),
        *_warnings(sheet),
        *_marks(sheet),
    ]


def _top(sheet: Sheet) -> list[Flowable]:
    mark = "【演练】" if sheet.exercise else ""
    is_old = (sheet.printed_at - sheet.as_of).total_seconds() >= _OLD_SECONDS
    age = ",数据已旧,请先核实。" if is_old else "。"
    duty = (f"{label(f'duty_post.{post}')} {'、'.join(sheet.on_duty.get(post, ())) or '空缺'}" for post in _POSTS)
    return [
        Paragraph(f"{mark}{_marked(sheet.site_name)} 态势单", _TITLE),
        _line(f"打印于 {_moment(sheet.printed_at)},数据截至 {_moment(sheet.as_of)}{age}"),
        _line("值班:" + ";".join(duty)),
    ]


def _incidents(sheet: Sheet) -> list[Flowable]:
    names, widths = ("等级", "编号", "事件", "地点", "伤亡", "接报", "状态,力量"), (12, 29, 46, 34, 18, 24, 23)
    rows = [_incident(row, sheet) for row in sheet.incidents]
    return _section(f"未结束事件 {len(rows)}", names, widths, rows)


def _calls(sheet: Sheet) -> list[Flowable]:
    rows = [_call(row, sheet) for row in sheet.calls]
    return _section(f"未应答叫应 {len(rows)}", ("开始", "内容", "状态", "呼叫对象"), (25, 84, 20, 57), rows)


def _forces(sheet: Sheet) -> list[Flowable]:
    counts = (f"{label(f'unit_status.{s}')} {sheet.unit_states[s]}" for s in _STATES if s in sheet.unit_states)
    rows = [
        (str(row.get("name") or ""), label(f"unit_status.{row.get('status')}"), title) for row, title in sheet.units
    ]
    head, before = f"力量 {sum(sheet.unit_states.values())}", ";".join(counts) or "没有登记队伍。"
    return _section(head, ("队伍", "状态", "任务"), (62, 22, 102), rows, before=before, none="没有队伍在外。")


def _territories(sheet: Sheet) -> list[Flowable]:
    rows = [
        (str(row["name"]), _told(row.get("last_fact_at"), sheet), _told(row.get("since"), sheet)) for row in sheet.cut
    ]
    before = f"在线 {sheet.connected}。" if sheet.connected else ""
    names = ("属地", "最后一报", "失联起")
    return _section(f"失联属地 {len(rows)}", names, (62, 62, 62), rows, before=before, none="没有失联的属地。")


def _warnings(sheet: Sheet) -> list[Flowable]:
    rows = [
        (
            label(f"warning_color.{row['color']}") if row.get("color") else "",
            str(row.get("headline") or row.get("event") or ""),
            _told(row.get("expires"), sheet),
        )
        for row in sheet.warnings
    ]
    return _section(f"生效预警 {len(rows)}", ("颜色", "标题", "有效至"), (20, 136, 30), rows)


def _marks(sheet: Sheet) -> list[Flowable]:
    rows = [
        (
            label(f"mark_kind.{row.get('mark_kind')}"),
            _extent(row),
            str(row.get("basis") or ""),
            title,
            _told(row.get("drawn_at"), sheet),
        )
        for row, title in sheet.marks
    ]
    names = ("类别", "名称和范围", "依据", "事件", "标绘")
    return _section(f"图上标绘 {len(rows)}", names, (26, 58, 40, 36, 26), rows)


def _extent(row: Row) -> str:
    """What it is called, how wide, where."""
    params = row.get("params") or {}
    radius = f"半径 {params['radius_m']:g} 米" if params.get("radius_m") is not None else ""
    lon, lat = params.get("lon"), params.get("lat")
    place = f"{lon:.5f},{lat:.5f}" if lon is not None and lat is not None else ""
    return " ".join(filter(None, (str(row.get("label") or ""), radius, place)))


def _incident(row: Row, sheet: Sheet) -> tuple[str, ...]:
    location = row.get("location") or {}
    text = str(location.get("text") or "")
    township = str(location.get("township_name") or "")
    place = text if township and township in text else " ".join(filter(None, (township, text)))
    forces = sheet.forces.get(str(row["id"]), 0)
    grade = _ROMAN.get(str(row.get("grade")), "未定")
    status = label(f"incident_status.{row.get('status')}")
    possible = _ROMAN.get(str(row.get("possible_grade")))
    return (
        f"{grade}(可能{possible})" if possible and possible != grade else grade,
        str(row.get("number") or ""),
        str(row.get("title") or ""),
        place or "不详",
        _hurt(row.get("casualties") or {}),
        _told(row.get("received_at"), sheet),
        f"{status},{forces} 支",
    )


def _call(row: Row, sheet: Sheet) -> tuple[str, ...]:
    names = dict.fromkeys(str(target.get("person_name") or "") for target in row.get("targets") or ())
    people = "、".join(filter(None, names))
    return (
        _told(row.get("created_at"), sheet),
        str(row.get("title") or ""),
        label(f"notification_state.{row.get('state')}"),
        people,
    )


def _hurt(casualties: Row) -> str:
    return " ".join(f"{word}{casualties[name]}" for name, word in _HURT if casualties.get(name) is not None) or "不详"


def _section(
    head: str,
    names: Sequence[str],
    widths: Sequence[float],
    rows: Sequence[Sequence[str]],
    *,
    before: str = "",
    none: str = "没有。",
) -> list[Flowable]:
    parts: list[Flowable] = [Paragraph(_marked(head), _HEAD)]
    if before:
        parts.append(_line(before))
    if not rows:
        return [*parts, _line(none)]
    cells = [[Paragraph(_marked(text), _CELL) for text in row] for row in (names, *rows)]
    total = sum(widths)
    table = Table(cells, [_WIDTH * width / total for width in widths], repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle([
            ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
            ("BACKGROUND", (0, 0), (-1, 0), colors.Color(0.9, 0.9, 0.9)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 2.5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2.5),
            ("TOPPADDING", (0, 0), (-1, -1), 1.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ])
    )  # fmt: skip
    return [*parts, table]


def _line(text: str) -> Paragraph:
    return Paragraph(_marked(text), _TEXT)


def _printable(text: str) -> str:
    """What the reader's font cannot show is marked as missing (〓) instead of becoming another character."""
    return "".join("・" if char == "·" else char if ord(char) < _BEYOND else "〓" for char in text)


def _marked(text: str) -> str:
    return escape(_printable(text))


def _moment(at: datetime) -> str:
    return at.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _told(at: Any, sheet: Sheet) -> str:
    """A time as the duty room reads it: the hour of today, else with its day, and its age."""
    if not isinstance(at, str):
        return "不详"
    moment = parse_time(at).astimezone(_ZONE)
    today = moment.date() == sheet.printed_at.astimezone(_ZONE).date()
    return moment.strftime("%H:%M" if today else "%m-%d %H:%M") + _age((sheet.printed_at - moment).total_seconds())


def _age(seconds: float) -> str:
    steps: Iterable[tuple[float, str]] = ((86_400, "天"), (3_600, "小时"), (60, "分"))
    for size, word in steps:
        if seconds >= size:
            return f"({int(seconds // size)}{word}前)"
    return ""
