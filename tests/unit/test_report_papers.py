"""Papers and templates: what is printed, and what is refused at the door with its place."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from services.information_reporting.papers.default import default_template
from services.information_reporting.papers.guard import MAX_BYTES
from services.information_reporting.papers.pdf import _Flow
from services.information_reporting.papers.press import check_template, print_report
from services.information_reporting.papers.tags import known_tags, sample_body
from shared.contracts.events.report import ReportKind
from shared.kernel.errors import DomainError, Invalid

INITIAL = ReportKind.INITIAL


def words(paper: bytes) -> str:
    """Everything that stands in a DOCX."""
    from docx import Document

    document = Document(io.BytesIO(paper))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def template(*lines: str, cells: tuple[str, ...] = ()) -> bytes:
    """A template of one's own."""
    from docx import Document

    document = Document()
    for line in lines:
        document.add_paragraph(line)
    if cells:
        table = document.add_table(rows=1, cols=len(cells))
        for place, text in enumerate(cells):
            table.cell(0, place).text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one part changed or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        names = source.namelist()
        for each in names:
            target.writestr(each, change(source.read(each)) if each == name else source.read(each))
        if name not in names:
            target.writestr(name, change(b""))
    return out.getvalue()


def refused(content: bytes) -> DomainError:
    with pytest.raises(DomainError) as caught:
        check_template(content, INITIAL)
    return caught.value


@pytest.mark.parametrize("kind", ReportKind)
def test_every_default_template_makes_a_paper_with_head_number_signer_and_record(kind: ReportKind) -> None:
    check_template(default_template(kind), kind)
    body = sample_body(kind)
    said = words(print_report(body, None, as_pdf=False))
    for expected in (
        "应急值报〔2026〕1号",
        "签发人：张三",
        body["title"],
        "向谁请求示例。" if kind is ReportKind.SUPPORT else "示例主送：",
        "抄送：示例抄送",
        "010-0000-0000",
    ):
        assert expected in said
    assert "【演练】" in said, "a paper of an exercise says so, whatever the template"
    assert "{{" not in said
    pdf = print_report(body, None, as_pdf=True)
    assert pdf.startswith(b"%PDF")
    assert b"STSong-Light" in pdf


def test_a_follow_up_marks_figures_and_a_draft_says_what_it_is() -> None:
    from docx import Document

    body = {**sample_body(ReportKind.FOLLOW_UP), "signed_at": None, "exercise": False}
    paper = print_report(body, None, as_pdf=False)
    runs = [run for table in Document(io.BytesIO(paper)).tables for row in table.rows for cell in row.cells
            for line in cell.paragraphs for run in line.runs if run.text]  # fmt: skip
    marked = {run.text for run in runs if run.font.underline}
    assert marked == {"2人"}
    assert "草稿,未签发" in words(paper)
    assert "以下要素尚不清楚，将在续报中补充：起因和性质、损失。" in words(paper)


def test_a_final_report_promises_no_follow_up_of_what_it_lacks() -> None:
    paper = words(print_report(sample_body(ReportKind.FINAL), None, as_pdf=False))
    assert "以下要素截至终报未能核实：起因和性质、损失。" in paper
    assert "续报中补充" not in paper


def test_what_people_type_stays_text() -> None:
    body = sample_body(INITIAL)
    odd = "<w:p/> & {{ 文号 }} {% for x in y %} 𠮷\x00\x0b\ufffe"
    body["fields"]["process"] = odd + "长" * 10_000
    said = words(print_report(body, None, as_pdf=False))
    assert "<w:p/> & {{ 文号 }} {% for x in y %} 𠮷" in said
    assert "长" * 10_000 in said
    assert print_report(body, None, as_pdf=True).startswith(b"%PDF")


def test_a_change_longer_than_a_page_is_printed_over_several() -> None:
    body = sample_body(ReportKind.FOLLOW_UP)
    body["changes"] = [{"field": "process", "before": "旧" * 10_000, "after": "新" * 9_000 + "\n新", "numeric": False}]
    own = template("{{ 标题 }}", cells=("{% for 项 in 变化 %}{{ 项.原报 }}{% endfor %}", "{{ 文号 }}"))
    assert print_report(body, own, as_pdf=True).startswith(b"%PDF"), "also in a cell of a table"
    assert print_report(body, None, as_pdf=True).count(b"/Type /Page\n") > 5


@pytest.mark.parametrize(
    ("line", "tag", "reason"),
    [
        ("编号 {{ 文号 }", "{{ 文号 }", "缺少 }}"),
        ("{{ 文 号 }}", "{{ 文 号 }}", "写法有误"),
        ("{{ 没有的 }}", "{{ 没有的 }}", "没有“没有的”这个标签"),
        ("{%p for 项 in 要素 %}", "{%p for 项 in 要素 %}", "缺少 {% endfor %}"),
        ("{% endif %}", "{% endif %}", "前面没有对应的 if"),
        ("{% for 项 in 要素 %}{{ 项.没有 }}{% endfor %}", "{{ 项.没有 }}", "没有“没有”这一项"),
        ("{% set a = 1 %}", "{% set a = 1 %}", "只能用"),
        ("文号 }} 在此", "文号 }}", "多出了 }}"),
    ],
)
def test_a_broken_tag_is_named_with_its_place(line: str, tag: str, reason: str) -> None:
    error = refused(template("第一段", line))
    assert error.code == "template.broken"
    assert error.params["place"] == "正文第 2 段"
    assert error.params["tag"] == tag
    assert reason in str(error.params["reason"])


