"""`yizhangtu provision`: streams and consumers at the broker, or the files for a broker that others run."""

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import orjson
import typer
from nats.aio.client import Client
from nats.errors import Error as NatsError
from rich.table import Table

from services.commands.local import DataOption, ExerciseOption, SiteOption, book, local_settings
from services.commands.speaking import console, refuse, told_in_chinese
from services.composition import participants
from services.settings import Settings
from services.sites.joining import topology_of
from shared.contracts.events.acts import Act
from shared.messaging.access import PROVISION
from shared.messaging.bus import Participant
from shared.messaging.connection import Credentials
from shared.messaging.js_api import ApiError
from shared.messaging.keys import Keyring
from shared.messaging.names import account
from shared.messaging.nats_config import ServerSettings, render
from shared.messaging.provision import Provisioned, provision

CLIENT_PORT, MONITOR_PORT = 4222, 8222
_OUTCOMES = {"created": "[green]已建立[/green]", "updated": "[yellow]已更新[/yellow]", "present": "已存在"}


def provision_broker(
    data: DataOption = None,
    site: SiteOption = None,
    exercise: ExerciseOption = None,
    render_nats_config: Annotated[
        Path | None, typer.Option(metavar="DIR", help="不连接,只为单独运行的 nats-server 写出 nats.conf 和全部密钥")
    ] = None,
    store: Annotated[Path, typer.Option(help="配合上一项:nats-server 存放消息的目录")] = Path("/data/js"),
) -> None:
    """在消息服务上建好消息流和消费者;可重复执行,已有的不动。"""
    settings = local_settings(data, exercise, site)
    if render_nats_config is not None:
        folder = render_nats_config.absolute()
        _render(settings, folder, store)
        book(settings, Act.BROKER_KEYS_WRITTEN, str(folder))
        console.print(
            f"已写出 {folder}/nats.conf 和 {folder}/keys;密钥只交给本系统的进程,不要外传。",
            markup=False,
            soft_wrap=True,
        )
        return
    url = broker_url(settings)
    with told_in_chinese(url):
        try:
            done = asyncio.run(_provision(settings, url))
        except ApiError as error:
            refuse(f"消息服务拒绝了请求:{error}。请检查磁盘空间和消息服务的权限。")
        except (NatsError, OSError) as error:
            refuse(f"连不上消息服务 {_shown(url)}({str(error) or type(error).__name__})。请确认它已启动,密钥属于它。")
    made = sum(each.outcome != "present" for each in done)
    book(settings, Act.BROKER_PROVISIONED, _shown(url), {"created": made, "unchanged": len(done) - made})
    _show(done)


def broker_url(settings: Settings) -> str:
    """Where the broker is: an outside one, else the one that the running site remembers."""
    if settings.nats_url is not None:
        return settings.nats_url
    try:
        port = orjson.loads((settings.home / "nats" / "ports.json").read_bytes())["client"]
    except (OSError, ValueError, KeyError):
        refuse("内置消息服务还没有运行过。请先启动站点(yizhangtu up),或用 YZT_NATS_URL 指定外部消息服务。")
    return f"nats://127.0.0.1:{port}"


def _shown(url: str) -> str:
    return url.rpartition("@")[2]


async def _provision(settings: Settings, url: str) -> list[Provisioned]:
    name = account(exercise=settings.exercise)
    seed = None if "@" in url else Keyring(settings.home / "nats" / "keys").seed(name, PROVISION)
    heard = [each for participant in await participants(settings) for each in participant.subscriptions]
    options = Credentials(url, PROVISION, seed).options()
    client = Client()
    await client.connect(**{**options, "max_reconnect_attempts": 1, "allow_reconnect": False}, error_cb=_ignore)
    try:
        return await provision(client, settings.site, heard, aggregate=topology_of(settings).aggregate)
    finally:
        with contextlib.suppress(NatsError):
            await client.close()


async def _ignore(_error: Exception) -> None:
    """The library prints errors that it also raises."""


def _show(done: Iterable[Provisioned]) -> None:
    table = Table("消息流", "消费者", "结果")
    for each in done:
        table.add_row(each.stream, each.consumer, _OUTCOMES[each.outcome])
    console.print(table)


def _render(settings: Settings, folder: Path, store: Path) -> None:
    known = asyncio.run(participants(settings))
    folder.mkdir(parents=True, exist_ok=True)
    content = render_for_others(settings.site, folder, store, known)
    (folder / "nats.conf").write_bytes(content)


def render_for_others(site: str, folder: Path, store: Path, known: Iterable[Participant]) -> bytes:
    """The configuration of a broker in a container of its own: reachable from others, logging to its output.

    Args:
        folder: where the keys lie; missing ones are made.
        store: folder of the streams as that broker sees it.
        known: every service of the site.
    """
    access = tuple(participant.full_access for participant in known)
    document = orjson.loads(
        render(ServerSettings(folder=folder, site=site, services=access), CLIENT_PORT, MONITOR_PORT)
    )
    for own in ("log_file", "logfile_size_limit", "logfile_max_num"):
        del document[own]
    document["listen"] = f"0.0.0.0:{CLIENT_PORT}"
    document["jetstream"]["store_dir"] = str(store)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
