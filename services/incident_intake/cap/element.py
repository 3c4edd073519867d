"""Reads the fields of one CAP element, and names each field that is missing, repeated, unknown or not understood."""

import math
import re
from collections import defaultdict
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.xml_tree import Node
from services.incident_intake.domain.cap_alert import NamedValue
from shared.kernel.clock import to_utc

CAP_1_0 = "http://www.incident.com/cap/1.0"
MAX_TEXT = 20_000

_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_NUMBER = re.compile(r"[+-]?([0-9]{1,15}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")

Word = TypeVar("Word", bound=StrEnum)


def parse_number(text: str) -> float | None:
    """A plain finite decimal number; None for anything else (`nan`, `1_0` and full-width digits included)."""
    if _NUMBER.fullmatch(text) is None:
        return None
    number = float(text)
    return number if math.isfinite(number) else None


class Element:
    """One element of an alert. Every field that nobody asked for is named by `report_unknown`."""

    def __init__(self, node: Node, faults: FaultList) -> None:
        self.node = node
        self.faults = faults
        self._asked: set[str] = set()
        self._children: dict[str, list[Node]] = defaultdict(list)
        for child in node.children:
            if child.namespace == node.namespace:
                self._children[child.name].append(child)

    def all(self, name: str) -> list[Node]:
        """Every child of this name."""
        self._asked.add(name)
        return self._children.get(name, [])

    def one(self, name: str) -> Node | None:
        """The only child of this name; when it is repeated the first counts."""
        found = self.all(name)
        for twin in found[1:]:
            self.faults.add("cap.element_repeated", twin, element=name)
        return found[0] if found else None

    def text(self, name: str, *, required: bool = False, refuses: bool = False) -> str | None:
        """The child's text; None when it is absent or empty, which is a fault only if it is required."""
        child = self.one(name)
        text = self._plain(child) if child is not None else ""
        if not text and required:
            self.faults.add("cap.element_missing", child or self.node, refused=refuses, element=name)
        return text or None

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of all children of this name that say something."""
        return tuple(text for child in self.all(name) if (text := self._plain(child)))

    def word(self, name: str, words: type[Word], *, required: bool = False, refuses: bool = False) -> Word | None:
        """The child's word of a vocabulary; an unknown one is a fault and None."""
        text = self.text(name, required=required, refuses=refuses)
        return self.choose(name, text, words, refuses=refuses) if text else None

    def choose(self, name: str, text: str, words: type[Word], *, refuses: bool = False) -> Word | None:
        """The word that a text of this field means; None and a fault when it means none."""
        for word in words:
            if word.value == text:
                return word
            if word.value.casefold() == text.casefold():
                self.faults.add("cap.word_spelling", self.all(name)[0], element=name, value=text, word=word.value)
                return word
        self.faults.add("cap.word_unknown", self.all(name)[0], refused=refuses, element=name, value=text)
        return None

    def words(self, name: str, words: type[Word]) -> tuple[Word, ...]:
        """The known words among the children of this name."""
        found = (self.choose(name, text, words) for text in self.texts(name))
        return tuple(word for word in found if word is not None)

    def time(self, name: str, *, required: bool = False, refuses: bool = False) -> datetime | None:
        """The child's instant in UTC. A time without an offset could mean any instant: a fault and None."""
        text = self.text(name, required=required, refuses=refuses)
        if text is None:
            return None
        moment, code = parse_time(text)
        if code is not None:
            self.faults.add(code, self.all(name)[0], refused=refuses, element=name, value=text)
        return moment

    def number(self, name: str) -> float | None:
        """The child's number."""
        text = self.text(name)
        number = parse_number(text) if text else None
        if text and number is None:
            self.faults.add("cap.number_bad", self.all(name)[0], element=name, value=text)
        return number

    def pairs(self, name: str) -> tuple[NamedValue, ...]:
        """The children as pairs: `valueName` and `value`, or `name=value` in CAP 1.0 (there §3.2)."""
        found = (self._pair(child) for child in self.all(name))
        return tuple(pair for pair in found if pair is not None)

    def report_unknown(self) -> None:
        """Name the children that were not understood; a signature is no part of the warning."""
        for child in self.node.children:
            known = child.namespace == self.node.namespace and child.name in self._asked
            if not known and child.namespace != _SIGNATURE:
                self.faults.add("cap.element_unknown", child, element=child.name)

    @property
    def is_signed(self) -> bool:
        """Whether an XML signature stands in the element; it is not verified."""
        return any(child.namespace == _SIGNATURE and child.name == "Signature" for child in self.node.children)

    def _plain(self, child: Node) -> str:
        if child.children:
            self.faults.add("cap.markup_in_text", child, element=child.name)
        text = child.text
        if len(text) > MAX_TEXT:
            self.faults.add("cap.text_cut", child, element=child.name, length=len(text), limit=MAX_TEXT)
        return text[:MAX_TEXT]

    def _pair(self, child: Node) -> NamedValue | None:
        if child.namespace == CAP_1_0 and not child.children:
            name, separator, value = self._plain(child).partition("=")
            pair = NamedValue(name=name.strip(), value=value.strip()) if separator else None
        else:
            inner = Element(child, self.faults)
            value_name, value_text = inner.text("valueName"), inner.text("value")
            inner.report_unknown()
            pair = NamedValue(name=value_name, value=value_text or "") if value_name else None
        if pair is None:
            self.faults.add("cap.pair_bad", child, element=child.name, value=child.text)
        return pair


def parse_time(text: str) -> tuple[datetime | None, str | None]:
    """The instant of a CAP dateTime in UTC, or the code of what is wrong with it."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None, "cap.time_bad"
    if found.group(2) is None:
        return None, "cap.time_without_offset"
    try:
        return to_utc(datetime.fromisoformat(text)), None
    except (ValueError, OverflowError):
        return None, "cap.time_bad"
