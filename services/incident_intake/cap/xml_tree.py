"""Turns bytes into a small tree of elements without trusting them: no DTD, no entities, bounded in every direction.

The parser is fed in pieces and asks the limits at every element, so a hostile document is left as soon as it shows.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from shared.kernel.errors import Malformed, TooLarge

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 50_000
MAX_POLYGON_POINTS = 20_000

_CHUNK = 64 * 1024
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_NATIVE = {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "ascii"}
_CHINESE = {"gb18030", "gbk", "gb2312"}


@dataclass(slots=True, eq=False)
class Node:
    """One element: its name without prefix, its own text, where it stood."""

    namespace: str
    name: str
    line: int
    parent: "Node | None"
    children: list["Node"] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    place: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        if self.parent is not None:
            self.place = self.parent.counts[self.name] = self.parent.counts.get(self.name, 0) + 1
            self.parent.children.append(self)

    @property
    def text(self) -> str:
        """The element's own text without surrounding white space."""
        return "".join(self.parts).strip()

    @property
    def pointer(self) -> str:
        """The path from the root, as `/feed/entry[2]/content`; the count is left out where a name stands alone."""
        steps: list[str] = []
        node: Node | None = self
        while node is not None:
            alone = node.parent is None or node.parent.counts[node.name] == 1
            steps.append(node.name if alone else f"{node.name}[{node.place}]")
            node = node.parent
        return "/" + "/".join(reversed(steps))

    def walk(self) -> Iterator["Node"]:
        """This element and all below it in document order, without recursion."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))


class _Builder:
    """The parser's target: builds nodes and counts."""

    def __init__(self) -> None:
        self.expat: Any = None
        self.root: Node | None = None
        self._open: list[Node] = []
        self._elements = 0
        self._points = 0

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise TooLarge("cap.too_many_elements", limit=MAX_ELEMENTS)
        if len(self._open) >= MAX_DEPTH:
            raise TooLarge("cap.too_deep", limit=MAX_DEPTH)
        namespace, _, name = tag.rpartition("}")
        parent = self._open[-1] if self._open else None
        node = Node(namespace.removeprefix("{"), name, self.expat.CurrentLineNumber, parent)
        if parent is None:
            self.root = node
        self._open.append(node)

    def data(self, text: str) -> None:
        self._open[-1].parts.append(text)

    def end(self, _tag: str) -> None:
        node = self._open.pop()
        if node.name == "polygon":
            self._points += len(node.text.split())
            if self._points > MAX_POLYGON_POINTS:
                raise TooLarge("cap.too_many_points", limit=MAX_POLYGON_POINTS)


def parse_tree(body: bytes) -> Node:
    """The root of the document.

    Raises:
        TooLarge: more bytes, depth, elements or polygon points than are taken.
        Malformed: not well-formed XML (with line and column), a DTD or entities, an encoding that is not understood.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge("cap.too_large", limit=MAX_BYTES, size=len(body))
    text, encoding = _decode(body)
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, encoding=encoding, forbid_dtd=True)
    builder.expat = parser.parser
    try:
        for start in range(0, len(text), _CHUNK):
            parser.feed(text[start : start + _CHUNK])
        parser.close()
    except DefusedXmlException as error:
        raise Malformed("cap.entities_forbidden") from error
    except ParseError as error:
        line, column = error.position
        raise Malformed("cap.not_well_formed", line=line, column=column + 1) from error
    except (LookupError, ValueError) as error:
        raise Malformed("cap.encoding_unknown", encoding=_declared(body) or "") from error
    assert builder.root is not None, "expat refuses a document without an element"
    return builder.root


def _declared(body: bytes) -> str | None:
    found = _DECLARED.match(body)
    return found.group(1).decode("ascii") if found else None


def _decode(body: bytes) -> tuple[bytes, str | None]:
    """What the parser gets: expat reads Latin-1 and Unicode itself, GB18030 and its subsets are turned into UTF-8."""
    declared = _declared(body)
    if declared is None or body.startswith(_BOMS):
        return body, None
    try:
        name = codecs.lookup(declared).name
    except LookupError as error:
        raise Malformed("cap.encoding_unknown", encoding=declared) from error
    if name in _NATIVE:
        return body, None
    if name not in _CHINESE:
        raise Malformed("cap.encoding_unknown", encoding=declared)
    try:
        return body.decode("gb18030").encode(), "utf-8"
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        column = error.start - body.rfind(b"\n", 0, error.start)
        raise Malformed("cap.not_well_formed", line=line, column=column) from error
