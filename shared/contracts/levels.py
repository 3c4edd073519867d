"""The three Chinese four-level scales. They are three types and are never converted into one another."""

from enum import StrEnum


class IncidentGrade(StrEnum):
    """事件等级, judged by consequence, may change with every follow-up (突发事件应对法 §3).

    Not for social-security incidents: there the grade stays empty.
    """

    I = "I"  # noqa: E741 — the Roman numeral is the law's own name
    II = "II"
    III = "III"
    IV = "IV"


class ResponseLevel(StrEnum):
    """应急响应级别, set by the command when it activates a plan (突发事件应对法 §71); 1 is the highest."""

    LEVEL_1 = "1"
    LEVEL_2 = "2"
    LEVEL_3 = "3"
    LEVEL_4 = "4"


class WarningColor(StrEnum):
    """预警级别, issued by government or an authorised body (突发事件应对法 §63); red is the highest."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"
