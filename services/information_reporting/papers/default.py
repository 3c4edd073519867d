"""The product's own templates, drawn by code: the layout of an official paper with red head, number, signer, record.

A bureau downloads one, changes it in a word processor and uploads it. Nothing here is copied from anybody's form.
"""

import io
from functools import lru_cache
from typing import Any, Final

from shared.contracts.events.report import ReportKind

RED: Final = "C00000"
_BODY_FONT: Final = "仿宋"
_HEAD_FONT: Final = "宋体"
_BODY_POINTS: Final = 16
"""三号, as official papers are set."""
_LATER: Final = "以下要素尚不清楚，将在续报中补充"
_LACKING: Final = {ReportKind.FINAL: "以下要素截至终报未能核实"}
"""No 续报 follows a 终报: what it lacks is said, not promised."""


@lru_cache(maxsize=len(ReportKind))
def default_template(kind: ReportKind) -> bytes:
    """The DOCX for this kind of report."""
    from docx import Document  # noqa: PLC0415 — heavy, and most sites print rarely

    document = Document()
    _page(document)
    _head(document)
    _line(document, "{{ 标题 }}", size=22, align="center", font=_HEAD_FONT, after=10)
    _line(document, "{{ 主送 }}：")
    _block(document, "{%p if 电话报告 %}", "{{ 电话报告 }}，现书面报告如下。", "{%p endif %}")
    _content(document, kind)
    _block(document, "{%p if 缺项 %}", f"{_LACKING.get(kind, _LATER)}：{{{{ 缺项 }}}}。", "{%p endif %}")
    _line(document, "", size=8)
    # Who signs, when, and the record stay together: none of them stands alone on a page.
    _line(document, "{{ 发文单位 }}", align="right", keep=True)
    _line(document, "{{ 签发日期 }}", align="right", after=14, keep=True)
    _record(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Any) -> None:
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Mm, Pt  # noqa: PLC0415

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(30), Mm(28)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(_BODY_POINTS)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), _BODY_FONT)
    normal.paragraph_format.space_after = Pt(0)
    document.core_properties.author = "一张图"
    document.core_properties.title = ""
    document.core_properties.comments = ""


def _head(document: Any) -> None:
    _line(document, "{{ 红头 }}", size=36, align="center", color=RED, font=_HEAD_FONT, bold=True, after=12)
    table = document.add_table(rows=1, cols=2)
    _cell(table.cell(0, 0), "{{ 文号 }}", "left")
    _cell(table.cell(0, 1), "签发人：{{ 签发人 }}", "right")
    _rule(_line(document, "", size=6, after=14), RED, 16)


def _content(document: Any, kind: ReportKind) -> None:
    if kind is ReportKind.FOLLOW_UP:
        _block(document, "{%p if 变化 %}", "现将变化情况续报如下：", "{%p endif %}")
        _block(document, "{%p if not 变化 %}", "与上次报告相比，各项情况没有变化。", "{%p endif %}")
        _changes(document)
        return
    if kind in {ReportKind.BULLETIN, ReportKind.DAILY, ReportKind.SPECIAL}:
        _block(document, "{%p for 段 in 段落 %}", "{{ 段 }}", "{%p endfor %}")
        return
    paragraph = [("{{ 项.名称 }}：", {"bold": True}), ("{{ 项.内容 }}", {})]
    _line(document, "{%p for 项 in 要素 %}")
    _runs(_line(document, "", indent=True), paragraph)
    _line(document, "{%p endfor %}")
    _block(document, "{%p if 变化 %}", "本次补报的变化：", "{%p endif %}")
    _changes(document)


def _changes(document: Any) -> None:
    """Figures side by side with those before, the new ones marked; what is told in words below."""
    _line(document, "{%p if 数字变化 %}")
    table = document.add_table(rows=4, cols=3)
    table.style = "Table Grid"
    for place, words in enumerate(("要素", "原报", "现报")):
        _cell(table.cell(0, place), words, "center", bold=True)
    _cell(table.cell(1, 0), "{%tr for 项 in 数字变化 %}", "left")
    _cell(table.cell(2, 0), "{{ 项.名称 }}", "left")
    _cell(table.cell(2, 1), "{{ 项.原报 }}", "left")
    _cell(table.cell(2, 2), "{{ 项.现报 }}", "left", bold=True, color=RED, underline=True)
    _cell(table.cell(3, 0), "{%tr endfor %}", "left")
    _line(document, "{%p endif %}")
    _line(document, "{%p for 项 in 文字变化 %}")
    _runs(_line(document, "", indent=True), [("{{ 项.名称 }}：", {"bold": True}), ("{{ 项.现报 }}", {})])
    _line(document, "{%p endfor %}")


def _record(document: Any) -> None:
    _rule(_line(document, "", size=4, keep=True), "000000", 6)
    _line(document, "{%p if 抄送 %}")
    _line(document, "抄送：{{ 抄送 }}", size=14, keep=True)
    _line(document, "{%p endif %}")
    # Smaller than what stands above it: the number must not be parted at the end of the line.
    _rule(_line(document, "{{ 编报人 }}  {{ 编报时间 }}编报  电话：{{ 值班电话 }}", size=12), "000000", 6)


def _block(document: Any, opening: str, words: str, closing: str, **how: Any) -> None:
    _line(document, opening)
    _line(document, words, **{"indent": "align" not in how, **how})
    _line(document, closing)


def _line(
    document: Any, words: str, *, size: float | None = None, align: str = "left", indent: bool = False,
    after: float = 0, keep: bool = False, **how: Any,
) -> Any:  # fmt: skip
    """`keep`: on the same page as what follows."""
    from docx.shared import Pt  # noqa: PLC0415

    paragraph = document.add_paragraph()
    _aligned(paragraph, align)
    form = paragraph.paragraph_format
    form.space_after, form.line_spacing = Pt(after), 1.35
    if keep:
        form.keep_with_next = True
    if indent:
        form.first_line_indent = Pt(2 * _BODY_POINTS)
    _runs(paragraph, [(words, {"size": size, **how})] if words or size else [])
    return paragraph


def _cell(cell: Any, words: str, align: str, **how: Any) -> Any:
    paragraph = cell.paragraphs[0]
    _aligned(paragraph, align)
    _runs(paragraph, [(words, {"size": 14, **how})] if words else [])
    return paragraph


def _aligned(paragraph: Any, align: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415

    paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())


def _runs(paragraph: Any, runs: list[tuple[str, dict[str, Any]]]) -> None:
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Pt, RGBColor  # noqa: PLC0415

    for words, how in runs:
        run = paragraph.add_run(words)
        run.bold = how.get("bold")
        run.underline = how.get("underline")
        if how.get("size"):
            run.font.size = Pt(how["size"])
        if how.get("color"):
            run.font.color.rgb = RGBColor.from_string(how["color"])
        if how.get("font"):
            run.font.name = how["font"]
            run._element.rPr.rFonts.set(qn("w:eastAsia"), how["font"])  # noqa: SLF001 — the library has no other way


def _rule(paragraph: Any, color: str, eighths: int) -> None:
    """A line below the paragraph."""
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "1"), ("color", color)):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    # The schema wants borders before spacing and alignment.
    paragraph._p.get_or_add_pPr().insert(0, borders)  # noqa: SLF001 — the library has no other way
