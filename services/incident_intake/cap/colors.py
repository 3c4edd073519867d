"""Finds the Chinese colour of a warning: stated, or written in its title, or by the severity it stands for."""

import re

from services.incident_intake.cap.faults import FaultList
from services.incident_intake.cap.xml_tree import Node
from services.incident_intake.domain.cap_alert import NamedValue
from services.incident_intake.domain.cap_words import Severity
from shared.contracts.levels import WarningColor

COLOR_SEVERITY = {
    WarningColor.BLUE: Severity.MINOR,
    WarningColor.YELLOW: Severity.MODERATE,
    WarningColor.ORANGE: Severity.SEVERE,
    WarningColor.RED: Severity.EXTREME,
}
"""What Chinese senders write as severity for each colour (practice of the national platform)."""

_SEVERITY_COLOR = {severity: color for color, severity in COLOR_SEVERITY.items()}
_CHARACTERS = {
    "红": WarningColor.RED,
    "橙": WarningColor.ORANGE,
    "黄": WarningColor.YELLOW,
    "蓝": WarningColor.BLUE,
}
_PARAMETERS = {
    "colorcode", "color", "colourcode", "colour", "warningcolor", "alertcolor", "signallevel",
    "预警颜色", "预警级别", "预警等级", "颜色",
}  # fmt: skip
_IN_TEXT = re.compile("([红橙黄蓝])色")
_CHANGED_TO = re.compile("(?:升级?|降级?|变更|更新|调整|改)(?:为|至|到|成)[^红橙黄蓝,，。;；]{0,12}([红橙黄蓝])色")


def color_word(text: str) -> WarningColor | None:
    """The colour that a single value names, in English or Chinese."""
    try:
        return WarningColor(text.strip().casefold())
    except ValueError:
        found = re.match("([红橙黄蓝])(?:色|$)", text.strip())
        return _CHARACTERS[found.group(1)] if found else None


def text_color(text: str) -> tuple[WarningColor | None, bool]:
    """The colour a title speaks of, and whether it names several without saying which one now holds.

    "蓝色升级为黄色" speaks of yellow: the colour after the change holds.
    """
    changed = _CHANGED_TO.findall(text)
    if changed:
        return _CHARACTERS[changed[-1]], False
    named = set(_IN_TEXT.findall(text))
    if len(named) == 1:
        return _CHARACTERS[named.pop()], False
    return None, len(named) > 1


def find_color(
    node: Node,
    faults: FaultList,
    *,
    parameters: tuple[NamedValue, ...],
    titles: tuple[str | None, ...],
    severity: Severity | None,
    severity_color: WarningColor | None,
) -> WarningColor | None:
    """The colour of an info block of a Chinese sender: stated value, then headline and event, then severity."""
    stated = _stated(parameters) or severity_color
    written = _written(node, faults, titles)
    if stated is not None and written is not None and stated is not written:
        faults.add("cap.color_conflict", node, stated=stated.value, written=written.value)
    return stated or written or (_SEVERITY_COLOR.get(severity) if severity is not None else None)


def _stated(parameters: tuple[NamedValue, ...]) -> WarningColor | None:
    named = (color_word(pair.value) for pair in parameters if pair.name.casefold() in _PARAMETERS)
    return next((color for color in named if color is not None), None)


def _written(node: Node, faults: FaultList, titles: tuple[str | None, ...]) -> WarningColor | None:
    for title in titles:
        color, ambiguous = text_color(title or "")
        if ambiguous:
            faults.add("cap.color_ambiguous", node, text=title or "")
        if color is not None:
            return color
    return None
