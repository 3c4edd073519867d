"""Small files, small functions, every return typed: what one can hold in the head."""

import ast
import subprocess
from pathlib import Path
from statistics import median

import pytest

from tests.architecture.source import ROOT, functions, modules

_FILE_LINES = 400
_MEDIAN_LINES = 100
_FUNCTION_LINES = 50
_LONG_ON_PURPOSE = {Path("services/composition.py")}
"""One straight list of steps that puts the system together; cutting it would hide the order."""

_PRODUCT = ("services", "shared", "deploy", "bench")
_ALL = (*_PRODUCT, "tests")


def _lines(path: Path) -> int:
    return len((ROOT / path).read_text("utf-8").splitlines())


def _web() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.ts", "*.vue", "*.css"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [Path(name) for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("path", [*modules(*_ALL), *_web()], ids=str)
def test_no_file_is_longer_than_a_few_screens(path: Path) -> None:
    assert _lines(path) <= _FILE_LINES


def test_the_median_module_fits_on_two_screens() -> None:
    sizes = [lines for path in modules("services", "shared") if (lines := _lines(path))]
    assert median(sizes) <= _MEDIAN_LINES


def _own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without docstring and without the functions inside, which are counted by themselves."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    first, last = body[0].lineno, function.end_lineno or body[-1].lineno
    inner = [
        node
        for node in ast.walk(function)
        if node is not function and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    covered = {line for node in inner for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    return sum(1 for line in range(first, last + 1) if line not in covered)


def test_no_function_is_long() -> None:
    long = [
        f"{path}:{function.lineno} {function.name}: {_own_lines(function)} lines"
        for path in modules(*_ALL)
        if path not in _LONG_ON_PURPOSE and "migrations" not in path.parts  # one long list of columns each
        for function in functions(path)
        if _own_lines(function) > _FUNCTION_LINES
    ]
    assert not long


def test_every_function_says_what_it_returns() -> None:
    untyped = [
        f"{path}:{function.lineno} {function.name}"
        for path in modules(*_ALL)
        for function in functions(path)
        if function.returns is None
    ]
    assert not untyped
