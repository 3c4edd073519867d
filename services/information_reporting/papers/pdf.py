"""A filled-in DOCX drawn as PDF without an office program: paragraphs, runs, alignment, lines and tables.

The font is the one that every Chinese PDF reader brings along. Pictures of a template are in the DOCX only.
"""

import io
from collections.abc import Iterator
from functools import partial
from typing import Any, Final
from xml.sax.saxutils import escape

FONT: Final = "STSong-Light"
_BEYOND: Final = 0x1_0000
"""The font's encoding has two bytes a character."""
_DEFAULT_POINTS: Final = 10.5
_LEADING: Final = 1.35
_EMU_POINTS: Final = 12700
_EIGHTHS: Final = 8
_ALIGN: Final = {0: 0, 1: 1, 2: 2, 3: 4, 4: 4}
"""Of the document's numbers: left, centre, right, justified, distributed."""


def to_pdf(docx: bytes, *, title: str, watermark: str | None = None) -> bytes:
    """The PDF; each page bears its number, and the watermark below the words."""
    from docx import Document  # noqa: PLC0415 — these weigh much, and most sites print rarely
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: PLC0415
    from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415

    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    source = Document(io.BytesIO(docx))
    section = source.sections[0]
    page = (_points(section.page_width, 595.0), _points(section.page_height, 842.0))
    left, right = _points(section.left_margin, 72.0), _points(section.right_margin, 72.0)
    out = io.BytesIO()
    paper = SimpleDocTemplate(
        out, pagesize=page, leftMargin=left, rightMargin=right, topMargin=_points(section.top_margin, 72.0),
        bottomMargin=_points(section.bottom_margin, 72.0), title=title, author="一张图", lang="zh-CN",
    )  # fmt: skip
    # The frame has padding of its own.
    flow = _Flow(source, page[0] - left - right - 12)
    under = partial(_below, head=flow.head(), watermark=watermark)
    paper.build(list(flow.body()) or [_nothing()], onFirstPage=under, onLaterPages=under)
    return out.getvalue()


def _nothing() -> Any:
    from reportlab.platypus import Spacer  # noqa: PLC0415

    return Spacer(1, 1)


def _points(length: Any, otherwise: float) -> float:
    return otherwise if length is None else float(length) / _EMU_POINTS


def _below(canvas: Any, document: Any, *, head: str, watermark: str | None) -> None:
    width, height = document.pagesize
    canvas.saveState()
    if watermark:
        canvas.setFillGray(0.9)
        canvas.setFont(FONT, 80)
        canvas.translate(width / 2, height / 2)
        canvas.rotate(45)
        canvas.drawCentredString(0, 0, _printable(watermark))
        canvas.rotate(-45)
        canvas.translate(-width / 2, -height / 2)
    canvas.setFillGray(0)
    canvas.setFont(FONT, 14)
    canvas.drawCentredString(width / 2, max(document.bottomMargin / 2, 20), f"— {document.page} —")
    if head:
        canvas.setFont(FONT, 9)
        canvas.drawCentredString(width / 2, height - max(document.topMargin / 2, 20), _printable(head[:100]))
    canvas.restoreState()


def _printable(text: str) -> str:
    """What the reader's font cannot show is marked as missing (〓) instead of becoming another character."""
    return "".join("・" if char == "·" else char if ord(char) < _BEYOND else "〓" for char in text)


