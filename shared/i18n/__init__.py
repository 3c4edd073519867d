"""The Chinese catalogue: labels of enum values, problems, metrics, roles and actions. Codes travel, sentences do not.

Keys are `<enum>.<value>` with the class name in snake case (`incident_grade.II`), `problem.<code>`, `metric.<name>`,
`role.<role>` and `action.<action>`. Every part of the system owns one file under `zh_CN/`; browsers fetch the whole.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


class BrokenCatalogue(ValueError):
    """A catalogue file cannot be used; found at start and by the tests, never by an officer."""


class _Params(dict[str, object]):
    """Parameters of a sentence; one that is missing stays visible as `{name}`."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def flatten(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The entries of a TOML table with dotted keys.

    Raises:
        BrokenCatalogue: a value is not a text.
    """
    for name, value in table.items():
        key = f"{prefix}.{name}" if prefix else name
        if isinstance(value, Mapping):
            yield from flatten(value, key)
        elif isinstance(value, str):
            yield key, value
        else:
            raise BrokenCatalogue(f"{key}: not a text")


def merge(sources: Mapping[str, str]) -> dict[str, str]:
    """One catalogue of several TOML texts (file name to text).

    Raises:
        BrokenCatalogue: not TOML, a value is not a text, or a key is defined twice.
    """
    entries: dict[str, str] = {}
    owner: dict[str, str] = {}
    for source, text in sorted(sources.items()):
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BrokenCatalogue(f"{source}: {error}") from error
        for key, sentence in flatten(table):
            if key in entries:
                raise BrokenCatalogue(f"{key}: in {owner[key]} and in {source}")
            entries[key], owner[key] = sentence, source
    return entries


@cache
def _catalogue() -> Mapping[str, str]:
    folder = files(__name__) / "zh_CN"
    sources = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}
    return MappingProxyType(merge(sources))


def catalogue() -> dict[str, str]:
    """The whole catalogue, as browsers get it."""
    return dict(_catalogue())


def label(key: str, **params: object) -> str:
    """The Chinese text of a key with its parameters filled in, lists with 、 between; a missing key shows itself."""
    spoken = {name: "、".join(map(str, value)) if isinstance(value, (list, tuple)) else value
              for name, value in params.items()}  # fmt: skip
    return _catalogue().get(key, key).format_map(_Params(spoken))
