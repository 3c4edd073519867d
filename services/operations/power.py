"""What the site lives on: told by scripts of the UPS, kept as a fact, acted upon while there is still power."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request, Response
from fastapi.routing import APIRouter
from pydantic import Field
from sqlalchemy import Connection, func, select

from shared.contracts.events.ops import PowerFact
from shared.http.auth import Auth
from shared.http.commands import json_response
from shared.http.hosting import Deps
from shared.http.schemas import Command, SaidTime
from shared.i18n import label
from shared.kernel.access import Action
from shared.kernel.clock import wire_time
from shared.kernel.errors import FieldFault, Invalid
from shared.kernel.limits import Limit
from shared.storage.files import write_durably
from shared.storage.system import OUTBOX, append_facts

_log = structlog.get_logger(__name__)
TOKEN_HEADER = "x-power-token"  # noqa: S105 — a header's name
LOW_MINUTES = Limit(10.0, "time to print the sheet, tell the townships by telephone and end in order")
STEP_MINUTES = 5.0
"""A smaller change of the estimate is no news: scripts tell it every few seconds."""
_FUTURE = timedelta(minutes=10)


class PowerReport(Command):
    """What the UPS says."""

    source: Annotated[str, Field(min_length=1, max_length=60)]
    on_battery: bool
    minutes_left: Annotated[float, Field(ge=0, le=10_000)] | None = None
    at: SaidTime | None = None


@dataclass
class Power:
    """The state of the supply; unknown until something tells.

    Args:
        deps: of the site's own journal.
        home: where token and last state are kept.
        on_low: what is done once when the battery runs low: everything goes to the disk.
    """

    deps: Deps
    home: Path
    on_low: Callable[[], Awaitable[None]]
    last: PowerFact | None = field(default=None, init=False)
    token: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.token = _kept_token(self.home / "power.token")
        try:
            self.last = PowerFact.model_validate_json((self.home / "power.json").read_bytes())
        except (FileNotFoundError, ValueError):
            self.last = None

    async def take(self, report: PowerReport, now: datetime) -> bool:
        """Keep what is news as a fact; whether it was.

        Raises:
            Invalid: `time.in_future`.
        """
        at = report.at or now
        if at > now + _FUTURE:
            raise Invalid("time.in_future", faults=(FieldFault("/at", "time.in_future"),))
        is_low = report.on_battery and report.minutes_left is not None and report.minutes_left <= LOW_MINUTES.value
        fact = PowerFact(
            site=self.deps.site, source=report.source, on_battery=report.on_battery,
            minutes_left=report.minutes_left, is_low=is_low, at=at,
        )  # fmt: skip
        before = self.last
        if before is not None and (at < before.at or not _is_news(before, fact)):
            return False
        await self.deps.database.write(lambda connection: self._append(connection, fact, now))
        self.last = fact
        write_durably(self.home / "power.json", fact.model_dump_json().encode())
        _log.warning("power_changed", on_battery=fact.on_battery, minutes_left=fact.minutes_left, is_low=is_low)
        if is_low and not (before is not None and before.is_low):
            await self.on_low()
        return True

    def view(self) -> dict[str, Any] | None:
        """For `GET /api/status`; nothing while nobody has told."""
        last = self.last
        if last is None:
            return None
        return {
            "source": last.source,
            "on_battery": last.on_battery,
            "minutes_left": last.minutes_left,
            "low": last.is_low,
            "at": wire_time(last.at),
            "print_hint": label("power.print_hint") if last.is_low else None,
        }

    def _append(self, connection: Connection, fact: PowerFact, now: datetime) -> None:
        version = int(connection.execute(select(func.coalesce(func.max(OUTBOX.c.position), 0))).scalar_one()) + 1
        append_facts(connection, self.deps.draft("ops.power.changed.v1", self.deps.site, version, fact, now=now))


def power_router(power: Power, auth: Auth) -> APIRouter:
    """`POST /api/ops/power`, for operators and for the scripts of the UPS, which have the token of the data folder."""
    router = APIRouter(prefix="/api/ops", tags=["ops"])
    by_person = auth.require(Action.OPS_WRITE)

    async def guard(request: Request) -> None:
        if not secrets.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), power.token.encode()):
            await by_person(request)

    guard.action = Action.OPS_WRITE  # type: ignore[attr-defined]

    @router.post("/power", dependencies=[Depends(guard)])
    async def report(body: PowerReport) -> Response:
        """Mains or battery, and for how long; only a change becomes a fact."""
        changed = await power.take(body, power.deps.clock.now())
        return json_response({"changed": changed, "power": power.view()})

    return router


def _is_news(before: PowerFact, now: PowerFact) -> bool:
    if (before.on_battery, before.is_low, before.source) != (now.on_battery, now.is_low, now.source):
        return True
    if before.minutes_left is None or now.minutes_left is None:
        return before.minutes_left is not now.minutes_left
    return now.on_battery and abs(before.minutes_left - now.minutes_left) >= STEP_MINUTES


def _kept_token(file: Path) -> str:
    try:
        kept = file.read_text("ascii").strip()
    except FileNotFoundError:
        kept = ""
    if not kept:
        kept = secrets.token_urlsafe(32)
        write_durably(file, kept.encode())
    return kept
