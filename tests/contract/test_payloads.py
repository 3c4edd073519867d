"""The contract with every other site and every stored log: schemas only grow, old samples parse for ever."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.contracts.envelope import decode, encode
from shared.contracts.registry import KINDS
from shared.contracts.schema_files import FOLDER, breaking_changes, encoded, schema_file, schema_of

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_committed_schema_is_the_code(kind: str) -> None:
    assert schema_file(kind).read_bytes() == encoded(KINDS[kind]), "run: python -m shared.contracts.schema_files"


def test_no_schema_without_a_payload() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_schema_only_grew_since_the_first_commit_of_it(kind: str) -> None:
    path = schema_file(kind).relative_to(ROOT)
    log = subprocess.run(
        ["git", "log", "--reverse", "--format=%H", "--", str(path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    for commit in log:
        first = subprocess.run(["git", "show", f"{commit}:{path}"], cwd=ROOT, capture_output=True, check=True).stdout
        assert breaking_changes(orjson.loads(first), schema_of(KINDS[kind])) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s["properties"].pop("title"), "removed"),
        (lambda s: s["properties"]["title"].update(type="integer"), "type changed"),
        (lambda s: (s["properties"].update(x={"type": "string"}), s["required"].append("x")), "mandatory"),
        (lambda s: s["$defs"]["IncidentStatus"]["enum"].remove("closed"), "enum lost"),
    ],
)
def test_a_breaking_change_is_noticed(change: Callable[[dict[str, Any]], object], said: str) -> None:
    old = schema_of(KINDS["intake.incident.reported.v1"])
    new = orjson.loads(orjson.dumps(old))
    change(new)
    assert any(said in fault for fault in breaking_changes(old, new))


def held(told: Any, kept: Any) -> Any:
    """Of what was kept, that which was told: fields that a later version added are left out, at every depth."""
    if isinstance(told, dict) and isinstance(kept, dict):
        return {name: held(value, kept[name]) for name, value in told.items()}
    if isinstance(told, list) and isinstance(kept, list) and len(told) == len(kept):
        return [held(one, other) for one, other in zip(told, kept, strict=True)]
    return kept


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_golden_sample_parses_and_keeps_its_meaning(kind: str) -> None:
    sample = (GOLDEN / f"{kind}.json").read_bytes()
    envelope = decode(sample)
    assert envelope.kind == kind
    payload = KINDS[kind].model_validate(envelope.data)
    kept = payload.model_dump(mode="json")
    assert held(envelope.data, kept) == envelope.data
    assert decode(encode(envelope)) == envelope


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_newer_producers_extra_field_is_ignored(kind: str) -> None:
    sample = orjson.loads((GOLDEN / f"{kind}.json").read_bytes())
    sample["data"]["from_the_future"] = {"x": 1}
    sample["futureattribute"] = "y"
    envelope = decode(orjson.dumps(sample))
    assert not hasattr(KINDS[kind].model_validate(envelope.data), "from_the_future")
