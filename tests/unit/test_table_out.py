"""Tables that go out: no cell is a formula, whatever was typed into it; programs read them."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from shared.http.table_file import Column, read_table
from shared.http.table_out import Cell, CsvTable, XlsxTable, harmless

HOSTILE = [
    "=1+1", '=HYPERLINK("http://x","y")', "+86 10", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "　＝1",
    "＝1+1", "＠x", "|calc", "\ufeff=1", "'=1", "a\x00b\x07", "<b>&amp;</b>", '旧宫 "引号", 逗号\n换行', "\ud800",
]  # fmt: skip
HEAD = ["甲", "乙"]


def _csv(rows: list[list[Cell]]) -> list[list[str]]:
    table = CsvTable(HEAD)
    content = b"".join(table.rows([row]) for row in rows) + table.end()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _xlsx(rows: list[list[Cell]]) -> bytes:
    table = XlsxTable(HEAD, name='清单 <&">', widths=[10, 20])
    return b"".join(table.rows([row]) for row in rows) + table.end()


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_hostile_cell_is_text_in_both_forms(cell: str) -> None:
    (_, (first, second)) = _csv([[cell, 1]])
    assert first.lstrip(" \u00a0\u3000\ufeff")[:1] not in set("=+-@|\t\r\n＝＋－＠")
    assert second == "1"
    sheet = load_workbook(io.BytesIO(_xlsx([[cell, 1]]))).active
    assert sheet is not None
    assert sheet["A2"].data_type != "f"
    assert sheet["B2"].value == 1


@given(st.text(max_size=30))
def test_no_text_begins_as_a_formula(text: str) -> None:
    assert harmless(text).lstrip(" \u00a0\u3000\ufeff")[:1] not in set("=+-@|\t\r\n")
    assert harmless(text).removeprefix("'") == text.removeprefix("'") or harmless(text) == f"'{text}"


def test_times_are_local_numbers_are_numbers_and_nothing_is_nothing() -> None:
    at = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    row: list[Cell] = [at, None]
    assert _csv([row])[1] == ["2027-01-01 00:30:00", ""]
    sheet = load_workbook(io.BytesIO(_xlsx([row, [-5, True]]))).active
    assert sheet is not None
    assert [[cell.value for cell in line] for line in sheet.iter_rows()] == [
        HEAD, ["2027-01-01 00:30:00", None], [-5, "是"],
    ]  # fmt: skip


def test_an_empty_table_has_its_head() -> None:
    assert _csv([]) == [HEAD]
    sheet = load_workbook(io.BytesIO(_xlsx([]))).active
    assert sheet is not None
    assert sheet.title.startswith("清单")
    assert sheet["B1"].value == "乙"


def test_a_text_that_is_too_long_for_a_cell_is_cut_and_says_so() -> None:
    sheet = load_workbook(io.BytesIO(_xlsx([["长" * 40_000, 1]]))).active
    assert sheet is not None
    assert str(sheet["A2"].value).endswith("（过长，已截断）")
    assert len(str(sheet["A2"].value)) == 32_767


def test_what_was_written_can_be_read_again_by_our_own_import() -> None:
    columns = [Column("a", ("甲",)), Column("b", ("乙",))]
    table = read_table(_xlsx([["旧宫\n二行", "x"]]), "x.xlsx", columns)
    assert [row.cells for row in table.rows] == [{"a": "旧宫\n二行", "b": "x"}]
