"""An uploaded DOCX is looked at before any library opens it: its size, bombs, links outwards, programs in it."""

import io
import re
import zipfile
from typing import Final

from shared.kernel.errors import Invalid, Malformed, TooLarge

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_UNPACKED: Final = 30 * 1024 * 1024
MAX_XML: Final = 4 * 1024 * 1024
"""Of one part: tags are looked for in its text."""
MAX_PARTS: Final = 400
_MAIN: Final = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OLD_OFFICE: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_PROGRAM: Final = re.compile(r"vbaproject|activex|oleobject|embeddings/", re.IGNORECASE)
_OUTWARDS: Final = re.compile(rb"TargetMode\s*=\s*[\"']External[\"']", re.IGNORECASE)
_IMPORTS: Final = re.compile(rb"relationships/(aFChunk|attachedTemplate|subDocument|frame|oleObject)", re.IGNORECASE)
_DECLARES: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def require_harmless(content: bytes) -> None:
    """Refuse what is no plain DOCX.

    Raises:
        TooLarge: `template.too_large`, also what would unpack to too much.
        Malformed: `template.unreadable`: no DOCX, or a broken one.
        Invalid: `template.external` (it points outside itself), `template.program` (macros, embedded objects).
    """
    if len(content) > MAX_BYTES:
        raise TooLarge("template.too_large", max_megabytes=MAX_BYTES // (1024 * 1024))
    if content.startswith(_OLD_OFFICE):
        raise Malformed("template.old_word")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _require_parts(archive)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise Malformed("template.unreadable") from error


def _require_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise TooLarge("template.too_large", max_megabytes=MAX_UNPACKED // (1024 * 1024))
    names = [part.filename for part in parts]
    if len(set(names)) != len(names) or "[Content_Types].xml" not in names:
        raise Malformed("template.unreadable")
    program = next((name for name in names if _PROGRAM.search(name)), None)
    if program is not None:
        raise Invalid("template.program", part=program[:80])
    if _MAIN not in archive.read("[Content_Types].xml"):
        raise Malformed("template.unreadable")
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            if part.file_size > MAX_XML:
                raise TooLarge("template.too_large", max_megabytes=MAX_XML // (1024 * 1024))
            _require_xml(part.filename, archive.read(part))


def _require_xml(name: str, content: bytes) -> None:
    # Word writes UTF-8; another encoding would hide what is looked for here.
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content or _DECLARES.search(content):
        raise Malformed("template.unreadable")
    if name.lower().endswith(".rels") and (_OUTWARDS.search(content) or _IMPORTS.search(content)):
        raise Invalid("template.external", part=name[:80])
