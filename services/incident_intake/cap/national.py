"""Who is a Chinese sender, and what the national identifier of a warning tells."""

import re
from datetime import UTC, datetime

from services.incident_intake.domain.cap_alert import NationalIdentifier
from shared.kernel.clock import SHANGHAI

_IDENTIFIER = re.compile(r"([0-9]{6})([0-9]{3})([0-9]{3})([0-9]{2})_([0-9]{14})(?:_([0-9]))?")
_CHINESE_HOST = re.compile(r"\.cn(?:$|[/:?])", re.IGNORECASE)
_COLOR_WARNING = re.compile("[红橙黄蓝]色预警")
_TRADITIONAL = {"hant", "tw", "hk", "mo"}


def has_national_shape(identifier: str) -> bool:
    """Whether the identifier has the form `ZZZZZZDDDUUUXX_YYYYMMDDhhmmss[_N]`, true time or not."""
    return _IDENTIFIER.fullmatch(identifier) is not None


def parse_national(identifier: str) -> NationalIdentifier | None:
    """The parts of a national identifier (突发事件预警信息取值规则; Beijing time; `_N` may be missing)."""
    found = _IDENTIFIER.fullmatch(identifier)
    if found is None:
        return None
    adcode, agency, department, branch, digits, serial = found.groups()
    try:
        issued_at = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return NationalIdentifier(
        adcode=adcode, agency=agency, department=department, branch=branch, issued_at=issued_at, serial=serial
    )


def is_chinese(identifier: str, sender: str, language: str | None, *texts: str | None) -> bool:
    """Whether the Chinese colours and codes apply: they are a national scale and are never invented for others.

    An identifier of the national form decides; then the language (traditional script is not the mainland's); then a
    `.cn` sender or the words of a colour warning.
    """
    if has_national_shape(identifier):
        return True
    subtags = (language or "").casefold().split("-")
    if subtags[0] == "zh":
        return _TRADITIONAL.isdisjoint(subtags)
    if _CHINESE_HOST.search(sender):
        return True
    return any(_COLOR_WARNING.search(text) for text in texts if text)
