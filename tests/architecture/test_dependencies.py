"""What the product imports is declared, so that an installation without the tools of development works."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.architecture.source import ROOT, imports, modules

_CARRIED = {"starlette": "fastapi", "pydantic-core": "pydantic", "typing-extensions": "pydantic"}
"""Parts that come with a declared package and never without it."""


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {_canonical(re.split(r"[\[<>=!~; ]", entry, maxsplit=1)[0]) for entry in project["dependencies"]}


def _imported() -> set[str]:
    tops = {name.split(".")[0] for path in modules("services", "shared") for name in imports(path)}
    return tops - set(sys.stdlib_module_names) - {"services", "shared"}


def test_every_imported_package_is_a_declared_dependency() -> None:
    declared, owners = _declared(), packages_distributions()
    undeclared = {}
    for top in _imported():
        found = {_canonical(owner) for owner in owners.get(top, [])}
        if not {_CARRIED.get(owner, owner) for owner in found} & declared:
            undeclared[top] = found
    assert not undeclared
