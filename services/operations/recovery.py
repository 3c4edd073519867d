"""Once the broker is back: whether its streams hold what the journals say it has."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog
from nats.errors import Error as NatsError
from sqlalchemy import Connection, func, select

from services.operations.last_start import Check, LastStart
from shared.http.hosting import Service
from shared.kernel.errors import DomainError
from shared.messaging.access import OPS
from shared.messaging.bus import Bus
from shared.messaging.js_api import call
from shared.messaging.names import site_stream
from shared.storage.database import Database
from shared.storage.system import OUTBOX, published_position

_log = structlog.get_logger(__name__)
_AGAIN_SECONDS = 1.0


async def compare_with_stream(bus: Bus, databases: Mapping[str, Database], start: LastStart | None) -> None:
    """Note how many facts the site's stream holds and whether any is missing that a journal counts as handed over."""
    if start is None:
        return
    handed_over = sum([await database.read(_handed_over) for database in databases.values()])
    while True:
        try:
            client = await bus.connection(OPS).wait()
            info = await call(client, f"STREAM.INFO.{site_stream(bus.site)}")
        except (DomainError, NatsError, OSError):
            await asyncio.sleep(_AGAIN_SECONDS)  # being made, or recovered
            continue
        held = int(info["state"]["messages"])
        code = "stream_whole" if held >= handed_over else "stream_behind"
        missing = max(handed_over - held, 0)
        start.note(Check("broker", ok=not missing, code=code, params={"held": held, "missing": missing}))
        return


async def prove(services: Iterable[Service], start: LastStart | None) -> None:
    """After a sudden end: let every service compare what it holds with the facts."""
    for service in services:
        if start is None or start.clean or service.prove is None:
            continue
        try:
            code, count = await service.prove()
        except TimeoutError:
            _log.warning("proof_not_finished", service=service.name)
            continue
        start.note(Check(service.name, ok=code != "picture_differs", code=code, params={"count": count}))


def _handed_over(connection: Connection) -> int:
    cursor = published_position(connection)
    return int(connection.execute(select(func.count()).where(OUTBOX.c.position <= cursor)).scalar_one())
