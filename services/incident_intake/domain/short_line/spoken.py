"""How digits, letters and numbers are said over a poor voice channel."""

from services.incident_intake.domain.short_line.fields import OUTAGES, UNKNOWN

_DIGITS = dict(zip("0123456789", "洞幺两三四五六拐八勾", strict=True))
"""As radio operators say them, since 一 and 七, 六 and 九 sound alike."""
_PLAIN = "零一二三四五六七八九"
_MYRIAD = 10_000
_UNITS = ((1000, "千"), (100, "百"), (10, "十"), (1, ""))
_OUTAGE = dict(zip(OUTAGES, ("断网", "断电", "断路"), strict=True))


def digit_by_digit(text: str, group: int = 0) -> str:
    """Each digit by its radio name, letters as they are; a pause after each group."""
    said = [_DIGITS.get(one, one) for one in text]
    if not group:
        return "".join(said)
    return " ".join("".join(said[at : at + group]) for at in range(0, len(said), group))


def number(text: str) -> str:
    """A number as said, and digit by digit when it has more than one: `六十(六洞)`; `不明` when not known."""
    if text == UNKNOWN:
        return "不明"
    value = int(text)
    return digit_by_digit(text) if value < 10 else f"{_cardinal(value)}({digit_by_digit(text)})"


def outage(text: str) -> str:
    """What is cut, in words."""
    return "、".join(_OUTAGE[letter] for letter in text) or "无"


def _cardinal(value: int) -> str:
    if value >= _MYRIAD:
        rest = value % _MYRIAD
        return f"{_cardinal(value // _MYRIAD)}万{'零' if 0 < rest < 1000 else ''}{_thousands(rest)}"
    said = _thousands(value)
    return said.removeprefix("一") if said.startswith("一十") else said


def _thousands(value: int) -> str:
    said, gap = "", False
    for unit, word in _UNITS:
        digit = value // unit % 10
        if digit:
            said += ("零" if gap and said else "") + _PLAIN[digit] + word
        gap = not digit
    return said
