"""The kinds of the register, and the group in which each is shown."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

BUILDING_SITE = "31M00"
"""在建工程现场."""
_CODE = re.compile(r"[2-4][0-9][A-Z][0-9]{2}")
_UNMAPPED = "31E"
"""Military installations: never on this map (domain rule, after 地图管理条例 §36)."""
_FURTHER = (("47", "shelter"), ("43", "supply"), ("32B", "road"), ("2", "hazard_source"), ("3", "key_target"))
GROUPS = ("hazard_source", "key_target", "hydrant", "water_intake", "road", "shelter", "supply", "other")


@dataclass(frozen=True, slots=True)
class FacilityKind:
    """A code with, where it has none of its own, our subtype."""

    code: str
    subtype: str | None
    name: str
    group: str

    @property
    def own(self) -> bool:
        """Whether the word is ours and not the code list's."""
        return self.subtype is not None


@cache
def facility_kinds() -> tuple[FacilityKind, ...]:
    """All that the form offers, in its order."""
    text = (files(__package__) / "facility_kinds.toml").read_text("utf-8")
    return tuple(
        FacilityKind(code, subtype or None, name, group)
        for group, kinds in tomllib.loads(text).items()
        for given, name in kinds.items()
        for code, _, subtype in [given.partition("+")]
    )


def is_code(code: str) -> bool:
    """Whether it is formed as a code of hazard sources, protected targets or resources."""
    return _CODE.fullmatch(code) is not None


def is_unmapped(code: str) -> bool:
    """Whether the thing may not be shown on a map."""
    return code.startswith(_UNMAPPED)


@cache
def kind_of(code: str, subtype: str | None) -> FacilityKind:
    """What the pair means: the listed kind, else the code's own name and the group of its class."""
    listed = {(kind.code, kind.subtype): kind for kind in facility_kinds()}
    found = listed.get((code, subtype)) or listed.get((code, None))
    if found is not None:
        return FacilityKind(code, subtype, subtype or found.name, found.group)
    group = next((group for prefix, group in _FURTHER if code.startswith(prefix)), "other")
    return FacilityKind(code, subtype, subtype or code, group)


def named_kind(text: str) -> FacilityKind | None:
    """The kind with this code or name, as a table writes it."""
    if is_code(text):
        return kind_of(text, None)
    return next((kind for kind in facility_kinds() if text in (kind.name, kind.subtype)), None)
