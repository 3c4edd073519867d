"""`yizhangtu site`: the hub's list of edges; works whether the hub runs or not."""

import socket
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.commands.local import DataOption, ExerciseOption, SiteOption, book, local_settings
from services.commands.speaking import console, told_in_chinese
from services.commands.wording import ChineseCommand, ChineseGroup
from services.settings import Settings
from services.sites.joining import LEAF_PORT, join_file_for, rename_joined, write_join_file
from services.sites.registry import add_site, read_register, register_of, remove_site, rename_site
from shared.contracts.events.acts import Act
from shared.kernel.clock import SystemClock, wire_time

sites = typer.Typer(cls=ChineseGroup, no_args_is_help=True, help="下级站点(属地、指挥车):加入、查看、移除")
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="站点名,小写英文字母,例如 yufa")]


@sites.command("add", cls=ChineseCommand)
def add(
    name: NameArgument,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="写出接入文件,例如 yufa.join")],
    display_name: Annotated[str | None, typer.Option("--name", help="显示名,例如 榆垡镇")] = None,
    township: Annotated[list[str] | None, typer.Option("--township", help="负责的属地代码,可重复")] = None,
    address: Annotated[
        list[str] | None, typer.Option("--address", metavar="HOST[:PORT]", help="下级能连到中心的地址,可重复")
    ] = None,
    data: DataOption = None,
    hub: SiteOption = None,
    exercise: ExerciseOption = None,
) -> None:
    """登记一个下级站点,写出它接入所需的唯一文件。中心在运行时,2 秒内即可接入,不用重启。"""
    settings = local_settings(data, exercise, hub)
    with told_in_chinese(str(settings.home)):
        record, sealing_key = add_site(
            register_of(settings),
            name,
            display_name or name,
            tuple(township or ()),
            hub=settings.site,
            now=SystemClock().now(),
        )
        join = join_file_for(settings, record, sealing_key, _addresses(settings, address or ()))
        write_join_file(output, join)
    _tell_added(output, join.addresses, name, encrypted=join.hub_ca is not None)


def _tell_added(output: Path, addresses: tuple[str, ...], name: str, *, encrypted: bool) -> None:
    for line in (
        f"已登记 {name},接入文件:{output}(内含密钥,只交给该站点,送到后请删除副本)。",
        f"下级将连接中心的:{'、'.join(addresses)}。中心要用 yizhangtu up --leaf-port 端口 打开它。",
        f"在下级站点执行:yizhangtu up --site {name} --join {output.name}",
    ):
        console.print(line, markup=False, soft_wrap=True)
    if not encrypted:
        console.print(
            "注意:中心还没有证书,站点之间的数据不加密。请先执行 yizhangtu tls init,再重新登记站点。", style="yellow"
        )


@sites.command("list", cls=ChineseCommand)
def show(data: DataOption = None, exercise: ExerciseOption = None) -> None:
    """列出登记过的站点。"""
    settings = local_settings(data, exercise)
    with told_in_chinese(str(settings.home)):
        register = read_register(register_of(settings))
    table = Table("站点", "名称", "属地", "登记时间", "状态")
    for site in register.sites:
        state = "可接入" if site.removed_at is None else f"已移除 {wire_time(site.removed_at)}"
        table.add_row(site.name, site.display_name, "、".join(site.townships), wire_time(site.created_at), state)
    console.print(table)


@sites.command("rename", cls=ChineseCommand)
def rename(
    name: NameArgument,
    display_name: Annotated[str, typer.Argument(metavar="显示名", help="新的显示名,例如 榆垡镇应急指挥部")],
    data: DataOption = None,
    exercise: ExerciseOption = None,
) -> None:
    """改下级站点的显示名:不断开、不用重新登记。在下级站点上执行,则改它自己在各处显示的名字。"""
    settings = local_settings(data, exercise)
    with told_in_chinese(str(settings.home)):
        if rename_joined(settings, name, display_name):
            book(settings, Act.SITE_RENAMED, name, {"after": display_name})
            console.print(f"本站({name})改名为 {display_name};重启本站后,各处屏幕随之改过来。", markup=False)
            return
        rename_site(register_of(settings), name, display_name)
        book(settings, Act.SITE_RENAMED, name, {"after": display_name})
    console.print(f"{name} 在登记里改名为 {display_name}。屏幕上显示的是该站点自己报的名字:", markup=False)
    console.print(f"请在该站点上也执行 yizhangtu site rename {name} {display_name},然后重启它。", markup=False)


@sites.command("remove", cls=ChineseCommand)
def remove(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
    data: DataOption = None,
    exercise: ExerciseOption = None,
) -> None:
    """移除一个下级站点:立即断开,不再接入;它已上报的事实全部保留。"""
    settings = local_settings(data, exercise)
    if not yes:
        typer.confirm(f"移除站点 {name}?它会被断开,要再接入须重新登记并送去新的接入文件", abort=True)
    with told_in_chinese(str(settings.home)):
        remove_site(register_of(settings), name, now=SystemClock().now())
    console.print(f"已移除 {name};它的记录保留在中心。", markup=False)


def _addresses(settings: Settings, given: list[str] | tuple[()]) -> tuple[str, ...]:
    port = settings.leaf_port or LEAF_PORT
    hosts = given or [_own_address()]
    return tuple(host if _has_port(host) else f"{host}:{port}" for host in hosts)


def _has_port(address: str) -> bool:
    host, colon, port = address.rpartition(":")
    return bool(colon) and port.isdecimal() and (host.endswith("]") or ":" not in host)


def _own_address() -> str:
    """The address from which this machine would speak to others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
