"""The only module that knows every service: it opens stores, builds services, and runs them as one node.

One process may run all services (the embedded default) or any of them.
"""

import asyncio
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge

from services.operations.checks.parts import Checks
from services.operations.heartbeat import beat, heartbeat
from services.operations.power import power_router
from services.operations.recovery import compare_with_stream, prove
from services.operations.routes import OperationsDeps, broker_notices, operations_router
from services.operations.silence import silence_of
from services.operations.slips import slips_watch
from services.operations.watch import Watch
from services.settings import SERVICES, Settings
from services.sites.joining import topology_of
from services.sites.watching import members_watch
from services.tls.authority import files_of
from services.tls.pages import ca_router
from shared.contracts.registry import KINDS
from shared.http.app import build_app
from shared.http.auth import Auth, SessionVerifier
from shared.http.hosting import Deps, Job, Service
from shared.http.remote_sessions import RemoteSessions
from shared.i18n import catalogue
from shared.kernel.clock import Clock
from shared.kernel.precedence import Precedence
from shared.kernel.steady import SteadyClock
from shared.messaging.access import ServiceAccess
from shared.messaging.asyncapi import asyncapi_document
from shared.messaging.bus import Bus, BusSettings, Participant
from shared.messaging.ending import Ending, end
from shared.messaging.feed import Feed
from shared.storage.database import Database
from shared.storage.outbox import DatabaseOutbox

_log = structlog.get_logger(__name__)
_CONTEXTS = {
    "identity": "identity",
    "incident_intake": "intake",
    "resource_dispatch": "dispatch",
    "duty_roster": "roster",
    "information_reporting": "report",
    "notification": "notify",
    "operations": "ops",
}
"""Which context's facts each service alone may publish; the picture only listens."""
_BROKER_SECONDS = 2.0
"""Within this a broker that is well says so again."""
_JOBS_BY, _JOURNAL_BY, _STORES_BY = 0.45, 0.5, 1.0
"""Shares of the end of the whole site: requests before, the bus between the journal and the stores."""


def product_version() -> str:
    """The installed version of the product."""
    try:
        return version("yizhangtu")
    except PackageNotFoundError:
        return "0+source"


