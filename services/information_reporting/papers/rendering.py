"""Filling a template in: sandboxed, with a short list of what a template may do at all."""

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from services.information_reporting.papers.guard import require_harmless
from shared.kernel.errors import Invalid, Malformed

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

FILTERS: Final = frozenset({"default", "d", "join", "length"})
_ALLOWED: Final = frozenset({
    "Template", "Output", "TemplateData", "Name", "Getattr", "For", "If", "CondExpr", "Compare", "Operand", "Const",
    "Not", "And", "Or", "Filter", "Test", "Concat", "EvalContext",
})  # fmt: skip
"""Nodes of the language that a template may be made of: no calls, no assignments, no imports."""


@lru_cache(maxsize=1)
def environment() -> "SandboxedEnvironment":
    """The sandbox, with the few filters that a paper needs; values are escaped, unknown names are errors."""
    from jinja2 import StrictUndefined  # noqa: PLC0415 — loaded when the first paper is made
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    made = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    made.filters = {name: call for name, call in made.filters.items() if name in FILTERS}
    made.globals.clear()
    return made


def open_document(content: bytes) -> Any:
    """The document of an upload that was looked at.

    Raises:
        TooLarge, Malformed, Invalid: see `require_harmless`; `template.unreadable` also for what the library refuses.
    """
    from docx import Document  # noqa: PLC0415

    require_harmless(content)
    try:
        return Document(io.BytesIO(content))
    except Exception as error:  # a damaged document breaks in many ways, all of which mean the same
        raise Malformed("template.unreadable") from error


def require_simple(content: bytes) -> None:
    """Refuse a template that does more than place values.

    Raises:
        Invalid: `template.not_allowed`, naming what it does.
    """
    from jinja2 import TemplateSyntaxError, nodes  # noqa: PLC0415

    for words in _sources(content):
        try:
            tree = environment().parse(words)
        except TemplateSyntaxError as error:
            raise Invalid("template.not_allowed", what=(error.message or "")[:80]) from error
        for node in tree.find_all(nodes.Node):
            name = type(node).__name__
            if name not in _ALLOWED:
                raise Invalid("template.not_allowed", what=name)


def _sources(content: bytes) -> list[str]:
    """Everything that is read as a template: body, heads and feet, notes, properties."""
    from docxtpl import DocxTemplate  # noqa: PLC0415

    template = DocxTemplate(io.BytesIO(content))
    template.render_init()
    sources = [template.patch_xml(template.get_xml())]
    for address in (template.HEADER_URI, template.FOOTER_URI):
        sources += [template.patch_xml(template.get_part_xml(part)) for _, part in
                    template.get_headers_footers(address)]  # fmt: skip
    for part in template.docx.part.package.parts:
        if part.content_type.endswith("footnotes+xml"):
            sources.append(template.patch_xml(part.blob.decode("utf-8")))
    properties = template.docx.core_properties
    names = ("author", "comments", "identifier", "language", "subject", "title")
    return [*sources, *(getattr(properties, name) for name in names)]


def fill_in(content: bytes, values: dict[str, Any], stamp: str | None = None) -> bytes:
    """The paper as DOCX.

    Args:
        content: a template that has been checked.
        stamp: a line in red above everything: an exercise, or that it is not signed.

    Raises:
        jinja2.TemplateError: the template does not fit the values; tried before it came into force.
    """
    from docxtpl import DocxTemplate  # noqa: PLC0415

    template = DocxTemplate(io.BytesIO(content))
    template.render(values, environment(), autoescape=True)
    if stamp:
        _stamp(template.docx, stamp)
    out = io.BytesIO()
    template.docx.save(out)
    return out.getvalue()


def _stamp(document: Any, words: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Pt, RGBColor  # noqa: PLC0415

    first = document.paragraphs[0] if document.paragraphs else document.add_paragraph()
    line = first.insert_paragraph_before()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = line.add_run(words)
    run.bold, run.font.size, run.font.color.rgb = True, Pt(16), RGBColor(0xC0, 0, 0)
    document.element.body.insert(0, line._p)  # noqa: SLF001 — above a table too
