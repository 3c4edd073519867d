"""A new template is read tag by tag before it comes into force: what is wrong is named with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from services.information_reporting.papers.rendering import environment
from services.information_reporting.papers.tags import PARTS, known_tags
from shared.kernel.errors import FieldFault, Invalid

_TOKEN: Final = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_PAIRS: Final = {"{{": "}}", "{%": "%}", "{#": "#}"}
_STATEMENT: Final = re.compile(r"^\{%-?\s*(?:(?:p|tr|tc|r)\s+)?(\w+)\s*(.*?)\s*-?%\}$", re.DOTALL)
_PLACED: Final = re.compile(r"^(\{\{|\{%)(?:p|tr|tc|r)\s")
_ENDS: Final = {"endfor": "for", "endif": "if"}
_LOOP_PARTS: Final = frozenset({"first", "last", "index", "index0", "length"})
_DEEPEST: Final = 3
_SNIPPET: Final = 40


@dataclass(frozen=True, slots=True)
class _Tag:
    """One tag as it stands in the paper."""

    words: str
    place: str
    kind: str


class _Broken(Exception):
    def __init__(self, tag: str, place: str, reason: str) -> None:
        super().__init__(reason)
        self.tag, self.place, self.reason = tag, place, reason


def check_tags(document: Any) -> None:
    """Read every tag of a document (python-docx).

    Raises:
        Invalid: `template.broken`, with the tag, the place and the reason of everything that is wrong.
    """
    faults: list[_Broken] = []
    tags: list[_Tag] = []
    for place, words in _places(document):
        try:
            tags += _tags_in(words, place)
        except _Broken as broken:
            faults.append(broken)
    faults += _faults_of(tags)
    if faults:
        raise broken_template([(one.tag, one.place, one.reason) for one in faults])


def broken_template(faults: list[tuple[str, str, str]]) -> Invalid:
    """The error that says where a template is wrong: (tag, place, reason)."""
    told = tuple(
        FieldFault("/file", "template.broken", tag=tag[:_SNIPPET], place=place, reason=reason)
        for tag, place, reason in faults[:20]
    )
    tag, place, reason = faults[0]
    return Invalid("template.broken", faults=told, tag=tag[:_SNIPPET], place=place, reason=reason)


def _places(document: Any) -> Iterator[tuple[str, str]]:
    for section in document.sections:
        for name, part in (("页眉", section.header), ("页脚", section.footer)):
            if not part.is_linked_to_previous:
                yield from _within(part, name)
    yield from _within(document, "正文")


def _within(container: Any, name: str) -> Iterator[tuple[str, str]]:
    number = 0
    for item in container.iter_inner_content():
        if hasattr(item, "rows"):
            yield from _cells(item, name)
        else:
            number += 1
            yield f"{name}第 {number} 段", item.text


def _cells(table: Any, name: str) -> Iterator[tuple[str, str]]:
    for row_number, row in enumerate(table.rows, 1):
        seen = set()
        for column, cell in enumerate(row.cells, 1):
            if id(cell._tc) in seen:  # noqa: SLF001 — merged cells are told apart by their element only
                continue
            seen.add(id(cell._tc))  # noqa: SLF001
            yield from _within(cell, f"{name}表格第 {row_number} 行第 {column} 列")


def _tags_in(words: str, place: str) -> list[_Tag]:
    found: list[_Tag] = []
    opened: re.Match[str] | None = None
    for token in _TOKEN.finditer(words):
        if opened is None:
            if token[0] not in _PAIRS:
                raise _Broken(words[max(token.start() - 20, 0) : token.end()], place, f"多出了 {token[0]}")
            opened = token
        elif token[0] == _PAIRS[opened[0]]:
            found.append(_Tag(words[opened.start() : token.end()], place, opened[0]))
            opened = None
        elif token[0] in _PAIRS:
            raise _Broken(words[opened.start() : token.start()], place, f"缺少 {_PAIRS[opened[0]]}")
    if opened is not None:
        raise _Broken(words[opened.start() :], place, f"缺少 {_PAIRS[opened[0]]}")
    return found


def _faults_of(tags: list[_Tag]) -> list[_Broken]:
    reader, faults = _Reader(), []
    for tag in tags:
        try:
            reader.take(tag)
        except _Broken as broken:
            faults.append(broken)
    return [*faults, *reader.unclosed()]


class _Reader:
    """Goes through the tags in their order, knowing what is open and which names stand for items of lists."""

    def __init__(self) -> None:
        self._open: list[tuple[_Tag, str, str | None]] = []
        self._known = set(known_tags())

    def take(self, tag: _Tag) -> None:
        """Read one tag.

        Raises:
            _Broken: it is wrong.
        """
        if tag.kind == "{{":
            self._expression(tag, _PLACED.sub(r"\1 ", tag.words)[2:-2])
        elif tag.kind == "{%":
            self._statement(tag)

    def unclosed(self) -> list[_Broken]:
        """What was opened and never closed."""
        return [_Broken(tag.words, tag.place, f"缺少 {{% end{word} %}}") for tag, word, _ in self._open]

    def _statement(self, tag: _Tag) -> None:
        found = _STATEMENT.match(tag.words)
        word, rest = (found[1], found[2]) if found else ("", "")
        if word == "for":
            self._loop(tag, rest)
        elif word == "if":
            self._expression(tag, rest)
            self._push(tag, "if", None)
        elif word in {"elif", "else"}:
            if not self._open:
                raise _Broken(tag.words, tag.place, f"{word} 前面没有 if")
            if word == "elif":
                self._expression(tag, rest)
        elif word in _ENDS:
            if not self._open or self._open[-1][1] != _ENDS[word]:
                raise _Broken(tag.words, tag.place, f"前面没有对应的 {_ENDS[word]}")
            self._open.pop()
        else:
            raise _Broken(tag.words, tag.place, "只能用 if、elif、else、for 和对应的 endif、endfor")

    def _loop(self, tag: _Tag, rest: str) -> None:
        found = re.fullmatch(r"(\w+)\s+in\s+(\w+)", rest)
        if found is None:
            raise _Broken(tag.words, tag.place, "循环应写成:for 项 in 要素")
        self._expression(tag, found[2])
        self._push(tag, "for", found[1])

    def _push(self, tag: _Tag, word: str, item: str | None) -> None:
        if len(self._open) >= _DEEPEST:
            raise _Broken(tag.words, tag.place, f"if 和 for 最多套 {_DEEPEST} 层")
        self._open.append((tag, word, item))

    def _expression(self, tag: _Tag, words: str) -> None:
        from jinja2 import TemplateSyntaxError, meta, nodes  # noqa: PLC0415 — loaded when a template is

        try:
            tree = environment().parse("{{ " + words + " }}")
            named = meta.find_undeclared_variables(tree)
        except TemplateSyntaxError as error:
            raise _Broken(tag.words, tag.place, "写法有误") from error
        items = {item for _, _, item in self._open if item}
        unknown = named - self._known - items - {"loop"}
        if unknown:
            raise _Broken(tag.words, tag.place, f"没有“{min(unknown)}”这个标签")
        odd = [node.attr for node in tree.find_all(nodes.Getattr) if node.attr not in PARTS | _LOOP_PARTS]
        if odd:
            raise _Broken(tag.words, tag.place, f"没有“{odd[0]}”这一项")
