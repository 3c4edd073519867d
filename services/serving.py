"""Serving a node over HTTP until a signal asks to stop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import structlog
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from rich.console import Console

from services.composition import Node
from services.occupancy import occupied
from services.settings import Settings
from shared.i18n import label
from shared.kernel.errors import Conflict
from shared.telemetry.logs import configure_logs

Beside = Callable[[str], Awaitable[None]]
_log = structlog.get_logger(__name__)
_THREADS = 32
"""More than all connections of a process together; Python's own number follows the cores and may be six."""
_BACKLOG = 1024
_OPEN_REQUESTS = 16_384
"""An open screen is a request that does not end: at granian's own bound (128) one more screen would stop all intake."""


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
    """Run the node; returns the exit code. SIGTERM and SIGINT drain it.

    Args:
        beside: started with the site's URL once it answers, ended with the site; its failure does not end the site.
    """
    configure_logs(settings.log_level, site=settings.site)
    console = Console(highlight=False)
    try:
        with occupied(settings):
            return await _serve(settings, beside, console)
    except Conflict as error:
        if error.code != "data.in_use":
            raise
        console.print(f"[red]{label('problem.data.in_use', **error.params)}[/red]", soft_wrap=True)
        return 2


async def _serve(settings: Settings, beside: Beside | None, console: Console) -> int:
    port = settings.port or free_port(settings.host)
    if _port_is_taken(settings.host, port):
        console.print(f"[red]端口 {port} 已被占用[/red]:请关掉占用它的程序,或换一个端口:yizhangtu up --port {port + 1}")
        return 2
    # Every connection to a broker that is gone may hold a thread with the search for its name, for seconds.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="default"))
    node = Node(settings)
    await node.start()
    server = Server(
        node.app,
        settings.host,
        port,
        interface=Interfaces.ASGI,
        log_level=LogLevels.warning,
        backlog=_BACKLOG,
        backpressure=_OPEN_REQUESTS,
    )
    serving = asyncio.create_task(server.serve(), name="http")
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    _announce(console, node, port)
    asked = asyncio.create_task(stopping.wait())
    extra = asyncio.create_task(_run_beside(beside, _url(settings, port))) if beside else None
    await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
    _log.info("stopping")
    node.begin_stop()
    server.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(serving, 10)
    asked.cancel()
    if extra is not None:
        extra.cancel()
        await asyncio.gather(extra, return_exceptions=True)
    await node.stop()
    return 0


def _url(settings: Settings, port: int) -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 — compared, not bound
    return f"http://{host}:{port}"


async def _run_beside(beside: Beside, url: str) -> None:
    async with httpx.AsyncClient() as probe:
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                if (await probe.get(f"{url}/readyz")).is_success:
                    break
            await asyncio.sleep(0.1)
    try:
        await beside(url)
    except Exception:  # noqa: BLE001 — the site goes on without what ran beside it
        _log.exception("beside_failed")


def _announce(console: Console, node: Node, port: int) -> None:
    settings = node.settings
    mark = " 【演练】" if settings.exercise else ""
    console.print(f"一张图{mark} 已启动: {_url(settings, port)}/  站点 {settings.site_name}({settings.site})")
    if node.first_password:
        console.print("首次启动,管理员账号: admin")
        console.print(f"一次性密码(登录后必须修改,只显示这一次): {node.first_password}", soft_wrap=True)
    console.print("按 Ctrl+C 停止。")
