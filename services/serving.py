"""Serving a node over HTTP until a signal asks to stop."""

import asyncio
import contextlib
import signal
import socket

import structlog
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from rich.console import Console

from services.composition import Node
from services.settings import Settings
from shared.telemetry.logs import configure_logs

_log = structlog.get_logger(__name__)


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


async def serve(settings: Settings) -> int:
    """Run the node; returns the exit code. SIGTERM and SIGINT drain it."""
    configure_logs(settings.log_level, site=settings.site)
    console = Console(highlight=False)
    port = settings.port or free_port(settings.host)
    if _port_is_taken(settings.host, port):
        console.print(f"[red]端口 {port} 已被占用[/red]:请关掉占用它的程序,或换一个端口:yizhangtu up --port {port + 1}")
        return 2
    node = Node(settings)
    await node.start()
    server = Server(node.app, settings.host, port, interface=Interfaces.ASGI, log_level=LogLevels.warning)
    serving = asyncio.create_task(server.serve(), name="http")
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    _announce(console, node, port)
    asked = asyncio.create_task(stopping.wait())
    await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
    _log.info("stopping")
    node.begin_stop()
    server.stop()
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(serving, 10)
    asked.cancel()
    await node.stop()
    return 0


def _announce(console: Console, node: Node, port: int) -> None:
    settings = node.settings
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 — compared, not bound
    mark = " 【演练】" if settings.exercise else ""
    console.print(f"一张图{mark} 已启动: http://{host}:{port}/  站点 {settings.site_name}({settings.site})")
    if node.first_password:
        console.print("首次启动,管理员账号: admin")
        console.print(f"一次性密码(登录后必须修改,只显示这一次): {node.first_password}", soft_wrap=True)
    console.print("按 Ctrl+C 停止。")
