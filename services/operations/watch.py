"""What the site knows of the machine under it: disk, clock, power, and how the run before ended."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry, Gauge

from services.operations.disk import DiskWatch
from services.operations.last_start import LastStart
from services.operations.power import Power
from services.settings import Settings
from shared.http.hosting import Deps, Job
from shared.i18n import label
from shared.kernel.clock import Clock
from shared.kernel.errors import DomainError, Unavailable
from shared.kernel.steady import SteadyClock
from shared.storage.database import Database

_log = structlog.get_logger(__name__)
_ALIVE_SECONDS = 15.0
_LOOK_SECONDS = 1.0
_MIB = 1024 * 1024
_PATHS = {
    "incident_intake": ("/api/incident", "/api/warnings", "/api/townships", "/api/district"),
    "resource_dispatch": ("/api/units", "/api/assignments"),
    "duty_roster": ("/api/roster", "/api/people", "/api/calendar"),
    "information_reporting": ("/api/report",),
    "notification": ("/api/notification",),
    "operational_picture": ("/api/picture",),
}
"""Where a service that could not be started would have answered."""


class StoreBroken(Unavailable):
    """A store without which nothing can run; the process must not start on it."""


class Watch:
    """Made with the node; `begin` before the stores are opened."""

    def __init__(self, settings: Settings, clock: Clock, metrics: CollectorRegistry) -> None:
        self._settings, self._clock = settings, clock
        self.disk = DiskWatch(settings.home, settings.disk_reserve_mb * _MIB, metrics)
        self.last_start: LastStart | None = None
        self.power: Power | None = None
        jump = Gauge("yzt_clock_jump_seconds", "Last step of the machine's clock against time passed", registry=metrics)
        jump.set_function(self._jump_seconds)
        unclean = Gauge("yzt_unclean_start", "1: the run before did not end in order", registry=metrics)
        unclean.set_function(lambda: float(self.last_start is not None and not self.last_start.clean))
        refused = Gauge("yzt_stores_refused", "Stores that are broken: their services do not run", registry=metrics)
        refused.set_function(lambda: float(len(self.refused)))

    @property
    def refused(self) -> tuple[str, ...]:
        """Services that are not started because their store is broken."""
        return self.last_start.refused if self.last_start else ()

    def begin(self, services: tuple[str, ...], at: datetime) -> None:
        """Read how the run before ended."""
        self.last_start = LastStart.begin(self._settings.home, services, at)

    def may_open(self, service: str, url: str) -> bool:
        """Whether the store is sound enough; what was found is noted.

        Raises:
            StoreBroken: without accounts nobody can log in.
        """
        if self.last_start is None or self.last_start.inspect(service, url):
            return True
        if service == "identity":
            raise self._broken(StoreBroken, service)
        return False

    def open_power(self, deps: Deps, databases: Iterable[Database]) -> Power:
        """The state of the supply, kept in the site's journal."""
        stores = list(databases)

        async def flush() -> None:
            await asyncio.gather(*(store.checkpoint() for store in stores), return_exceptions=True)

        self.power = Power(deps, self._settings.home, flush)
        return self.power

    def refusal(self, method: str, path: str) -> DomainError | None:
        """Why a request is not taken now: full disk, or its service's store is broken."""
        for service in self.refused:
            if path.startswith(_PATHS.get(service, ())):
                return self._broken(Unavailable, service)
        return self.disk.refusal(method, path)

    def unready(self) -> list[str]:
        """Codes of what keeps work away; a broken store does only when reports cannot be taken."""
        reasons = ["disk.full"] if self.disk.state.value == "full" else []
        return [*reasons, "incident_intake.store_broken"] if "incident_intake" in self.refused else reasons

    def jobs(self) -> list[Job]:
        """What must run as long as the node."""
        return [Job("disk", self.disk.run), Job("alive", self._alive), Job("clock", self._watch_clock)]

    def end(self) -> None:
        """The run ends in order."""
        if self.last_start is not None:
            self.last_start.end()

    async def _alive(self) -> None:
        while True:
            if self.last_start is not None:
                await asyncio.to_thread(self.last_start.alive)
            await asyncio.sleep(_ALIVE_SECONDS)

    async def _watch_clock(self) -> None:
        """Asked each second: a step is noticed while nothing else happens, and said once."""
        told = None
        while True:
            self._clock.now()
            jump = self._clock.jump if isinstance(self._clock, SteadyClock) else None
            if jump is not None and jump != told:
                _log.error("clock_jumped", seconds=round(jump.seconds, 1), accepted=jump.accepted)
                told = jump
            await asyncio.sleep(_LOOK_SECONDS)

    def _broken(self, error: type[Unavailable], service: str) -> Unavailable:
        return error("storage.broken", service=label(f"service.{service}"), folder=str(self._settings.home))

    def _jump_seconds(self) -> float:
        jump = self._clock.jump if isinstance(self._clock, SteadyClock) else None
        return jump.seconds if jump else 0.0
