"""Reading an uploaded table, CSV or XLSX as offices write them, into rows of plain text with the places of faults."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from fastapi import UploadFile

from shared.kernel.errors import FieldFault, Invalid, Malformed, TooLarge

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
MAX_UNPACKED = 200 * 1024 * 1024
"""An XLSX is a zip: what it unpacks to is looked at before it is unpacked."""
MAX_CELL = 10_000
_HEADER_WITHIN = 10
"""Rows at the top in which the headers are looked for, since offices put a title above them."""
_OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")
_FORMULA = re.compile(r"^(=|@\w|[+-](?=[^\d. (+-]))")

Cell = str | None
"""Text; None for a formula, which is never evaluated and never taken as text."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is understood.

    Args:
        name: what the code calls it; also a spelling of the header.
        headers: Chinese spellings; the first one is used when a fault is told.
        required: the file is refused without the column; a row may still leave it empty.
    """

    name: str
    headers: tuple[str, ...]
    required: bool = False

    @property
    def title(self) -> str:
        """How the column is called in front of people."""
        return self.headers[0]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row with something in it.

    Args:
        number: as the spreadsheet program counts, from 1, headers included.
        cells: text by column name, stripped; every known column is there, empty if absent.
    """

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one place: row, title of the column (None for the whole row), code and its parameters."""

    row: int
    column: str | None
    code: str
    params: dict[str, object] = field(default_factory=dict)

    def as_field_fault(self) -> FieldFault:
        """The same for a problem answer, which words the code."""
        pointer = f"/rows/{self.row}" + (f"/{self.column}" if self.column else "")
        return FieldFault(pointer, self.code, **{**self.params, "row": self.row, "column": self.column})


@dataclass(frozen=True, slots=True)
class Table:
    """What was read: rows without faults of reading, those faults, and headers nobody knows."""

    rows: list[TableRow]
    faults: list[RowFault]
    ignored: list[str]
    columns: frozenset[str] = frozenset()
    """Names of the columns that the file has: an absent column says nothing, an empty cell says "none"."""


async def read_upload(file: UploadFile) -> bytes:
    """The bytes of an upload.

    Raises:
        TooLarge: `import.too_large`.
    """
    content = await file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise TooLarge("import.too_large", max_megabytes=MAX_BYTES // (1024 * 1024))
    return content


def read_table(content: bytes, filename: str, columns: Sequence[Column]) -> Table:
    """Rows of a CSV (UTF-8, UTF-16 with BOM, GB18030; comma, semicolon or tab) or of an XLSX's first sheet.

    Takes up to seconds: call it in a thread.

    Args:
        filename: only its ending is looked at, and only when the content leaves it open.

    Raises:
        TooLarge: `import.too_large`, `import.too_many_rows`, `import.unpacked_too_large`.
        Malformed: `import.empty`, `import.old_excel`, `import.encoding`, `import.unreadable`, `import.broken_workbook`.
        Invalid: `import.header_missing`, `import.header_twice`.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge("import.too_large", max_megabytes=MAX_BYTES // (1024 * 1024))
    if not content.strip():
        raise Malformed("import.empty")
    if content.startswith(_OLD_OFFICE) or filename.lower().endswith((".xls", ".et")):
        raise Malformed("import.old_excel")
    is_workbook = content.startswith(b"PK\x03\x04")
    lines = _workbook_rows(content) if is_workbook else _csv_rows(decode_text(content))
    return _table(lines, columns)


def decode_text(content: bytes) -> str:
    """The text of a file as Chinese offices write them.

    Raises:
        Malformed: `import.encoding`: neither UTF-8 nor GB18030, or decodable as GB18030 but clearly not Chinese
            (a Latin-1 file often is); guessing would store garbled names.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(content, "utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _decoded(content, "gb18030")
    foreign = [character for character in text if not character.isascii()]
    common = sum(1 for character in foreign if _in_gb2312(character))
    if common * 2 < len(foreign):
        raise Malformed("import.encoding")
    return text


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Malformed("import.encoding") from error


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _csv_rows(text: str) -> Iterator[tuple[int, list[Cell]]]:
    head = text[:4000]
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            yield number, [None if _FORMULA.match(cell.strip()) else cell for cell in cells]
    except csv.Error as error:
        raise Malformed("import.unreadable", row=number + 1) from error


def _workbook_rows(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 — it weighs 18 MB, and most sites never read a workbook

    _refuse_bomb(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                yield number, [_cell_text(cell.value, cell.data_type) for cell in cells]
        finally:
            book.close()
    except Exception as error:  # a damaged workbook breaks in many ways, all of which mean the same
        raise Malformed("import.broken_workbook") from error


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        raise Malformed("import.broken_workbook") from error
    if unpacked > MAX_UNPACKED:
        raise TooLarge("import.unpacked_too_large", max_megabytes=MAX_UNPACKED // (1024 * 1024))


def _cell_text(value: Any, data_type: str) -> Cell:
    if data_type == "f" or (isinstance(value, str) and value.startswith("=")):
        return None
    if isinstance(value, (datetime, date, time)):
        return _moment_text(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a phone number that Excel took for a number
    return "" if value is None else str(value)


def _moment_text(value: datetime | date | time) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value.isoformat(timespec="minutes")


def _table(lines: Iterable[tuple[int, list[Cell]]], columns: Sequence[Column]) -> Table:
    rows: list[TableRow] = []
    faults: list[RowFault] = []
    heading = _Heading(columns)
    for number, cells in lines:
        if not any(cell is None or cell.strip() for cell in cells):
            continue
        if heading.places is None:
            heading.offer(cells)
            continue
        if len(rows) + len(faults) >= MAX_ROWS:
            raise TooLarge("import.too_many_rows", max_rows=MAX_ROWS)
        row, found = _row(number, cells, columns, heading.places)
        faults.extend(found)
        if not found:
            rows.append(row)
    heading.require_found()
    return Table(rows, faults, heading.ignored, frozenset(heading.places or ()))


def _row(
    number: int, cells: list[Cell], columns: Sequence[Column], places: dict[str, int]
) -> tuple[TableRow, list[RowFault]]:
    texts: dict[str, str] = {}
    faults: list[RowFault] = []
    for column in columns:
        place = places.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else ""
        code = _cell_fault(cell)
        if code is not None:
            faults.append(RowFault(number, column.title, code))
        texts[column.name] = (cell or "").strip()
    return TableRow(number, texts), faults


def _cell_fault(cell: Cell) -> str | None:
    if cell is None:
        return "import.formula"
    if len(cell) > MAX_CELL:
        return "field.too_long"
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in cell if character not in "\t\r\n"):
        return "field.control_character"
    return None


def _normal_header(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s*:()_\[\]/-]+", "", folded)


class _Heading:
    """Finds the row of headers."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.places: dict[str, int] | None = None
        self.ignored: list[str] = []
        self._columns = columns
        self._names = {_normal_header(text): c.name for c in columns for text in (c.name, *c.headers)}
        self._missing = [column.title for column in columns if column.required]
        self._offered = 0

    def offer(self, cells: list[Cell]) -> None:
        """Look whether these are the headers.

        Raises:
            Invalid: one is there twice, or they did not come within the first rows.
        """
        self._offered += 1
        places: dict[str, int] = {}
        ignored = []
        for place, cell in enumerate(cells):
            name = self._names.get(_normal_header(cell or ""))
            if name is None:
                ignored.extend([cell.strip()] if cell and cell.strip() else [])
            elif name in places:
                raise Invalid("import.header_twice", column=(cell or "").strip())
            else:
                places[name] = place
        missing = [column.title for column in self._columns if column.required and column.name not in places]
        if not missing and places:
            self.places, self.ignored = places, ignored
            return
        if self._offered == 1 or len(missing) < len(self._missing):
            self._missing = missing
        if self._offered >= _HEADER_WITHIN:
            self.require_found()

    def require_found(self) -> None:
        """Refuse the file if there were no headers.

        Raises:
            Invalid: `import.header_missing`, naming what the best row lacked.
        """
        if self.places is None:
            raise Invalid("import.header_missing", missing=self._missing)
