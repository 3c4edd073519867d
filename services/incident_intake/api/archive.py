"""Routes of an incident's file for the archive."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from services.incident_intake.handlers.archive.attaching import MOST_BYTES, checked
from services.incident_intake.handlers.archive.export import export_archive
from services.incident_intake.handlers.archive.packing import Archive
from services.incident_intake.handlers.context import Intake
from services.incident_intake.schemas import Identifier, Reason
from shared.kernel.access import Action, Actor

_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}
_NOTHING_ADDED = ("报送文件和地图截图由页面附上；直接调用接口时不含",)


def archive_router(intake: Intake) -> APIRouter:
    """`/api/incidents/{id}/archive`."""
    router = APIRouter(prefix="/api/incidents/{incident_id}/archive", tags=["archive"])
    archivist = Annotated[Actor, Depends(intake.deps.auth.require(Action.ARCHIVE_EXPORT))]

    @router.get("", responses=_ZIP)
    async def take(actor: archivist, incident_id: Identifier, *, open: bool = False) -> Response:  # noqa: A002
        """What this service knows of the incident as a ZIP with a manifest; `open` for callers unmasked."""
        made = await export_archive(intake, actor, incident_id, is_open=open, absent=_NOTHING_ADDED)
        return _answer(made)

    @router.post("", responses=_ZIP)
    async def take_with(
        actor: archivist,
        incident_id: Identifier,
        files: Annotated[list[UploadFile] | None, File()] = None,
        absent: Annotated[list[Reason] | None, Form()] = None,
        *,
        open: Annotated[bool, Form()] = False,  # noqa: A002 — the field's name
    ) -> Response:
        """The same with files added: what other services alone can give (reports, a picture of the map)."""
        given = [(file.filename or "", await file.read(MOST_BYTES + 1)) for file in files or ()]
        made = await export_archive(
            intake, actor, incident_id, is_open=open, attachments=checked(given), absent=absent or ()
        )
        return _answer(made)

    return router


def _answer(made: Archive) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.filename)}",
        "X-Manifest-Sha256": made.manifest_hash,
        "Cache-Control": "no-store",
    }
    return Response(made.content, headers=headers, media_type="application/zip")
