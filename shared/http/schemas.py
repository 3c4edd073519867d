"""Base classes of request and response bodies."""

import unicodedata
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

_ALLOWED = {"\n", "\r", "\t"}


def _has_control(value: Any) -> bool:
    if isinstance(value, str):
        return not value.isprintable() and any(
            unicodedata.category(c) in {"Cc", "Cs"} and c not in _ALLOWED for c in value
        )
    return False


class Command(BaseModel):
    """A request body: unknown fields are named and refused, since a misspelt field would be lost information."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_control_characters(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for name, value in data.items():
                if _has_control(value):
                    raise PydanticCustomError("control_character", "control character in {field}", {"field": name})
        return data


class View(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="ignore", frozen=True)
