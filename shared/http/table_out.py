"""Writing a table as CSV or XLSX, piece by piece, so that no cell of it is ever run as a formula.

CSV: what a spreadsheet program would take for a formula gets an apostrophe before it. XLSX: text is written as text,
which no program runs; the workbook is the smallest that all programs read, so that rows leave while others are read.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from shared.kernel.clock import SHANGHAI

Cell = str | int | float | bool | datetime | None

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STARTS: Final = frozenset("=+-@|\t\r\n＝＋－＠")
_MAX_CELL: Final = 32_767
"""What a cell of a workbook may hold; a longer text is cut and says so."""
_CUT: Final = "…（过长，已截断）"
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_YES_NO: Final = {True: "是", False: "否"}


def _plain(cell: Cell) -> str | int | float:
    """Text as people read it, or a number; times are local, since the table is for people here."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _YES_NO[cell]
    if isinstance(cell, datetime):
        return cell.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    return _UNWRITABLE.sub("", cell) if isinstance(cell, str) else cell


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet program would run it (also behind spaces)."""
    bare = text.lstrip(" \N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\N{ZERO WIDTH NO-BREAK SPACE}")
    return f"'{text}" if bare[:1] and bare[0] in _STARTS else text


class CsvTable:
    """A CSV as Chinese spreadsheet programs open it: UTF-8 with a mark, commas, CRLF."""

    def __init__(self, head: Sequence[str]) -> None:
        self._begun = False
        self._head = head

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        """The next rows; the head stands before the first."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\r\n")
        if not self._begun:
            out.write("\N{ZERO WIDTH NO-BREAK SPACE}")
            writer.writerow(self._head)
            self._begun = True
        for row in rows:
            plain = map(_plain, row)
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in plain])
        return out.getvalue().encode()

    def end(self) -> bytes:
        """What is left."""
        return b"" if self._begun else self.rows(())


class _Pieces(io.RawIOBase):
    """Takes what the archive writes until it is taken away; it cannot be wound back, so the archive never tries."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._kept += data
        return len(data)

    def taken(self) -> bytes:
        found = bytes(self._kept)
        self._kept.clear()
        return found


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
    f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_SHEET}"><fonts count="2"><font><sz val="11"/><name val="宋体"/></font>'
    '<font><b/><sz val="11"/><name val="宋体"/></font></fonts><fills count="1"><fill><patternFill patternType="none"/>'
    '</fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf xfId="0"/><xf numFmtId="49" applyNumberFormat="1" xfId="0"/>'
    '<xf fontId="1" applyFont="1" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}  # fmt: skip
_TEXT, _HEAD = 1, 2
"""Places in the styles: text stays text when it is edited, the head is bold."""


class XlsxTable:
    """A workbook of one sheet, its head fixed at the top."""

    def __init__(self, head: Sequence[str], *, name: str, widths: Sequence[int]) -> None:
        self._pieces = _Pieces()
        self._archive = zipfile.ZipFile(self._pieces, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        title = escape(name, {'"': "&quot;"})
        workbook = (
            f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        )
        for part, content in {**_PARTS, "xl/workbook.xml": workbook}.items():
            self._archive.writestr(part, _XML + content)
        self._sheet = self._archive.open("xl/worksheets/sheet1.xml", "w")
        columns = "".join(
            f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(widths, start=1)
        )
        self._write(
            f'{_XML}<worksheet xmlns="{_SHEET}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" '
            f'topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{columns}</cols>'
            f"<sheetData>{_row(head, _HEAD)}"
        )

    def rows(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        """The next rows: what of the file is ready by now."""
        self._write("".join(_row(row, _TEXT) for row in rows))
        return self._pieces.taken()

    def end(self) -> bytes:
        """What is left."""
        self._write("</sheetData></worksheet>")
        self._sheet.close()
        self._archive.close()
        return self._pieces.taken()

    def _write(self, text: str) -> None:
        self._sheet.write(text.encode())


def _row(cells: Sequence[Cell], style: int) -> str:
    return f"<row>{''.join(_cell(_plain(cell), style) for cell in cells)}</row>"


def _cell(value: str | float, style: int) -> str:
    if not isinstance(value, str):
        return f"<c><v>{value}</v></c>"
    if not value:
        return "<c/>"
    text = value if len(value) <= _MAX_CELL else value[: _MAX_CELL - len(_CUT)] + _CUT
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