class _Flow:
    """Turns the document's parts into what the printer takes."""

    def __init__(self, source: Any, width: float) -> None:
        self._width = width
        self._source = source
        size = source.styles["Normal"].font.size if "Normal" in source.styles else None
        self._normal = float(size.pt) if size is not None else _DEFAULT_POINTS

    def head(self) -> str:
        """The words of the page head."""
        header = self._source.sections[0].header
        return " ".join(one.text.strip() for one in header.paragraphs if one.text.strip())

    def parts(self, container: Any) -> Iterator[Any]:
        """The paragraphs and tables of a cell, in their order."""
        for item in container.iter_inner_content():
            yield from self._item(item)

    def body(self) -> Iterator[Any]:
        """The document's parts; what belongs with what follows it, such as the record's line, is not parted from it."""
        from reportlab.platypus import KeepTogether  # noqa: PLC0415

        held: list[Any] = []
        for item in self._source.iter_inner_content():
            held += self._item(item)
            if not _stays_with_next(item):
                yield from held if len(held) < 2 else [KeepTogether(held)]
                held = []
        yield from held

    def _item(self, item: Any) -> Iterator[Any]:
        return self._table(item) if hasattr(item, "rows") else self._paragraph(item)

    def _paragraph(self, paragraph: Any) -> Iterator[Any]:
        from reportlab.platypus import HRFlowable, Paragraph, Spacer  # noqa: PLC0415

        above, below = _rules(paragraph)
        style, words = self._style(paragraph), self._marked(paragraph)
        if above:
            yield HRFlowable(width="100%", thickness=above[1], color=above[0], spaceBefore=2, spaceAfter=2)
        after = style.spaceAfter
        if below:
            style.spaceAfter = 0
        yield Paragraph(words, style) if words else Spacer(1, style.leading + style.spaceAfter)
        if below:
            yield HRFlowable(width="100%", thickness=below[1], color=below[0], spaceBefore=1, spaceAfter=max(after, 3))

    def _style(self, paragraph: Any) -> Any:
        from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415

        form = paragraph.paragraph_format
        size = max((self._size(run, paragraph) for run in paragraph.runs), default=self._size(None, paragraph))
        spacing = form.line_spacing
        leading = float(spacing.pt) if hasattr(spacing, "pt") else size * max(float(spacing or 1.0), 1.0) * 1.05
        return ParagraphStyle(
            "line", fontName=FONT, fontSize=size, leading=max(leading, size * 1.1), wordWrap="CJK",
            alignment=_ALIGN.get(int(paragraph.alignment) if paragraph.alignment is not None else 0, 0),
            spaceBefore=_points(form.space_before, 0), spaceAfter=_points(form.space_after, 0),
            firstLineIndent=_points(form.first_line_indent, 0), leftIndent=max(_points(form.left_indent, 0), 0),
            rightIndent=max(_points(form.right_indent, 0), 0),
        )  # fmt: skip

    def _size(self, run: Any, paragraph: Any) -> float:
        for font in (run.font if run is not None else None, paragraph.style.font if paragraph.style else None):
            if font is not None and font.size is not None:
                return float(font.size.pt)
        return self._normal

    def _marked(self, paragraph: Any) -> str:
        return "".join(self._run(run, paragraph) for run in paragraph.runs)

    def _run(self, run: Any, paragraph: Any) -> str:
        words = escape(_printable(run.text)).replace("\t", "    ").replace("\n", "<br/>")
        if not words:
            return ""
        color = run.font.color.rgb if run.font.color is not None and run.font.color.type is not None else None
        shade = f' color="#{color}"' if color is not None else ""
        words = f'<font size="{self._size(run, paragraph):g}"{shade}>{words}</font>'
        return f"<u>{words}</u>" if run.font.underline else words

    def _table(self, table: Any) -> Iterator[Any]:
        from reportlab.lib import colors  # noqa: PLC0415
        from reportlab.platypus import Table, TableStyle  # noqa: PLC0415

        count = max((len(row.cells) for row in table.rows), default=0)
        if not count:
            return
        rows, commands = self._cells(table, count)
        if _has_grid(table):
            commands.append(("GRID", (0, 0), (-1, -1), 0.5, colors.black))
        padding = [(f"{side}PADDING", (0, 0), (-1, -1), 3) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
        drawn = Table(rows, self._widths(table, count), hAlign="CENTER", splitInRow=1)
        drawn.setStyle(TableStyle([*commands, *padding, ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))
        yield drawn

    def _cells(self, table: Any, count: int) -> tuple[list[list[Any]], list[Any]]:
        """The cells; what the document merges is one cell with a span."""
        grid = [list(row.cells) for row in table.rows]
        places: dict[int, list[tuple[int, int]]] = {}
        for y, row in enumerate(grid):
            for x, cell in enumerate(row):
                places.setdefault(id(cell._tc), []).append((x, y))  # noqa: SLF001 — merged cells share their element
        rows: list[list[Any]] = [["" for _ in range(count)] for _ in grid]
        spans = []
        for found in places.values():
            (left, top), (right, bottom) = found[0], found[-1]
            rows[top][left] = list(self.parts(grid[top][left]))
            if (left, top) != (right, bottom):
                spans.append(("SPAN", (left, top), (right, bottom)))
        return rows, spans

    def _widths(self, table: Any, count: int) -> list[float]:
        said = [_points(column.width, 0) for column in table.columns][:count]
        if len(said) < count or not all(said):
            return [self._width / count] * count
        return [self._width * width / sum(said) for width in said]


def _stays_with_next(item: Any) -> bool:
    """Whether the document wants a paragraph on the page of what follows it."""
    form = getattr(item, "paragraph_format", None)
    return form is not None and bool(form.keep_with_next)


def _has_grid(table: Any) -> bool:
    if table.style is not None and table.style.name == "Table Grid":
        return True
    return bool(table._tbl.xpath("./w:tblPr/w:tblBorders"))  # noqa: SLF001 — the library has no other way


def _rules(paragraph: Any) -> tuple[tuple[str, float] | None, tuple[str, float] | None]:
    """The lines above and below a paragraph: colour and thickness in points."""
    return _rule(paragraph, "top"), _rule(paragraph, "bottom")


def _rule(paragraph: Any, side: str) -> tuple[str, float] | None:
    found = paragraph._p.xpath(f"./w:pPr/w:pBdr/w:{side}")  # noqa: SLF001 — the library has no other way
    if not found:
        return None
    from docx.oxml.ns import qn  # noqa: PLC0415

    color, width = found[0].get(qn("w:color")) or "000000", found[0].get(qn("w:sz")) or "4"
    return f"#{'000000' if color == 'auto' else color}", max(int(width), 2) / _EIGHTHS