def test_every_broken_tag_is_told_at_once_also_in_tables() -> None:
    error = refused(template("{{ 甲 }}", cells=("好", "{{ 乙 }}")))
    assert [fault.params["place"] for fault in error.faults] == ["正文第 1 段", "正文表格第 1 行第 2 列第 1 段"]


@pytest.mark.parametrize(
    "line",
    [
        "{{ 文号.__class__.__mro__ }}",
        "{{ ''.join(要素) }}",
        "{{ 标题|attr('x') }}",
        "{% include '/etc/passwd' %}",
        "{% for a in range(9) %}{% endfor %}",
        "{{ cycler.__init__ }}",
    ],
)
def test_a_template_places_values_and_does_nothing_else(line: str) -> None:
    assert refused(template(line)).code in {"template.broken", "template.not_allowed"}


def test_code_in_the_properties_is_found_too() -> None:
    content = with_part(template("好"), "docProps/core.xml", lambda xml: xml.replace(b"python-docx", b"{{ 7*7 }}"))
    assert refused(content).code == "template.not_allowed"


def _external(rels: bytes) -> bytes:
    link = b'<Relationship Id="rId99" Type="http://x/hyperlink" Target="http://x/" TargetMode="External"/>'
    return rels.replace(b"</Relationships>", link + b"</Relationships>")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "template.unreadable"),
        (b"PK\x03\x04 nonsense", "template.unreadable"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"old", "template.old_word"),
        (b"x" * (MAX_BYTES + 1), "template.too_large"),
        (with_part(template("x"), "word/_rels/document.xml.rels", _external), "template.external"),
        (with_part(template("x"), "word/vbaProject.bin", lambda _: b"x"), "template.program"),
        (with_part(template("x"), "word/embeddings/oleObject1.bin", lambda _: b"x"), "template.program"),
        (with_part(template("x"), "bomb.bin", lambda _: b"\0" * (31 * 1024 * 1024)), "template.too_large"),
        (
            with_part(template("x"), "word/document.xml", lambda xml: b'<!DOCTYPE a [<!ENTITY b "c">]>' + xml),
            "template.unreadable",
        ),
        (with_part(template("x"), "word/document.xml", lambda _: b"<w:document"), "template.unreadable"),
    ],
    ids=["empty", "no zip", "old word", "large", "link", "macro", "object", "bomb", "entity", "broken"],
)
def test_a_dangerous_or_broken_file_is_refused(content: bytes, code: str) -> None:
    assert refused(content).code == code


def test_a_template_of_the_bureau_is_used_and_may_place_elements_by_name() -> None:
    own = template("{{ 文号 }}号 {{ 死亡 }} {{ 处置情况 }}", cells=("{{ 签发人 }}",))
    check_template(own, INITIAL)
    said = words(print_report(sample_body(INITIAL), own, as_pdf=False))
    assert "应急值报〔2026〕1号号 2人 处置情况示例。" in said
    assert {"文号", "死亡", "要素"} <= known_tags().keys()


def test_errors_say_which_file_part_is_at_fault() -> None:
    error: Any = refused(with_part(template("x"), "word/vbaProject.bin", lambda _: b"x"))
    assert isinstance(error, Invalid)
    assert error.params == {"part": "word/vbaProject.bin"}


def test_people_are_told_in_one_line_and_a_request_ends_with_what_is_asked() -> None:
    assert "伤亡：死亡2人，失联1人，重伤0人，受伤5人，被困0人" in words(
        print_report(sample_body(INITIAL), None, as_pdf=False)
    )
    said = words(print_report(sample_body(ReportKind.SUPPORT), None, as_pdf=False))
    assert said.index("事件等级：") < said.index("请求支援事项：") < said.index("请求理由：")


def test_a_follow_up_without_changes_says_so() -> None:
    body = {**sample_body(ReportKind.FOLLOW_UP), "changes": []}
    said = words(print_report(body, None, as_pdf=False))
    assert "没有变化" in said
    assert "续报如下" not in said


def test_the_record_stays_on_one_page_with_its_line_in_word_and_in_pdf() -> None:
    from docx import Document
    from reportlab.platypus import KeepTogether

    print_report(sample_body(INITIAL), None, as_pdf=True)  # makes the font known
    document = Document(io.BytesIO(print_report(sample_body(INITIAL), None, as_pdf=False)))
    lines = list(document.paragraphs)
    copies = next(place for place, one in enumerate(lines) if one.text.startswith("抄送"))
    assert all(lines[place].paragraph_format.keep_with_next for place in (copies - 1, copies))
    held = [part for part in _Flow(document, 400).body() if isinstance(part, KeepTogether)]
    told = [[one.getPlainText() for one in part._content if hasattr(one, "getPlainText")] for part in held]
    (record,) = [words for words in told if any(one.startswith("抄送") for one in words)]
    assert "编报" in record[-1]
