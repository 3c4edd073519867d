"""The site's own root and certificate: what is in them, who may read the keys, and what a renewal keeps."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import verification

from services.tls.authority import CERTIFICATE_LIFE, TlsFiles, ends_at, files_of, initialise, names_of, renew
from shared.kernel.errors import Conflict, Invalid, NotFound

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    files = files_of(tmp_path)
    initialise(files, ["cmd.example.test", "10.1.2.3"], NOW)
    return files


def certificate(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def accepts(files: TlsFiles, name: x509.DNSName, at: datetime) -> bool:
    """What a careful client decides that trusts the root."""
    store = verification.Store([certificate(files.root)])
    policy = verification.PolicyBuilder().store(store).time(at).build_server_verifier(name)
    try:
        policy.verify(certificate(files.certificate), [])
    except verification.VerificationError:
        return False
    return True


def test_a_client_that_trusts_the_root_accepts_the_names_that_were_given_and_no_others(files: TlsFiles) -> None:
    assert accepts(files, x509.DNSName("cmd.example.test"), NOW)
    assert accepts(files, x509.DNSName("localhost"), NOW)
    assert not accepts(files, x509.DNSName("other.example.test"), NOW)


def test_the_certificate_ends_within_what_browsers_accept(files: TlsFiles) -> None:
    life = certificate(files.certificate).not_valid_after_utc - certificate(files.certificate).not_valid_before_utc
    assert life == CERTIFICATE_LIFE <= timedelta(days=398)
    assert accepts(files, x509.DNSName("localhost"), NOW + timedelta(days=395))
    assert not accepts(files, x509.DNSName("localhost"), NOW + timedelta(days=397))


def test_keys_are_readable_by_their_owner_only(files: TlsFiles) -> None:
    for key in (files.key, files.root_key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700


def test_a_root_is_never_replaced_by_a_second_init(files: TlsFiles) -> None:
    before = files.root.read_bytes()
    with pytest.raises(Conflict, match=r"tls\.exists"):
        initialise(files, [], NOW)
    assert files.root.read_bytes() == before


def test_a_renewal_keeps_root_and_names_and_changes_the_key(files: TlsFiles) -> None:
    root, key, names = files.root.read_bytes(), files.key.read_bytes(), names_of(files)
    later = NOW + timedelta(days=340)
    renew(files, ["new.example.test"], later)
    assert (files.root.read_bytes(), files.key.read_bytes() == key) == (root, False)
    assert set(names_of(files)) == {*names, "new.example.test"}
    assert ends_at(files) > NOW + timedelta(days=700)
    assert accepts(files, x509.DNSName("new.example.test"), later)


def test_nothing_can_be_renewed_without_the_roots_key(files: TlsFiles) -> None:
    files.root_key.unlink()
    with pytest.raises(NotFound, match=r"tls\.missing"):
        renew(files, [], NOW)


@pytest.mark.parametrize("name", ["https://x", "a b", "x:8000", "-a", "应急", "", "a..b", "*.example.test"])
def test_what_is_no_name_or_address_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    files = files_of(tmp_path)
    with pytest.raises(Invalid, match=r"tls\.host_invalid"):
        initialise(files, [name], NOW)
    assert not files.folder.exists()
