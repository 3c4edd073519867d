"""`yizhangtu ferry`, `export` and `import bundle`: facts carried on a stick between networks that must not touch."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from nats.aio.client import Client
from nats.errors import Error as NatsError
from rich.table import Table

from services.commands.local import DataOption, ExerciseOption, SiteOption, book, local_settings
from services.commands.provisioning import broker_url
from services.commands.speaking import USAGE, console, refuse, told_in_chinese
from services.commands.wording import ChineseCommand, ChineseGroup
from services.settings import Settings
from services.sites.joining import topology_of
from shared.contracts.events.acts import Act, Detail
from shared.kernel.clock import SHANGHAI, SystemClock
from shared.kernel.homes import HUB
from shared.messaging.access import FERRY, PROVISION
from shared.messaging.connection import Credentials
from shared.messaging.ferry.bundle import Bundle, BundleWriter
from shared.messaging.ferry.carry import Landed, land
from shared.messaging.ferry.exporting import export
from shared.messaging.ferry.exports import LAST, Exports
from shared.messaging.ferry.manifest import Stretch
from shared.messaging.ferry.signing import Signer, TrustedSites, read_card
from shared.messaging.ferry.streams import aggregate_of, site_of
from shared.messaging.js_api import ApiError, log_of
from shared.messaging.keys import Keyring
from shared.messaging.names import ALL, account, site_stream

T = TypeVar("T")
ferry = typer.Typer(cls=ChineseGroup, no_args_is_help=True, help="U盘摆渡:本站名片,登记对方名片")


@ferry.command("card", cls=ChineseCommand)
def ferry_card(
    output: Annotated[Path, typer.Option("--output", "-o", help="名片文件,带到对方站点")],
    data: DataOption = None,
    site: SiteOption = None,
    exercise: ExerciseOption = None,
) -> None:
    """写出本站的摆渡名片(公钥);对方据此核对本站的摆渡包。"""
    settings = local_settings(data, exercise, site)
    card = Signer(_folder(settings), settings.site).card
    output.write_text(card.model_dump_json(indent=2), "utf-8")
    console.print(f"已写出 {output}。站点 {card.site},指纹:{card.fingerprint}", markup=False, soft_wrap=True)
    console.print("请当面或用另一条线路告诉对方这个指纹,对方导入名片时要核对。")


@ferry.command("trust", cls=ChineseCommand)
def ferry_trust(
    card: Annotated[Path, typer.Argument(help="对方站点的名片文件")],
    yes: Annotated[bool, typer.Option("--yes", help="指纹已经核对过,不再询问")] = False,
    centre: Annotated[bool, typer.Option("--centre", help="对方是本站的上级中心:也接受它转来的其他站点的记录")] = False,
    data: DataOption = None,
    site: SiteOption = None,
    exercise: ExerciseOption = None,
) -> None:
    """登记对方站点的名片,以后接受它的摆渡包。"""
    settings = local_settings(data, exercise, site)
    with told_in_chinese(str(settings.home)):
        given = read_card(_read(card))
        console.print(f"站点 {given.site},指纹:{given.fingerprint}", markup=False, soft_wrap=True)
        if not yes:
            typer.confirm("指纹与对方所报一致吗?", abort=True)
        TrustedSites(_folder(settings)).add(given, centre=centre)
        book(settings, Act.CARD_TRUSTED, given.site, {"fingerprint": given.fingerprint, "centre": centre})
    console.print(f"已登记 {given.site}。" + ("它转来的各站点记录也会接受。" if centre else ""), markup=False)


@ferry.command("list", cls=ChineseCommand)
def ferry_list(data: DataOption = None, site: SiteOption = None, exercise: ExerciseOption = None) -> None:
    """列出已登记的站点和指纹。"""
    settings = local_settings(data, exercise, site)
    table = Table("站点", "指纹", "接受")
    for card in _trusted(settings).all():
        table.add_row(card.site, card.fingerprint, "它转来的各站点记录" if card.centre else "它自己的记录")
    console.print(table)


def export_bundle(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="摆渡包文件,例如 /media/usb/yufa.zip")],
    since: Annotated[
        str, typer.Option(help="从哪里开始:last(接着本站上次导出的)、位置号,或时间 2026-07-31T18:00;默认全部")
    ] = "0",
    own: Annotated[bool, typer.Option("--own", help="中心用:只带中心自己的记录,给并列的单位")] = False,
    data: DataOption = None,
    site: SiteOption = None,
    exercise: ExerciseOption = None,
) -> None:
    """把记录原样写成签名的摆渡包,用 U 盘带到不相连的网络:下级带自己的,中心带它知道的各站点的。站点须在运行。"""
    settings = local_settings(data, exercise, site)
    start = _since(since)
    stretch = _run(settings, lambda reader, admin: _export(settings, reader, admin, file.absolute(), start, own=own))
    span: dict[str, Detail] = {"first": stretch.first, "last": stretch.last, "everything": stretch.everything}
    book(settings, Act.BUNDLE_EXPORTED, str(file.absolute()), span)
    whose = "及其转来的各站点" if stretch.everything else ""
    console.print(
        f"已写出 {file}:站点 {stretch.site}{whose},位置 {stretch.first} 至 {stretch.last}。",
        markup=False,
        soft_wrap=True,
    )
    console.print(
        f"下次用 --since last(或 --since {stretch.last})只导出以后的记录;对方没收到这一包,就再导出全部,重复无妨。",
        markup=False,
        soft_wrap=True,
    )


def import_bundle(settings: Settings, file: Path) -> None:
    """Take one bundle into the running site that lives on this data folder."""
    landed = _run(settings, lambda carrier, admin: _import(settings, carrier, admin, file))
    if not landed:
        console.print("这是本站自己的记录,不需要导入。")
        return
    for one in landed:
        taken: dict[str, Detail] = {"created": one.new, "unchanged": one.known, "last": one.last, "file": file.name}
        book(settings, Act.BUNDLE_IMPORTED, one.site, taken)
    table = Table("站点", "新增", "已有", "本站的或另路已到", "到位置")
    for one in landed:
        name = f"{one.site} 及其转来的各站点" if one.everything else one.site
        table.add_row(name, str(one.new), str(one.known), str(one.kept_back), str(one.last))
    console.print(table)
    if not any(one.new for one in landed):
        console.print("没有新的记录:这一包的内容以前已经收到过,什么也没有改变。")


async def _export(
    settings: Settings, reader: Client, admin: Client, file: Path, since: int | datetime | str, *, own: bool
) -> Stretch:
    here = await site_of(admin, settings.site)
    everything = here == HUB and not own
    exports, stream = Exports(_folder(settings)), ALL if everything else site_stream(here)
    if isinstance(since, str):
        since = exports.last(stream, (await log_of(reader, stream))[0])
    writer = BundleWriter(file, Signer(_folder(settings), here), exercise=settings.exercise, now=SystemClock().now())
    try:
        await export(reader, writer, here, since, everything=everything)
        (stretch,) = writer.finish().stretches
    except BaseException:
        writer.abandon()
        raise
    exports.remember(stream, stretch.epoch, stretch.last)
    return stretch


async def _import(settings: Settings, carrier: Client, admin: Client, file: Path) -> list[Landed]:
    here = await site_of(admin, settings.site)
    with Bundle(file, _trusted(settings), exercise=settings.exercise) as bundle:
        return await land(carrier, admin, bundle, here, await aggregate_of(admin))


def _trusted(settings: Settings) -> TrustedSites:
    uplink = topology_of(settings).uplink
    return TrustedSites(_folder(settings), centre=uplink.hub if uplink else None)


def _run(settings: Settings, work: Callable[[Client, Client], Awaitable[T]]) -> T:
    """Do it with the running broker; what goes wrong is said in Chinese."""
    url = broker_url(settings)

    async def connected() -> T:
        async with _connected(settings, url, FERRY) as own, _connected(settings, url, PROVISION) as admin:
            return await work(own, admin)

    with told_in_chinese(url):
        try:
            return asyncio.run(connected())
        except ApiError as error:
            refuse(f"消息服务拒绝了请求:{error}。没有写完的部分下次导入会接着来;请检查磁盘空间。")
        except (NatsError, OSError) as error:
            refuse(f"连不上消息服务({str(error) or type(error).__name__})。请确认站点正在运行,或磁盘可写。")


@asynccontextmanager
async def _connected(settings: Settings, url: str, user: str) -> AsyncIterator[Client]:
    seed = None
    if "@" not in url:
        seed = Keyring(settings.home / "nats" / "keys").seed(account(exercise=settings.exercise), user)
    client = Client()
    options = {**Credentials(url, user, seed).options(), "max_reconnect_attempts": 1, "allow_reconnect": False}
    await client.connect(**options, error_cb=_ignore)
    try:
        yield client
    finally:
        with contextlib.suppress(NatsError):
            await client.close()


async def _ignore(_error: Exception) -> None:
    """The library prints errors that it also raises."""


def _folder(settings: Settings) -> Path:
    return settings.home / "ferry"


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        refuse(f"读不出文件 {file}:{error.strerror}。请检查路径和权限。", USAGE)


def _since(text: str) -> int | datetime | str:
    if text == LAST:
        return text
    if text.isdecimal():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"看不懂 --since {text};请写 last、位置号,或 2026-07-31T18:00 这样的时间。", USAGE)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
