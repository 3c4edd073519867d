"""Bundles: byte for byte there and back; whatever was changed, cut, forged or made up is refused with a code."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.draft import draft
from shared.contracts.envelope import encode
from shared.contracts.events.ops import SiteFact
from shared.kernel.errors import Conflict, DomainError
from shared.messaging.ferry.bundle import Bundle, BundleWriter, pack, unpack
from shared.messaging.ferry.signing import Card, Signer, TrustedSites, read_card

NOW = datetime(2026, 7, 31, tzinfo=UTC)


def fact(number: int, site: str = "yufa", *, exercise: bool = False) -> bytes:
    payload = SiteFact(site=site, name="榆垡镇", product_version="1", beat_at=NOW)
    return encode(
        draft(
            site=site, service="operations", kind="ops.site.heartbeat.v1", aggregate_id=site, version=number,
            payload=payload, now=NOW, exercise=exercise,
        )
    )  # fmt: skip


class Desk:
    """A site with its key, and another that trusts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = Signer(folder / "yufa", "yufa")
        self.trusted = TrustedSites(folder / "hub")
        self.trusted.add(self.signer.card)

    def bundle(self, name: str = "a.zip", *, signer: Signer | None = None, count: int = 5) -> Path:
        writer = BundleWriter(self.folder / name, signer or self.signer, exercise=False, now=NOW)
        writer.add("yufa", "epoch", 1, [fact(number) for number in range(1, count)])
        writer.add("yufa", "epoch", count, [fact(count)])
        writer.finish()
        return self.folder / name

    def bodies(self, file: Path) -> list[bytes]:
        with Bundle(file, self.trusted, exercise=False) as opened:
            return [one.body for stretch in opened.manifest.stretches for part in opened.facts(stretch) for one in part]

    def refusal(self, file: Path, *, exercise: bool = False) -> str | None:
        try:
            Bundle(file, self.trusted, exercise=exercise).__exit__()
        except DomainError as error:
            return error.code
        return None

    def changed(self, file: Path, **members: Any) -> Path:
        """The bundle with some of its files replaced, left out (None) or added."""
        with zipfile.ZipFile(file) as old:
            held: dict[str, bytes | None] = {name: old.read(name) for name in old.namelist()}
        held |= {name.replace("__", "-").replace("_json", ".json").replace("_sig", ".sig").replace("_facts", ".facts"):
                 content for name, content in members.items()}  # fmt: skip
        target = file.with_name(f"changed-{file.name}")
        with zipfile.ZipFile(target, "w") as new:
            for name, content in held.items():
                if content is not None:
                    new.writestr(name, content)
        return target


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_facts_come_back_byte_for_byte_with_their_positions(desk: Desk) -> None:
    facts = [fact(number) for number in range(1, 4)]
    writer = BundleWriter(desk.folder / "b.zip", desk.signer, exercise=False, now=NOW)
    writer.add("yufa", "epoch", 7, facts)
    manifest = writer.finish()
    assert (manifest.stretches[0].first, manifest.stretches[0].last) == (7, 9)
    assert desk.bodies(desk.folder / "b.zip") == facts
    with Bundle(desk.folder / "b.zip", desk.trusted, exercise=False) as opened:
        parts = list(opened.facts(opened.manifest.stretches[0], after=8))
    assert [one.position for part in parts for one in part] == [9]


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_packing_loses_nothing(bodies: list[bytes]) -> None:
    assert unpack(pack(bodies)) == bodies


@given(st.binary(max_size=200))
def test_no_chunk_breaks_the_reader(content: bytes) -> None:
    try:
        found = unpack(content)
    except DomainError:
        return
    assert pack(found) == content


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("ferry"))


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_changed_bit_of_the_file_is_accepted_with_other_facts(shared_desk: Desk, data: st.DataObject) -> None:
    good = shared_desk.folder / "whole.zip"
    if not good.exists():
        shared_desk.bundle(good.name)
    content = bytearray(good.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    hurt = shared_desk.folder / "hurt.zip"
    hurt.write_bytes(content)
    if shared_desk.refusal(hurt) is None:
        assert shared_desk.bodies(hurt) == shared_desk.bodies(good)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_cut_file_is_accepted(shared_desk: Desk, data: st.DataObject) -> None:
    good = shared_desk.folder / "whole.zip"
    if not good.exists():
        shared_desk.bundle(good.name)
    content = good.read_bytes()
    cut = shared_desk.folder / "cut.zip"
    cut.write_bytes(content[: data.draw(st.integers(0, len(content) - 23))])
    assert shared_desk.refusal(cut) is not None


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_no_made_up_file_breaks_the_reader(shared_desk: Desk, content: bytes) -> None:
    made = shared_desk.folder / "made.zip"
    made.write_bytes(content)
    assert shared_desk.refusal(made) == "ferry.unreadable"


_LEAVES = st.none() | st.integers() | st.text(max_size=8)
_NAMES = st.sampled_from(["signer", "format", "stretches", "kind"])
_NONSENSE = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner), max_leaves=8
)


