"""Finds what is warned of in the national table of warning codes. The name decides, not the code.

Upstream tables use the same prefix 11B for other things, so a code alone is weak evidence.
"""

import csv
import re
from functools import cache
from importlib.resources import files

from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.xml_tree import Node
from services.incident_intake.domain.cap_alert import NamedValue, WarningKind

_CODE = re.compile(r"1[1-4][A-Z][0-9]{2}")
_CODE_IN_IDENTIFIER = re.compile(r"(?<![0-9A-Za-z])(11B[0-9]{2})(?![0-9A-Za-z])")
_DECORATION = re.compile("预警信号|预警|信号|[红橙黄蓝]色|[IVⅠⅡⅢⅣ一二三四]+级|天气$|[（(][^（()）]*[)）]$|\\s")
_COLOR = re.compile("[红橙黄蓝]色")
_TITLE_LENGTH = 200  # a name stands within it; longer texts would only cost time
_ALIASES = {"雷雨强风": "11B20", "空气重污染": "11B29", "森林草原火险": "11B41", "强阵雨": "11B64"}


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files(__package__).joinpath("warning_codes.tsv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines(), delimiter="\t"))


@cache
def code_names() -> dict[str, str]:
    """The national names by code."""
    return {row["code"]: row["name"] for row in _rows()}


@cache
def code_initials() -> dict[str, str]:
    """First letters of each name's pinyin by code, for quick search."""
    return {row["code"]: row["initials"] for row in _rows()}


def find_kind(
    node: Node,
    faults: FaultList,
    *,
    identifier: str,
    event_codes: tuple[NamedValue, ...],
    event: str | None,
    headline: str | None,
) -> WarningKind | None:
    """The kind of warning of a Chinese sender; an unknown code is kept as it was written."""
    original = _stated_code(event_codes, identifier)
    named = _named_code(event, headline)
    names = code_names()
    if named is not None:
        if original is not None and original != named:
            faults.add(
                "cap.event_code_conflict",
                node,
                event_code=original,
                code_name=names.get(original, ""),
                name=names[named],
            )
        return WarningKind(code=named, name=names[named], original_code=original)
    if original is None:
        return None
    if original not in names:
        faults.add("cap.event_code_unknown", node, event_code=original)
    return WarningKind(code=original, name=names.get(original), original_code=original)


def _stated_code(event_codes: tuple[NamedValue, ...], identifier: str) -> str | None:
    stated = next((pair.value for pair in event_codes if _CODE.fullmatch(pair.value)), None)
    if stated is None and (found := _CODE_IN_IDENTIFIER.search(identifier)):
        return found.group(1)
    return stated


def _named_code(event: str | None, headline: str | None) -> str | None:
    """The code of the name in the event, else of the words right before the colour in the headline."""
    by_name = _codes_by_name()
    before_color = _COLOR.split(headline, maxsplit=1)[0] if headline and _COLOR.search(headline) else ""
    for text in (_DECORATION.sub("", _plain(event or "")), _plain(before_color[-_TITLE_LENGTH:])):
        ending = [name for name in by_name if text.endswith(name)]
        if ending:
            return by_name[max(ending, key=len)]
    return None


@cache
def _codes_by_name() -> dict[str, str]:
    return {_plain(name): code for code, name in code_names().items()} | _ALIASES


def _plain(text: str) -> str:
    """Full-width brackets, as in 森林（草原）火险, read like the table's."""
    return text[:_TITLE_LENGTH].strip().replace("（", "(").replace("）", ")")
