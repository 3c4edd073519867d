"""Base classes of request and response bodies."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.kernel.clock import UtcDatetime

Path = tuple[str | int, ...]
_ALLOWED = {"\n", "\r", "\t"}
_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
_WORD_MARKS = {0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x1E: "-", 0x1F: None}
"""What a word processor puts into copied text for its soft line break, page break, hard and optional hyphen."""
_DATE_TIME = re.compile(r"(\d{4})-\d\d-\d\d[Tt ]\d\d:\d\d")
_YEARS = range(1000, 9000)


def _written_time(value: Any) -> Any:
    found = _DATE_TIME.match(value) if isinstance(value, str) else None
    if not isinstance(value, datetime | None) and (found is None or int(found[1]) not in _YEARS):
        raise PydanticCustomError("datetime_parsing", "not a written date and time")
    return value


SaidTime = Annotated[UtcDatetime, BeforeValidator(_written_time)]
"""A moment in a request, as a written date and time: pydantic alone would read a number as seconds since 1970."""


def has_control(text: str) -> bool:
    """Whether the text has control characters or halves of surrogate pairs, which stores and JSON refuse."""
    return not text.isprintable() and any(
        unicodedata.category(char) in {"Cc", "Cs"} and char not in _ALLOWED for char in text
    )


def speakable(name: str) -> str:
    """The name of a field as it can be answered, whatever was sent as one."""
    return "".join(_UNPRINTABLE if has_control(char) else char for char in name) if has_control(name) else name


def _strings(data: Any) -> Iterator[tuple[Path, str]]:
    """Every text in the body with its place; names of fields too, under their own place. No recursion: bodies may."""
    waiting: list[tuple[Path, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, dict):
            for name, inner in value.items():
                here = (*path, speakable(name) if isinstance(name, str) else str(name))
                waiting.append((here, inner))
                if isinstance(name, str):
                    yield here, name
        elif isinstance(value, list):
            waiting.extend(((*path, place), inner) for place, inner in enumerate(value))


def _without_word_marks(data: Any) -> None:
    """Write the marks of a word processor plainly, in place; no recursion, since bodies may be as deep as they like."""
    waiting: list[Any] = [data]
    while waiting:
        holder = waiting.pop()
        entries = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for place, value in list(entries):
            if isinstance(value, str):
                if not value.isprintable():
                    holder[place] = value.translate(_WORD_MARKS)
            else:
                waiting.append(value)


class Command(BaseModel):
    """A request body: unknown fields are named and refused, since a misspelt field would be lost information.

    Text may be pasted from a word processor: nobody in a hurry can see, or mend, the marks that come along with it.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_control_characters(cls, data: Any) -> Any:
        _without_word_marks(data)
        faults = dict.fromkeys(path for path, text in _strings(data) if has_control(text))
        if faults:
            error = PydanticCustomError("control_character", "control character")
            details = [InitErrorDetails(type=error, loc=path, input=None) for path in sorted(faults, key=str)]
            raise ValidationError.from_exception_data(cls.__name__, details)
        return data


class View(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="ignore", frozen=True)
