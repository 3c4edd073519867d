"""The lists that the product brings along, one file per part of the classification."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from services.incident_intake.domain.guidance import Guidance


@cache
def shipped() -> Mapping[str, Guidance]:
    """The lists by key; one file may serve several keys."""
    found: dict[str, Guidance] = {}
    for file in sorted((files("services.incident_intake") / "guidance").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            table = tomllib.loads(file.read_text("utf-8"))
            keys = table.pop("types")
            guidance = Guidance.model_validate(table)
            found |= dict.fromkeys(keys, guidance)
    return MappingProxyType(found)
