"""Tables as offices send them: encodings, titles above headers, Excel's types, and files meant to hurt."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook

from shared.http import table_file
from shared.http.table_file import Column, Table, read_table
from shared.kernel.errors import DomainError, Invalid, Malformed, TooLarge

COLUMNS = (
    Column("name", ("姓名", "人员"), required=True),
    Column("phone", ("电话", "手机")),
    Column("note", ("备注",)),
)
CSV = "姓名,电话,备注\n张三,13800000001,夜班\n李四,,\n"


def workbook(*rows: list[object], change: Callable[[Workbook], None] | None = None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(content: bytes, name: str = "a.csv") -> Table:
    return read_table(content, name, COLUMNS)


def names(table: Table) -> list[str]:
    return [row.cells["name"] for row in table.rows]


def refused(content: bytes, name: str = "a.csv") -> DomainError:
    with pytest.raises(DomainError) as caught:
        read(content, name)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encodings_of_chinese_offices_are_read_alike(encoding: str) -> None:
    table = read(CSV.encode(encoding))
    assert [row.cells for row in table.rows] == [
        {"name": "张三", "phone": "13800000001", "note": "夜班"},
        {"name": "李四", "phone": "", "note": ""},
    ]
    assert [row.number for row in table.rows] == [2, 3]


def test_a_rare_character_outside_gb2312_survives_gb18030() -> None:
    assert names(read("姓名\n陶喆\n".encode("gb18030"))) == ["陶喆"]


@pytest.mark.parametrize("text", ["name,phone\nJosé,1\n", "name,phone\nMüller,1\n", "name\nFrançois\n"])
def test_a_latin1_file_is_told_instead_of_stored_garbled(text: str) -> None:
    error = refused(text.encode("latin-1"))
    assert (type(error), error.code) == (Malformed, "import.encoding")


def test_random_bytes_are_told_as_encoding() -> None:
    assert refused(b"\x80\x81\xff\xfe\x00name").code == "import.encoding"


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_comma_tab_and_semicolon_separate(delimiter: str) -> None:
    assert names(read(CSV.replace(",", delimiter).encode())) == ["张三", "李四"]


def test_headers_are_found_below_a_title_and_in_other_spellings() -> None:
    table = read(
        "大兴区值班人员表,,\n,,\n 姓 名（必填）* ,手机,科室\n".replace("（必填）", "").encode()
        + "张三,1,办公室\n".encode()
    )
    assert names(table) == ["张三"]
    assert table.rows[0].number == 4
    assert table.ignored == ["科室"]
    assert table.columns == {"name", "phone"}


def test_a_missing_header_is_named() -> None:
    error = refused("电话,备注\n1,2\n".encode())
    assert (error.code, error.params["missing"]) == ("import.header_missing", ["姓名"])


def test_a_header_that_is_there_twice_is_named() -> None:
    error = refused("姓名,电话,手机\n".encode())
    assert isinstance(error, Invalid)
    assert (error.code, error.params["column"]) == ("import.header_twice", "手机")


@pytest.mark.parametrize("cell", ["=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+cmd", "-cmd"])
def test_a_formula_in_a_csv_is_a_fault_of_its_cell_and_the_other_rows_stay(cell: str) -> None:
    table = read(f'姓名,备注\n张三,"{cell}"\n李四,好\n'.encode())
    assert [(fault.row, fault.column, fault.code) for fault in table.faults] == [(2, "备注", "import.formula")]
    assert names(table) == ["李四"]


@pytest.mark.parametrize("cell", ["+86 13800000001", "-3.5", "-", "--", "@"])
def test_numbers_with_signs_and_dashes_are_no_formulas(cell: str) -> None:
    assert read(f"姓名,备注\n张三,{cell}\n".encode()).rows[0].cells["note"] == cell


def test_a_formula_in_a_workbook_is_never_evaluated() -> None:
    table = read(workbook(["姓名", "备注"], ["张三", "=1+1"], ["李四", "好"]), "a.xlsx")
    assert [(fault.row, fault.code) for fault in table.faults] == [(2, "import.formula")]
    assert names(table) == ["李四"]


def test_excel_types_become_the_text_a_person_would_write() -> None:
    rows = (
        ["张三", 13800000001, date(2027, 2, 5)],
        ["李四", 13800000002.0, time(8, 30)],
        ["王五", 1.5, datetime(2027, 2, 5, 8, 30)],  # noqa: DTZ001 — Excel knows no zone
    )
    table = read(workbook(["姓名", "电话", "备注"], *rows), "a.xlsx")
    assert [(row.cells["phone"], row.cells["note"]) for row in table.rows] == [
        ("13800000001", "2027-02-05"),
        ("13800000002", "08:30"),
        ("1.5", "2027-02-05 08:30"),
    ]


def test_row_numbers_of_a_workbook_count_empty_rows() -> None:
    table = read(workbook(["姓名"], ["张三"], [None], ["李四"]), "a.xlsx")
    assert [row.number for row in table.rows] == [2, 4]


def test_a_cell_far_below_does_not_make_the_reading_long() -> None:
    def far(book: Workbook) -> None:
        book.active.cell(row=1_048_576, column=1, value="李四")

    table = read(workbook(["姓名"], ["张三"], change=far), "a.xlsx")
    assert [row.number for row in table.rows] == [2, 1_048_576]


def test_what_a_workbook_unpacks_to_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (table_file.MAX_UNPACKED + 1))
    error = refused(out.getvalue(), "a.xlsx")
    assert (type(error), error.code) == (TooLarge, "import.unpacked_too_large")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "import.empty"),
        (b" \r\n ", "a.csv", "import.empty"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"x", "a.xlsx", "import.old_excel"),
        (b"whatever", "a.xls", "import.old_excel"),
        (b"PK\x03\x04broken", "a.xlsx", "import.broken_workbook"),
        ('姓名\n"张"三"\n'.encode(), "a.csv", "import.unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, name: str, code: str) -> None:
    error = refused(content, name)
    assert (type(error), error.code) == (Malformed, code)


def test_a_zip_that_is_no_workbook_is_told() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    assert refused(out.getvalue(), "a.xlsx").code == "import.broken_workbook"


def test_an_entity_bomb_in_a_workbook_is_told() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><workbook>&c;</workbook>'
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["姓名"]))) as good, zipfile.ZipFile(out, "w") as archive:
        for part in good.namelist():
            archive.writestr(part, bomb if part == "xl/workbook.xml" else good.read(part))
    assert refused(out.getvalue(), "a.xlsx").code == "import.broken_workbook"


def test_too_many_rows_and_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_file, "MAX_ROWS", 1)
    assert refused(CSV.encode()).code == "import.too_many_rows"
    monkeypatch.setattr(table_file, "MAX_BYTES", 10)
    assert refused(CSV.encode()).code == "import.too_large"


def test_control_characters_and_endless_cells_are_faults_of_their_cell() -> None:
    table = read(f"姓名,备注\n张\x00三,好\n李四,{'长' * 10_001}\n王五,好\n".encode())
    assert [(fault.row, fault.column, fault.code) for fault in table.faults] == [
        (2, "姓名", "field.control_character"),
        (3, "备注", "field.too_long"),
    ]
    assert names(table) == ["王五"]
