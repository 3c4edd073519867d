"""What a scenario expects of an answer: a part of it, with times in the scenario's minutes and names for what was made.

`"{fire.id}"` is the id of what an earlier row kept as `fire`; a text that is nothing else keeps the value's type.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e.scenes.stage import Stage

_NAME = re.compile(r"\{([a-z_0-9]+(?:\.[a-z_0-9]+)*)\}")


@dataclass(frozen=True, slots=True)
class T:
    """A minute of the scenario."""

    minute: float


@dataclass(frozen=True, slots=True)
class Until:
    """Not later than this minute."""

    minute: float


@dataclass(frozen=True, slots=True)
class Count:
    """So many entries of the list are like this."""

    number: int
    like: Any


@dataclass(frozen=True, slots=True)
class Each:
    """All entries of the list are like this, and there are some."""

    like: Any


@dataclass(frozen=True, slots=True)
class Holds:
    """The list still holds every entry of this one, unchanged."""

    entries: Any


@dataclass(frozen=True, slots=True)
class Has:
    """The text says this."""

    words: str


@dataclass(frozen=True, slots=True)
class Not:
    """It is anything but this."""

    like: Any


@dataclass(frozen=True, slots=True)
class All:
    """All of these hold."""

    likes: tuple[Any, ...]


@dataclass(slots=True)
class Memory:
    """What earlier rows kept, and the stage that knows the minutes."""

    stage: Stage
    kept: dict[str, Any]

    def said(self, value: Any) -> Any:
        """The value with names and minutes filled in."""
        match value:
            case str():
                whole = _NAME.fullmatch(value)
                return self._named(whole[1]) if whole else _NAME.sub(lambda name: str(self._named(name[1])), value)
            case T(minute):
                return self.stage.wire(minute)
            case Mapping():
                return {key: self.said(one) for key, one in value.items()}
            case list() | tuple():
                return [self.said(one) for one in value]
            case _:
                return value

    def _named(self, path: str) -> Any:
        name, *keys = path.split(".")
        found = self.kept[name]
        for key in keys:
            found = found[int(key) if key.isdigit() else key]
        return found


def differs(memory: Memory, expected: Any, actual: Any, path: str = "") -> str | None:
    """What is not as expected, in words; None if all is."""
    expected = memory.said(expected)
    found = _special(memory, expected, actual, path)
    if found is not NotImplemented:
        return str(found) if found else None
    if isinstance(expected, dict):
        return _object(memory, expected, actual, path)
    if isinstance(expected, list):
        return _list(memory, expected, actual, path)
    return None if expected == actual else f"{path}: {actual!r}, expected {expected!r}"


def _object(memory: Memory, expected: dict[str, Any], actual: Any, path: str) -> str | None:
    if not isinstance(actual, dict):
        return f"{path}: {actual!r} is no object"
    for key, like in expected.items():
        if key not in actual:
            return f"{path}/{key} is missing"
        if found := differs(memory, like, actual[key], f"{path}/{key}"):
            return found
    return None


def _list(memory: Memory, expected: list[Any], actual: Any, path: str) -> str | None:
    if not isinstance(actual, list) or len(actual) != len(expected):
        return f"{path}: {actual!r}, expected {len(expected)} entries"
    pairs = zip(expected, actual, strict=True)
    return next((found for i, (e, a) in enumerate(pairs) if (found := differs(memory, e, a, f"{path}/{i}"))), None)


def _beside(like: Any, one: Any) -> Any:
    """What there is in place of what was looked for."""
    return {key: one.get(key) for key in like} if isinstance(like, dict) and isinstance(one, dict) else one


def _special(memory: Memory, expected: Any, actual: Any, path: str) -> Any:
    match expected:
        case Count() | Each() | Holds():
            return _of_list(memory, expected, actual, path)
        case Has(words):
            said = memory.said(words)
            return None if said in str(actual) else f"{path}: {actual!r} does not say {said!r}"
        case Until(minute):
            limit = memory.stage.wire(minute)
            return None if actual is not None and actual <= limit else f"{path}: {actual!r} is after {limit}"
        case Not(like):
            return f"{path}: {actual!r}" if differs(memory, like, actual) is None else None
        case All(likes):
            return next((found for like in likes if (found := differs(memory, like, actual, path))), None)
    return NotImplemented


def _of_list(memory: Memory, expected: Count | Each | Holds, actual: Any, path: str) -> str | None:
    match expected:
        case Count(number, like):
            count = sum(differs(memory, like, one) is None for one in actual)
            shown = [_beside(like, one) for one in actual]
            return None if count == number else f"{path}: {count}, not {number}, like {memory.said(like)} of {shown}"
        case Each(like):
            faults = [found for one in actual if (found := differs(memory, like, one, path))]
            return next(iter(faults), None if actual else f"{path}: nothing there")
        case Holds(entries):
            gone = [one for one in memory.said(entries) if one not in actual]
            return f"{path}: gone or changed: {gone}" if gone else None