@given(_NONSENSE)
@settings(max_examples=80, deadline=None)
def test_no_signed_nonsense_breaks_the_reader(shared_desk: Desk, said: object) -> None:
    good = shared_desk.folder / "whole.zip"
    if not good.exists():
        shared_desk.bundle(good.name)
    if isinstance(said, dict):
        said = {"signer": "yufa", **said}
    manifest = json.dumps(said).encode()  # which also writes numbers beyond 64 bits
    made = shared_desk.changed(good, manifest_json=manifest, manifest_sig=shared_desk.signer.sign(manifest))
    assert shared_desk.refusal(made) is not None


def test_an_unknown_signer_is_refused(desk: Desk) -> None:
    stranger = Signer(desk.folder / "stranger", "lixian")
    assert desk.refusal(desk.bundle(signer=stranger)) == "ferry.signer_unknown"


def test_somebody_who_says_to_be_a_known_site_is_refused(desk: Desk) -> None:
    forger = Signer(desk.folder / "forger", "yufa")
    assert desk.refusal(desk.bundle(signer=forger)) == "ferry.signature_wrong"


def test_a_known_site_speaks_for_itself_only(desk: Desk) -> None:
    writer = BundleWriter(desk.folder / "c.zip", desk.signer, exercise=False, now=NOW)
    writer.add("hub", "epoch", 1, [fact(1, "hub")])
    writer.finish()
    assert desk.refusal(desk.folder / "c.zip") == "ferry.not_its_own"


def test_a_chunk_with_another_sites_fact_in_it_is_refused(desk: Desk) -> None:
    writer = BundleWriter(desk.folder / "d.zip", desk.signer, exercise=False, now=NOW)
    writer.add("yufa", "epoch", 1, [fact(1, "hub")])
    writer.finish()
    assert desk.refusal(desk.folder / "d.zip") == "ferry.altered"


def test_a_later_format_is_refused_by_name(desk: Desk) -> None:
    good = desk.bundle()
    with zipfile.ZipFile(good) as opened:
        later = orjson.dumps({**orjson.loads(opened.read("manifest.json")), "format": 3})
    made = desk.changed(good, manifest_json=later, manifest_sig=desk.signer.sign(later))
    assert desk.refusal(made) == "ferry.version_unknown"


def test_a_missing_or_exchanged_chunk_is_refused(desk: Desk) -> None:
    good = desk.bundle()
    assert desk.refusal(desk.changed(good, yufa__1_facts=None)) == "ferry.unreadable"
    assert desk.refusal(desk.changed(good, yufa__5_facts=pack([fact(6)]))) == "ferry.altered"
    assert desk.refusal(desk.changed(good, yufa__5_facts=b"\0" * 20_000_000)) == "ferry.altered"


def test_exercise_and_reality_never_meet(desk: Desk) -> None:
    assert desk.refusal(desk.bundle(), exercise=True) == "ferry.other_world"


def test_a_bundle_without_facts_is_not_made(desk: Desk) -> None:
    writer = BundleWriter(desk.folder / "e.zip", desk.signer, exercise=False, now=NOW)
    with pytest.raises(DomainError, match=r"ferry\.nothing_new"):
        writer.finish()
    assert [each.name for each in desk.folder.glob("e.zip*")] == []


def test_an_existing_file_is_not_written_over(desk: Desk) -> None:
    desk.bundle()
    with pytest.raises(Conflict, match=r"ferry\.target_exists"):
        desk.bundle()


def test_a_card_is_kept_and_another_key_of_the_site_is_not_taken_for_it(desk: Desk) -> None:
    card = read_card(desk.signer.card.model_dump_json().encode())
    desk.trusted.add(card)
    assert [Card(site=one.site, public_key=one.public_key) for one in desk.trusted.all()] == [card]
    with pytest.raises(DomainError, match=r"ferry\.key_differs"):
        desk.trusted.add(Signer(desk.folder / "other", "yufa").card)
    with pytest.raises(DomainError, match=r"ferry\.card_unreadable"):
        read_card(b"{}")


def test_the_key_is_only_the_owners(desk: Desk) -> None:
    desk.signer.sign(b"")
    assert (desk.folder / "yufa" / "signing.key").stat().st_mode & 0o777 == 0o600
