"""Every code and every value that an officer may see has a Chinese text."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from string import Formatter

import pytest

import shared.contracts
from shared.i18n import catalogue
from tests.architecture.source import modules, tree

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CARRIERS = ("Fault", "Hint")
"""Names of classes that carry a code to the officer end so; errors are found by their base class."""


def _bases(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            yield from ((node.name, base.id) for base in node.bases if isinstance(base, ast.Name))


def _errors() -> set[str]:
    """Names of all subclasses of DomainError."""
    pairs = {pair for path in modules("services", "shared") for pair in _bases(path)}
    known = {"DomainError"}
    while grown := {name for name, base in pairs if base in known} - known:
        known |= grown
    return known


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _codes() -> set[tuple[str, str]]:
    """Codes given as a literal to an error, a fault or a hint, with the place."""
    errors = _errors()
    found = set()
    for path in modules("services", "shared"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not (_called(node) in errors or _called(node).endswith(_CARRIERS)):
                continue
            values = [*node.args[:2], *(keyword.value for keyword in node.keywords if keyword.arg == "code")]
            for value in values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and _CODE.fullmatch(value.value):
                    found.add((value.value, f"{path}:{node.lineno}"))
    return found


def _enums() -> list[type[StrEnum]]:
    """The enums of the contracts and of who may do what."""
    names = [f"shared.contracts.{found.name}" for found in pkgutil.iter_modules(shared.contracts.__path__)]
    names += [
        found.name for found in pkgutil.walk_packages(shared.contracts.__path__, "shared.contracts.") if found.ispkg
    ]
    found_enums: dict[str, type[StrEnum]] = {}
    for name in [*names, "shared.kernel.access"]:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum:
                found_enums[f"{value.__module__}.{value.__qualname__}"] = value
    return list(found_enums.values())


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_codes_are_found_in_the_source() -> None:
    assert {"DomainError", "Invalid", "Conflict"} <= _errors()
    assert "storage.unavailable" in {code for code, _ in _codes()}


def test_every_code_has_a_chinese_sentence() -> None:
    known = catalogue()
    missing = {code: place for code, place in _codes() if not _CHINESE.search(known.get(f"problem.{code}", ""))}
    assert not missing


@pytest.mark.parametrize("enum", _enums(), ids=lambda enum: enum.__name__)
def test_every_value_of_an_enum_has_a_chinese_label(enum: type[StrEnum]) -> None:
    known = catalogue()
    keys = [f"{_snake(enum.__name__)}.{value.value}" for value in enum]
    assert not [key for key in keys if not _CHINESE.search(known.get(key, ""))]


def test_every_sentence_can_be_filled_in_with_plain_names() -> None:
    odd = {
        key: name
        for key, sentence in catalogue().items()
        for _, name, spec, conversion in Formatter().parse(sentence)
        if name is not None and (not name.isidentifier() or spec or conversion)
    }
    assert not odd
