"""The press: makes papers of reports, tries new templates. Takes up to a second: call it in a thread."""

from collections.abc import Mapping
from typing import Any, Final

from services.information_reporting.papers.checking import broken_template, check_tags
from services.information_reporting.papers.default import default_template
from services.information_reporting.papers.pdf import to_pdf
from services.information_reporting.papers.rendering import fill_in, open_document, require_simple
from services.information_reporting.papers.tags import sample_body, values_of
from shared.contracts.events.report import ReportKind
from shared.kernel.errors import DomainError

DOCX_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF_TYPE: Final = "application/pdf"


def print_report(body: Mapping[str, Any], template: bytes | None, *, as_pdf: bool) -> bytes:
    """The paper of a report.

    Args:
        body: what it says, see `report_body`.
        template: the bureau's own, or None for the product's.
    """
    kind = ReportKind(body["kind"])
    exercise, unsigned = body["exercise"], body["signed_at"] is None
    stamps = [*(["【演练】本文件仅用于演练"] if exercise else []), *(["草稿,未签发"] if unsigned else [])]
    paper = fill_in(template or default_template(kind), values_of(body), " ".join(stamps) or None)
    if not as_pdf:
        return paper
    return to_pdf(paper, title=body["title"], watermark="演练  演练" if exercise else "草稿" if unsigned else None)


def check_template(content: bytes, kind: ReportKind) -> None:
    """Refuse a template that would not make a paper.

    Raises:
        TooLarge, Malformed, Invalid: `template.too_large`, `template.unreadable`, `template.external`,
            `template.program`, `template.not_allowed`, `template.broken` with tag, place and reason.
    """
    check_tags(open_document(content))
    require_simple(content)
    try:
        print_report(sample_body(kind), content, as_pdf=True)
    except DomainError:
        raise
    except Exception as error:
        raise broken_template([("", "试填示例报告时", str(error)[:200])]) from error
