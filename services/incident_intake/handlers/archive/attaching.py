"""Files that are added to an archive: of few sorts, of a bounded size, under safe names."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from services.incident_intake.handlers.archive.packing import Attachment
from shared.kernel.errors import FieldFault, Invalid, TooLarge

MOST_FILES = 60
MOST_BYTES = 60 * 1024 * 1024
"""Of all of them together; the edge of the service refuses more before it is read."""
_STARTS: dict[str, tuple[bytes, ...]] = {
    ".pdf": (b"%PDF-",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".docx": (b"PK\x03\x04",),
}
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LONGEST = 80


def checked(files: Iterable[tuple[str, bytes]]) -> list[Attachment]:
    """The files under names that no archive program takes for a path; two of one name are numbered.

    Raises:
        TooLarge: `archive.too_large`.
        Invalid: `archive.too_many`, `archive.attachment_type`.
    """
    found: dict[str, Attachment] = {}
    size = 0
    for position, (given, content) in enumerate(files):
        if position >= MOST_FILES:
            raise Invalid("archive.too_many", most=MOST_FILES)
        size += len(content)
        if size > MOST_BYTES:
            raise TooLarge("archive.too_large", max_megabytes=MOST_BYTES // (1024 * 1024))
        name = _safe(given)
        if not content.startswith(_STARTS.get(PurePosixPath(name).suffix, ())):
            fault = FieldFault(f"/files/{position}", "archive.attachment_type", name=name)
            raise Invalid("archive.attachment_type", faults=(fault,), name=name)
        name = _free(name, found)
        found[name] = Attachment(name, content)
    return list(found.values())


def _safe(given: str) -> str:
    last = PurePosixPath(unicodedata.normalize("NFC", given).replace("\\", "/")).name
    clean = _UNSAFE.sub("_", last).strip(". ")
    path = PurePosixPath(clean or "附件")
    return f"{path.stem[:_LONGEST]}{path.suffix.lower()}"


def _free(name: str, taken: Iterable[str]) -> str:
    path, number, free = PurePosixPath(name), 1, name
    while free in set(taken):
        number += 1
        free = f"{path.stem}({number}){path.suffix}"
    return free
