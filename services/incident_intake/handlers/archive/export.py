"""Taking an incident's file out: who may see callers decides what is in it, and the audit book knows who took it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.incident_intake.domain.call import has_caller
from services.incident_intake.domain.incident import Incident
from services.incident_intake.handlers.archive.contents import contents_of
from services.incident_intake.handlers.archive.packing import Archive, Attachment, packed
from services.incident_intake.handlers.context import Intake, home_incident
from services.incident_intake.handlers.reading import put_on_record
from services.incident_intake.store.callers import find_callers
from services.incident_intake.store.calls import calls_of
from services.incident_intake.store.incidents import find_incident, merged_beneath
from shared.contracts.events.acts import Act, Detail
from shared.kernel.access import Action, Actor
from shared.kernel.clock import SHANGHAI
from shared.kernel.errors import Forbidden
from shared.storage.system import append_facts


async def export_archive(
    intake: Intake,
    actor: Actor,
    incident_id: str,
    *,
    is_open: bool = False,
    attachments: Sequence[Attachment] = (),
    absent: Sequence[str] = (),
) -> Archive:
    """The incident's file.

    Args:
        is_open: with callers unmasked; such a file must be destroyed with the data (突发事件应对法 §85).
        absent: what whoever exports could not add, in words; it stands in the manifest.

    Raises:
        NotFound: `incident.not_found`.
        Conflict: `home.elsewhere`: its whole file lies at its home.
        Forbidden: `access.forbidden`: unmasked, without the right to read callers.
    """
    if is_open and not actor.may(Action.CALLER_READ):
        raise Forbidden("access.forbidden", action=Action.CALLER_READ.value)
    now = intake.deps.clock.now()

    def look(connection: Connection) -> tuple[Incident, dict[str, Any]]:
        incident = home_incident(connection, intake, actor, incident_id)
        return incident, contents_of(connection, intake, incident, is_open=is_open)

    incident, files = await intake.deps.database.read(look)
    head = {
        "incident": {"id": incident.id, "number": incident.number, "version": incident.version},
        "site": intake.deps.site,
        "made_by": actor.name,
        "exercise": intake.deps.exercise,
        "callers": "open" if is_open else "masked",
        "absent": list(absent),
    }
    stamp = now.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")
    prefix = "【演练】" if intake.deps.exercise else ""
    filename = f"{prefix}档案-{incident.number}-{stamp}.zip"
    made = await asyncio.to_thread(packed, head, files, attachments, now, filename=filename)
    await intake.deps.database.write(
        lambda connection: _note(connection, intake, actor, incident, made, now, is_open=is_open)
    )
    return made


def _note(
    connection: Connection,
    intake: Intake,
    actor: Actor,
    incident: Incident,
    made: Archive,
    now: datetime,
    *,
    is_open: bool,
) -> None:
    detail: dict[str, Detail] = {
        "files": made.files,
        "bytes": len(made.content),
        "sha256": made.manifest_hash,
        "open": is_open,
    }
    told = intake.deps.acted("intake", Act.ARCHIVE_EXPORTED, actor, now=now, target=incident.number, detail=detail)
    append_facts(connection, told)
    if not is_open:
        return
    ids = [incident.id, *merged_beneath(connection, incident.id)]
    read = {one: known.number for one in find_callers(connection, ids) if (known := find_incident(connection, one))}
    # The caller of the call with which an incident was taken is the incident's own.
    read |= {one.id: one.number for one in calls_of(connection, ids) if has_caller(one) and one.opened not in read}
    for read_of, number in read.items():
        put_on_record(connection, intake, actor, read_of, number, now)
        intake.metrics.caller_reads.inc()