class Node:
    """One running site: its databases, services, bus, jobs and HTTP application."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SteadyClock()
        self.metrics = CollectorRegistry()
        self.precedence = Precedence()
        self.watch = Watch(settings, self.clock, self.metrics)
        self.watch.disk.on_room = self._after_a_full_disk
        self.databases: dict[str, Database] = {}
        self.services: dict[str, Service] = {}
        self.deps: dict[str, Deps] = {}
        self.bus: Bus | None = None
        self.app: FastAPI | None = None
        self.first_password: str | None = None
        self._remote: RemoteSessions | None = None
        self._jobs: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self, *, broker: bool = True) -> None:
        """Open the stores and build the application; then the broker, which may be away for as long as it likes.

        Raises:
            BrokenCatalogue: the labels contradict each other; without them no error could be worded.
            StoreBroken: nobody could log in; any other broken store only keeps its own service from starting.
        """
        catalogue()
        self.settings.home.mkdir(parents=True, exist_ok=True)
        self.watch.begin(self._hosted(), self.clock.now())
        await self._open_databases()
        auth = Auth(await self._open_sessions())
        if broker:
            self.bus = self._new_bus()
        self._build_services(auth)
        self.app = build_app(
            list(self.services.values()),
            version=product_version(),
            metrics=self.metrics,
            unready=self.unready,
            notices=lambda: broker_notices(self.bus),
            facts=self.facts_document,
            refusal=self.watch.refusal,
            precedence=self.precedence,
        )
        if self.bus is not None:
            await self.bus.start()
            start = self.watch.last_start
            compared = compare_with_stream(self.bus, self.databases, start)
            self._jobs.append(asyncio.create_task(compared, name="compare"))
            self._jobs.append(asyncio.create_task(prove(tuple(self.services.values()), start), name="prove"))
        for name, service in self.services.items():
            self._jobs.extend(self._spawn(name, job) for job in service.jobs)

    async def described(self) -> tuple[Participant, ...]:
        """The services as the broker knows them, without starting them."""
        await self._open_databases()
        self._build_services(Auth(await self._open_sessions()))
        return tuple(self._participant(name) for name in self.deps)

    def begin_stop(self) -> None:
        """Say "not ready" from now on and let the screens go, so that nothing new comes and what is open can end."""
        self._stopping = True
        for service in self.services.values():
            service.ending()

    async def stop(self, ending: Ending | None = None) -> None:
        """Drain: take no more work, finish what runs, flush the outboxes, close everything.

        Args:
            ending: bounds it, and knows afterwards what was left; one of its own if not given.
        """
        ending = ending or Ending()
        self.begin_stop()
        await ending.by(_JOBS_BY, {f"job {task.get_name()}": end(task) for task in self._jobs})
        if "operations" in self.deps:
            farewell = beat(self.deps["operations"], "stopping", product_version())
            await ending.by(_JOURNAL_BY, {"journal": farewell})
        if self.bus is not None:
            await self.bus.stop(ending)
        stores = {f"store {name}": database.close() for name, database in self.databases.items()}
        sessions = {"sessions": self._remote.close()} if self._remote is not None else {}
        await ending.by(_STORES_BY, {**sessions, **stores})
        if stores.keys().isdisjoint(ending.left):
            self.watch.end()

    async def unready(self) -> list[str]:
        """Codes of what keeps this node from accepting work; the broker is not among them."""
        if self._stopping:
            return ["stopping"]
        reasons = [f"{name}.store" for name, db in self.databases.items() if not await db.is_writable()]
        reasons.extend(self.watch.unready())
        for service in self.services.values():
            if service.unready is not None:
                reasons.extend(await service.unready())
        return reasons

    def facts_document(self) -> dict[str, Any]:
        """The AsyncAPI document: every kind of fact, and what the services of this process hear."""
        heard = [each for service in self.services.values() for each in service.subscriptions]
        return asyncapi_document("yizhangtu 一张图", product_version(), KINDS, heard)

    async def _open_databases(self) -> None:
        self.settings.home.mkdir(parents=True, exist_ok=True)
        for name in self._hosted():
            url = self.settings.url_of(name)
            if not await asyncio.to_thread(self.watch.may_open, name, url):
                continue
            migrations = Path(__file__).parent / name / "migrations"
            self.databases[name] = await Database.open(url, service=name, migrations=migrations)
        info = Gauge("yzt_site_info", "Site and version", ["site", "version", "exercise"], registry=self.metrics)
        info.labels(self.settings.site, product_version(), str(self.settings.exercise).lower()).set(1)
        Gauge("yzt_disk_free_bytes", "Free bytes where the data lies", registry=self.metrics).set_function(
            lambda: shutil.disk_usage(self.settings.home).free
        )

    def _hosted(self) -> tuple[str, ...]:
        # The process that draws the picture also keeps the site's own journal: one heart a site.
        names = self.settings.service
        names = (*names, "operations") if "operational_picture" in names else names
        return tuple(name for name in names if name not in self.watch.refused)

    async def _open_sessions(self) -> SessionVerifier:
        if "identity" not in self.databases:
            if self.settings.identity_url is None:
                raise ValueError("YZT_IDENTITY_URL 未设置:本进程不含 identity 服务,需要知道到哪里验证登录")
            self._remote = RemoteSessions(self.settings.identity_url)
            return self._remote
        from services.identity import service as identity

        given = self.settings.admin_password
        config = identity.IdentityConfig(trusted_proxies=self.settings.trusted_proxies)
        sessions = identity.open_sessions(self.databases["identity"], self.clock, config)
        deps = self._deps_of("identity", Auth(sessions))
        password = given.get_secret_value() if given else None
        self.first_password = await identity.bootstrap_accounts(deps, password, config)
        self.services["identity"] = identity.build(deps, sessions, config)
        return sessions

    def _deps_of(self, name: str, auth: Auth) -> Deps:
        return Deps(
            service=name,
            site=self.settings.site,
            site_name=self.settings.site_name,
            exercise=self.settings.exercise,
            clock=self.clock,
            database=self.databases[name],
            auth=auth,
            metrics=self.metrics,
            precedence=self.precedence,
        )

    def _build_services(self, auth: Auth) -> None:
        self.deps = {name: self._deps_of(name, auth) for name in self._hosted()}
        self.services["operations"] = self._operations(auth)
        for name, deps in self.deps.items():
            if name not in self.services:
                self.services[name] = self._build(name, deps)
            if self.bus is not None:
                self.bus.join(self._participant(name))

    def _new_bus(self) -> Bus:
        settings = BusSettings(
            site=self.settings.site,
            folder=self.settings.home / "nats",
            exercise=self.settings.exercise,
            url=self.settings.nats_url,
            port=self.settings.nats_port or None,
            topology=None if self.settings.nats_url else topology_of(self.settings),
            max_file=self.settings.nats_max_file_mb * 1024 * 1024,
            precedence=self.precedence,
        )
        return Bus(settings)

    def _participant(self, name: str) -> Participant:
        access = ServiceAccess(
            name,
            context=_CONTEXTS.get(name),
            telemetry=name == "resource_dispatch",
            follows=name == "operational_picture",
        )
        outbox = DatabaseOutbox(self.databases[name])
        return Participant(access, outbox, tuple(self.services[name].subscriptions))

    def _build(self, name: str, deps: Deps) -> Service:
        # Imported where it is built: a process that hosts one service does not carry the code of the others.
        match name:
            case "incident_intake":
                from services.incident_intake import service as incident_intake

                decided = incident_intake.config_of(
                    self.settings.late_after_seconds,
                    warning_agency=self.settings.warning_agency,
                    warning_issuer=self.settings.warning_issuer,
                )
                return incident_intake.build(deps, decided)
            case "resource_dispatch":
                from services.resource_dispatch import service as resource_dispatch

                return resource_dispatch.build(deps, self._publish_position)
            case "duty_roster":
                from services.duty_roster import service as duty_roster

                return duty_roster.build(deps)
            case "information_reporting":
                from services.information_reporting import service as information_reporting

                return information_reporting.build(deps)
            case "notification":
                from services.notification import service as notification

                secret = self.settings.webhook_secret
                config = notification.Config(
                    webhook_url=self.settings.webhook_url, webhook_secret=secret.get_secret_value() if secret else None
                )
                return notification.build(deps, config)
            case "operational_picture":
                from services.operational_picture import service as operational_picture

                feed = Feed(self.bus, name) if self.bus else None
                return operational_picture.build(deps, feed, silence_of(self.settings).picture_limits)
            case _:
                raise ValueError(f"no such service: {name}")

    def _operations(self, auth: Auth) -> Service:
        deps = self.deps.get("operations")
        parts = OperationsDeps(
            settings=self.settings,
            version=product_version(),
            clock=self.clock,
            auth=auth,
            bus=self.bus,
            databases=self.databases,
            services=self.services,
            disk=self.watch.disk,
            journal=deps,
            last_start=self.watch.last_start,
            power=self.watch.open_power(deps, self.databases.values()) if deps else None,
        )
        silence = silence_of(self.settings)
        beating = [Job("heartbeat", heartbeat(deps, product_version(), silence.beat))] if deps else []
        slips = [Job("slips", slips_watch(self.settings, deps))] if deps else []
        jobs = self.watch.jobs() + beating + slips
        if self.bus is not None and self.settings.leaf_port:
            jobs.append(Job("sites", members_watch(self.settings, self.bus, deps)))
        routers = [operations_router(parts), *([power_router(parts.power, auth)] if parts.power else [])]
        checks = Checks(deps, silence.check_limits) if deps else None
        if checks is not None:
            routers.append(checks.router())
            jobs.extend(checks.jobs())
        handed_out = ca_router(files_of(self.settings.data.resolve()))
        return Service(
            "operations",
            routers=[*routers, handed_out],
            jobs=jobs,
            subscriptions=checks.subscriptions() if checks else (),
        )

    async def _publish_position(self, kind: str, ident: str, body: dict[str, Any]) -> None:
        if self.bus is not None:
            await self.bus.telemetry("resource_dispatch").publish(kind, ident, body)

    async def _after_a_full_disk(self) -> None:
        # A broker that could not write has switched its streams off for good: only a new one has them again.
        await asyncio.sleep(_BROKER_SECONDS)
        server = self.bus.server if self.bus else None
        if server is not None and not server.healthy:
            server.kill()

    def _spawn(self, service: str, job: Job) -> asyncio.Task[None]:
        return asyncio.create_task(_for_ever(f"{service}.{job.name}", job), name=f"{service}.{job.name}")


async def participants(settings: Settings) -> tuple[Participant, ...]:
    """Every service with what it may do and hear at the broker; built on a throw-away store, nothing is started."""
    with tempfile.TemporaryDirectory() as folder:
        everything = {"data": Path(folder), "database_url": None, "service": SERVICES}
        node = Node(settings.model_copy(update=everything))
        try:
            return await node.described()
        finally:
            await node.stop()


async def _for_ever(name: str, job: Job) -> None:
    pause = 0.5
    while True:
        try:
            await job.run()
            _log.warning("job_ended", job=name)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 — whatever it was, the job is started again
            _log.exception("job_failed", job=name)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 30.0)
