"""Serving a node over HTTP until a signal asks to stop."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import structlog
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels
from granian.server.embed import Server
from rich.console import Console
from starlette.types import ASGIApp

from services.client import trusting
from services.composition import Node
from services.occupancy import occupied
from services.operations.watch import StoreBroken
from services.settings import Settings
from services.stopping import Stopping
from services.tls.authority import RENEW_BEFORE, TlsFiles, ends_at, files_of, renew
from services.tls.pages import PlainPort
from shared.i18n import label
from shared.kernel.clock import SystemClock
from shared.kernel.errors import Conflict
from shared.messaging.ending import end
from shared.telemetry.logs import configure_logs

Beside = Callable[[str, Path | None], Awaitable[None]]
"""Runs beside the site: gets its URL, and the root certificate to trust when that is HTTPS."""
_log = structlog.get_logger(__name__)
_REQUESTS_BY = 0.4
"""Share of the end of the site in which open requests may be answered."""
_THREADS = 32
"""More than all connections of a process together; Python's own number follows the cores and may be six."""
_SUBJECT = {"broker": "消息存储", "clock": "时钟"}
_BACKLOG = 1024
_SERVER_LOGS = {
    "filters": {"news": {"()": "services.serving.News"}},
    "loggers": {
        "_granian": {"handlers": [], "propagate": True, "filters": ["news"]},
        "granian.access": {"handlers": [], "propagate": True},
    },
}
_OPEN_REQUESTS = 16_384
"""An open screen is a request that does not end: at granian's own bound (128) one more screen would stop all intake."""


class News(logging.Filter):
    """Lets pass what is news: the server says at each start that embedding it is experimental."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is worth a line."""
        return "experimental" not in record.getMessage()


def free_port(host: str) -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _port_is_taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


async def serve(settings: Settings, beside: Beside | None = None) -> int:
    """Run the node; returns the exit code: 0, or 1 if a part of it did not end in order. SIGTERM and SIGINT drain it.

    Args:
        beside: started with the site's URL once it answers, ended with the site; its failure does not end the site.
    """
    configure_logs(settings.log_level, site=settings.site)
    console = Console(highlight=False)
    try:
        with occupied(settings):
            return await _serve(settings, beside, console)
    except (Conflict, StoreBroken) as error:
        if error.code not in {"data.in_use", "storage.broken"}:
            raise
        console.print(f"[red]{label(f'problem.{error.code}', **error.params)}[/red]", soft_wrap=True)
        return 2


async def _serve(settings: Settings, beside: Beside | None, console: Console) -> int:
    port = settings.port or free_port(settings.host)
    tls = _certified(settings, console)
    plain = settings.http_port if tls else 0
    for wanted, option in ((port, "port"), (plain, "http-port")):
        if wanted and _port_is_taken(settings.host, wanted):
            free = f"yizhangtu up --{option} {wanted + 1}"
            console.print(f"[red]端口 {wanted} 已被占用[/red]:请关掉占用它的程序,或换一个端口:{free}")
            return 2
    # Every connection to a broker that is gone may hold a thread with the search for its name, for seconds.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="default"))
    node = Node(settings)
    await node.start()
    servers = [_server(node.app, settings.host, port, tls)]
    if tls and plain:
        servers.append(_server(PlainPort(tls, port), settings.host, plain))
    serving = asyncio.create_task(_all(servers), name="http")
    stopping = Stopping()
    stopping.listen()
    _announce(console, node, _url(settings, port, tls), plain)
    asked = asyncio.create_task(stopping.asked.wait())
    extra = asyncio.create_task(_run_beside(beside, _url(settings, port, tls), tls)) if beside else None
    await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
    ending = stopping.begin()
    _log.info("stopping")
    node.begin_stop()
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]
    await ending.by(_REQUESTS_BY, {"requests": serving, **({"beside": end(extra)} if extra else {})})
    await node.stop(ending)
    _log.info("stopped", seconds=round(ending.elapsed, 1), left=ending.left)
    return 1 if ending.left else 0


async def _all(servers: list[Server]) -> None:
    await asyncio.gather(*(server.serve() for server in servers))


def _server(app: ASGIApp | None, host: str, port: int, tls: TlsFiles | None = None) -> Server:
    return Server(
        app,
        host,
        port,
        interface=Interfaces.ASGI,
        log_level=LogLevels.warning,
        log_dictconfig=_SERVER_LOGS,
        backlog=_BACKLOG,
        backpressure=_OPEN_REQUESTS,
        ssl_cert=tls.certificate if tls else None,
        ssl_key=tls.key if tls else None,
        ssl_protocol_min=SSLProtocols.tls12,  # browsers of older systems know no 1.3
    )


def _certified(settings: Settings, console: Console) -> TlsFiles | None:
    """The certificate to serve with, renewed in good time if it is our own; None is plain HTTP."""
    files = files_of(settings.data.resolve())
    if not files.complete:
        return None
    now = SystemClock().now()
    if ends_at(files) - now < RENEW_BEFORE and files.root_key.is_file():
        renew(files, (), now)
    left = ends_at(files) - now
    if left < RENEW_BEFORE:
        console.print(f"[red]证书还有 {max(left.days, 0)} 天到期[/red]:到期后浏览器打不开页面,请尽快换发。")
    return files


def _url(settings: Settings, port: int, tls: TlsFiles | None) -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 — compared, not bound
    return f"{'https' if tls else 'http'}://{host}:{port}"


async def _run_beside(beside: Beside, url: str, tls: TlsFiles | None) -> None:
    root = tls.root if tls and tls.root.is_file() else None
    async with httpx.AsyncClient(verify=trusting(root)) as probe:
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                if (await probe.get(f"{url}/readyz")).is_success:
                    break
            await asyncio.sleep(0.1)
    try:
        await beside(url, root)
    except Exception:  # noqa: BLE001 — the site goes on without what ran beside it
        _log.exception("beside_failed")


def _announce(console: Console, node: Node, url: str, plain: int) -> None:
    settings = node.settings
    mark = " 【演练】" if settings.exercise else ""
    console.print(f"一张图{mark} 已启动: {url}/  站点 {settings.site_name}({settings.site})")
    if plain:
        console.print(f"安装根证书: http://本机地址:{plain}/(该端口只发证书并指路)")
    if node.first_password:
        console.print("首次启动,管理员账号: admin")
        console.print(f"一次性密码(登录后必须修改,只显示这一次): {node.first_password}", soft_wrap=True)
    start = node.watch.last_start
    if start is not None and not start.clean:
        console.print("上一次没有正常结束,已逐项检查(管理 → 运行状态):")
    for check in start.checks if start else ():
        if not (start and start.clean and check.ok):
            console.print(f"  {_SUBJECT.get(check.subject) or label(f'service.{check.subject}')}: {check.said}")
    console.print("按 Ctrl+C 停止。")
