"""What the product imports is declared, so that an installation without the tools of development works."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement

from tests.architecture.source import ROOT, imports, modules

_CARRIED = {"starlette": "fastapi", "pydantic-core": "pydantic", "typing-extensions": "pydantic"}
"""Parts that come with a declared package and never without it."""


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements() -> tuple[list[Requirement], list[Requirement]]:
    """What the product needs, and what development and the build need besides."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [Requirement(entry) for group in project["optional-dependencies"].values() for entry in group]
    return [Requirement(entry) for entry in project["dependencies"]], extras


def _declared() -> set[str]:
    return {_canonical(requirement.name) for requirement in _requirements()[0]}


def _locked() -> dict[str, set[str]]:
    """Versions in the lock; a package has several where they differ by Python version."""
    versions: dict[str, set[str]] = {}
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    for name, version in re.findall(r"^([a-z0-9.-]+)==([^ ;]+)", lock, re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    return versions


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


def test_the_lock_holds_a_fitting_version_of_every_declared_package() -> None:
    product, extras = _requirements()
    locked = _locked()
    unmet = [
        str(requirement)
        for requirement in [*product, *extras]
        if not any(requirement.specifier.contains(v) for v in locked.get(_canonical(requirement.name), ()))
    ]
    assert not unmet


def test_the_build_needs_exactly_what_the_lock_pins_for_it() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert set(document["build-system"]["requires"]) <= set(document["project"]["optional-dependencies"]["build"])
