"""The committed JSON Schemas of all payloads: `python -m shared.contracts.schema_files` writes them anew."""

from pathlib import Path
from typing import Any

import orjson

from shared.contracts.events.base import Fact
from shared.contracts.registry import KINDS

FOLDER = Path(__file__).parent / "schemas"


def schema_of(payload: type[Fact]) -> dict[str, Any]:
    """The JSON Schema of a payload as it is written on the wire."""
    return payload.model_json_schema(mode="serialization")


def schema_file(kind: str) -> Path:
    """Where the schema of a kind is committed."""
    return FOLDER / f"{kind}.json"


def encoded(payload: type[Fact]) -> bytes:
    """The bytes of the committed file."""
    return orjson.dumps(schema_of(payload), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def breaking_changes(old: dict[str, Any], new: dict[str, Any], at: str = "") -> list[str]:
    """What in `new` would break a reader or a writer of `old`; empty if only optional things were added.

    Within a major version nothing is removed, retyped or made mandatory, and no enum loses a value.
    """
    faults = [f"{at}: {key} changed" for key in ("type", "format", "const", "$ref") if old.get(key) != new.get(key)]
    if "enum" in old and not set(old["enum"]) <= set(new.get("enum", ())):
        faults.append(f"{at}: enum lost {sorted(set(old['enum']) - set(new.get('enum', ())))}")
    before, after = old.get("properties", {}), new.get("properties", {})
    faults += [f"{at}/{name}: removed" for name in before if name not in after]
    faults += [
        f"{at}/{name}: added as mandatory"
        for name in after
        if name not in before and name in new.get("required", ()) and "default" not in after[name]
    ]
    for name in before.keys() & after.keys():
        faults += breaking_changes(before[name], after[name], f"{at}/{name}")
    for group in ("$defs",):
        for name, part in old.get(group, {}).items():
            faults += breaking_changes(part, new.get(group, {}).get(name, {}), f"{at}/{group}/{name}")
    return faults


def write_all() -> None:
    """Write every schema file."""
    FOLDER.mkdir(exist_ok=True)
    for kind, payload in KINDS.items():
        schema_file(kind).write_bytes(encoded(payload))


if __name__ == "__main__":
    write_all()
