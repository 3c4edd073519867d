"""Reads the part of YAML that our own deployment files use, so that tests need no library for it.

Block mappings and sequences, JSON-like flow values on one line, anchors with merge keys, plain and quoted scalars.
Anything else is refused: a file that this cannot read is one we do not write.
"""

import json
import re
from typing import Any

_KEY = re.compile(r'(?P<key>"[^"]*"|[^\s#:\[\]{}"]+):(?:\s+(?P<rest>.*))?$')
_ANCHOR = re.compile(r"&(\w+)\s*(.*)")
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\[\]{},:"]+(?::(?!\s)[^\[\]{},:"]+)*')


class NotOurs(ValueError):
    """The text uses more of YAML than this reads."""


def load(text: str) -> Any:
    """The document."""
    lines = [(len(line) - len(line.lstrip()), line.strip()) for line in text.splitlines()]
    reader = _Reader([line for line in lines if line[1] and not line[1].startswith("#")])
    document = reader.block(0)
    if reader.place != len(reader.lines):
        raise NotOurs(f"cannot read on at: {reader.lines[reader.place][1]}")
    return document


class _Reader:
    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self.lines = lines
        self.place = 0
        self.anchors: dict[str, Any] = {}

    def block(self, indent: int) -> Any:
        return self._sequence(indent) if self.lines[self.place][1].startswith("- ") else self._mapping(indent)

    def _is_at(self, indent: int, *, item: bool) -> bool:
        if self.place >= len(self.lines):
            return False
        depth, line = self.lines[self.place]
        if depth > indent:
            raise NotOurs(f"indented too far: {line}")
        return depth == indent and line.startswith("- ") == item

    def _sequence(self, indent: int) -> list[Any]:
        found = []
        while self._is_at(indent, item=True):
            rest = self.lines[self.place][1][2:].strip()
            if _KEY.match(rest):  # a mapping that begins behind the dash
                self.lines[self.place] = (indent + 2, rest)
                found.append(self._mapping(indent + 2))
            else:
                self.place += 1
                found.append(scalar(rest))
        return found

    def _mapping(self, indent: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        while self._is_at(indent, item=False):
            match = _KEY.match(self.lines[self.place][1])
            if match is None:
                raise NotOurs(f"no key: {self.lines[self.place][1]}")
            self.place += 1
            key, value = match["key"].strip('"'), self._value(match["rest"] or "", indent)
            if key in found:
                raise NotOurs(f"twice: {key}")
            if key == "<<":
                merged = value
            else:
                found[key] = value
        return {**merged, **found}

    def _value(self, rest: str, indent: int) -> Any:
        anchor = _ANCHOR.match(rest)
        if anchor:
            rest = anchor[2]
        if rest.startswith("*"):
            return self.anchors[rest[1:]]
        value = scalar(rest) if rest else self._inner(indent)
        if anchor:
            self.anchors[anchor[1]] = value
        return value

    def _inner(self, indent: int) -> Any:
        if self.place >= len(self.lines) or self.lines[self.place][0] <= indent:
            return None
        return self.block(self.lines[self.place][0])


def scalar(text: str) -> Any:
    """A value that stands on one line."""
    if text[:1] in {"[", "{"}:
        words = [word.strip() for word in _WORD.findall(text)]
        quoted = (
            word if word in set("[]{},:") or word.startswith('"') else json.dumps(_plain(word))
            for word in words
            if word
        )
        return json.loads("".join(quoted))
    if text.startswith('"'):
        return json.loads(text)
    if text[:1] in set("'|>!@`%") or " #" in text or ": " in text:
        raise NotOurs(f"not read here: {text}")
    return _plain(text)


def _plain(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if re.fullmatch(r"-?\d+", text) else text
