"""Makes the site's own root and the server's certificate; the root's key never leaves the data folder."""

import ipaddress
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.kernel.errors import Conflict, Invalid, NotFound

CERTIFICATE_LIFE: Final = timedelta(days=397)
"""Browsers refuse longer ones: CA/Browser Forum Baseline Requirements 6.3.2 said 398 days."""
ROOT_LIFE: Final = timedelta(days=3652)
RENEW_BEFORE: Final = timedelta(days=60)
_CLOCK_TOLERANCE: Final = timedelta(days=1)
"""A client whose clock is behind would find a new certificate not yet valid."""
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the four files of a site lie."""

    folder: Path

    @property
    def root(self) -> Path:
        """What every computer must trust; public."""
        return self.folder / "ca.pem"

    @property
    def root_key(self) -> Path:
        """Whoever has it can pretend to be any site to those who trust the root."""
        return self.folder / "ca.key"

    @property
    def certificate(self) -> Path:
        """What the server shows."""
        return self.folder / "cert.pem"

    @property
    def key(self) -> Path:
        """What only the server has."""
        return self.folder / "key.pem"

    @property
    def complete(self) -> bool:
        """Whether HTTPS can be served; a certificate from elsewhere needs no root of ours."""
        return self.certificate.is_file() and self.key.is_file()


def files_of(data: Path) -> TlsFiles:
    """The files of the site that lives on this data folder, whether they exist or not."""
    return TlsFiles(data / "tls")


def initialise(files: TlsFiles, hosts: Iterable[str], now: datetime) -> tuple[str, ...]:
    """Make the root and a certificate for this machine and the given names; returns all names in it.

    Raises:
        Conflict: `tls.exists`; a new root would have to be installed on every computer again.
        Invalid: `tls.host_invalid`.
    """
    names = _checked([*hosts, *own_names()])
    if files.root.exists() or files.root_key.exists() or files.certificate.exists():
        raise Conflict("tls.exists", folder=str(files.folder))
    files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    subject = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "一张图"),
        x509.NameAttribute(NameOID.COMMON_NAME, f"一张图 本地根证书 {serial % 0x1_0000_0000:08X}"),
    ])  # fmt: skip
    root = _root(subject, key, serial, now)
    _write(files.root_key, _private(key), secret=True)
    _write(files.root, root.public_bytes(serialization.Encoding.PEM))
    _issue(files, root, key, names, now)
    return names


def renew(files: TlsFiles, hosts: Iterable[str], now: datetime) -> tuple[str, ...]:
    """A new certificate of the same root, for the names of the present one and more; nobody installs anything.

    Raises:
        NotFound: `tls.missing`.
        Invalid: `tls.host_invalid`.
    """
    if not (files.root.is_file() and files.root_key.is_file()):
        raise NotFound("tls.missing", folder=str(files.folder))
    root = x509.load_pem_x509_certificate(files.root.read_bytes())
    key = serialization.load_pem_private_key(files.root_key.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise NotFound("tls.missing", folder=str(files.folder))
    present = names_of(files) if files.certificate.is_file() else ()
    names = _checked([*present, *hosts, *own_names()])
    _issue(files, root, key, names, now)
    return names


def ends_at(files: TlsFiles) -> datetime:
    """Until when the server's certificate is valid."""
    return _certificate(files).not_valid_after_utc


def names_of(files: TlsFiles) -> tuple[str, ...]:
    """The names and addresses that the server's certificate is for."""
    held = _certificate(files).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(name.value) for name in held)


def fingerprint(root: Path) -> str:
    """SHA-256 of the root as people compare it: pairs of digits."""
    digest = x509.load_pem_x509_certificate(root.read_bytes()).fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def own_names() -> list[str]:
    """What this machine is called from itself and from its network."""
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname().lower()]
    # No packet is sent: the socket only tells which address would be used.
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                names.append(str(probe.getsockname()[0]))
        except OSError:
            continue
    return [name for name in names if _is_address(name) or _NAME.fullmatch(name)]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _checked(names: Iterable[str]) -> tuple[str, ...]:
    tidy = [name.strip().lower() for name in names]
    for name in tidy:
        if not _is_address(name) and not _NAME.fullmatch(name):
            raise Invalid("tls.host_invalid", host=name)
    return tuple(dict.fromkeys(tidy))


def _certificate(files: TlsFiles) -> x509.Certificate:
    return x509.load_pem_x509_certificate(files.certificate.read_bytes())


def _root(subject: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int, now: datetime) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - _CLOCK_TOLERANCE)
        .not_valid_after(now + ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _issue(
    files: TlsFiles, root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey, names: tuple[str, ...], now: datetime
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    held = [x509.IPAddress(ipaddress.ip_address(name)) if _is_address(name) else x509.DNSName(name) for name in names]
    signer = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_TOLERANCE)
        .not_valid_after(min(now - _CLOCK_TOLERANCE + CERTIFICATE_LIFE, root.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(held), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    _write(files.key, _private(key), secret=True)
    _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    encryption = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def _write(file: Path, content: bytes, *, secret: bool = False) -> None:
    """Whole or not at all; a secret is never readable for others, not for a moment."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
