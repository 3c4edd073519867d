"""The commands of `yizhangtu`. Each one is thin: it reads options and calls what does the work."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.client import SiteClient
from services.commands.backup import backup
from services.commands.ferry import export_bundle, ferry
from services.commands.imports import import_files
from services.commands.local import DataOption, SiteOption
from services.commands.provisioning import provision_broker
from services.commands.replay import SpeedOption, replay, scenario_or_exit
from services.commands.restore import restore
from services.commands.sheet import sheet
from services.commands.sites import sites
from services.commands.speaking import settings_or_exit, told_in_chinese
from services.commands.status import status
from services.commands.tls import tls
from services.commands.verify import verify
from services.commands.wording import ChineseCommand, ChineseGroup
from services.composition import product_version
from services.demo.run import present, remembered_password
from services.serving import serve
from services.sites.joining import joined

app = typer.Typer(cls=ChineseGroup, no_args_is_help=True, add_completion=False, help="一张图:区级应急指挥平台")

ServiceOption = Annotated[list[str] | None, typer.Option("--service", help="只运行这些服务,可重复")]


@app.command(cls=ChineseCommand)
def up(
    data: DataOption = None,
    host: Annotated[str | None, typer.Option(help="监听地址;0.0.0.0 表示所有网卡")] = None,
    port: Annotated[int | None, typer.Option(help="网页和接口的端口")] = None,
    http_port: Annotated[
        int | None, typer.Option(help="有证书时另开的 http 端口,只发根证书并指路到 https;0 为不开")
    ] = None,
    site: SiteOption = None,
    leaf_port: Annotated[int | None, typer.Option(help="供下级站点接入的端口,0 为不开放")] = None,
    leaf_host: Annotated[str | None, typer.Option(help="供下级站点接入的监听地址,默认所有网卡")] = None,
    join: Annotated[
        Path | None, typer.Option("--join", metavar="FILE", help="中心给的接入文件;只在第一次启动时需要")
    ] = None,
    nats_port: Annotated[int | None, typer.Option(help="内置消息服务的端口,0 为自动选择")] = None,
    service: ServiceOption = None,
    exercise: Annotated[bool | None, typer.Option("--exercise", help="演练:独立的数据和水印,不触碰真实数据")] = None,
) -> None:
    """启动本站点,直到按 Ctrl+C。"""
    wanted = settings_or_exit(
        data=data,
        host=host,
        port=port,
        http_port=http_port,
        site=site,
        leaf_port=leaf_port,
        leaf_host=leaf_host,
        join=join,
        nats_port=nats_port,
        service=tuple(service) if service else None,
        exercise=exercise,
    )
    with told_in_chinese(str(wanted.home)):
        settings = joined(wanted)
    raise typer.Exit(asyncio.run(serve(settings)))


@app.command("version", cls=ChineseCommand)
def show_version() -> None:
    """打印版本。"""
    typer.echo(product_version())


@app.command(cls=ChineseCommand)
def demo(
    data: DataOption = None,
    host: Annotated[str | None, typer.Option(help="监听地址")] = None,
    port: Annotated[int | None, typer.Option(help="网页和接口的端口")] = None,
    speed: SpeedOption = 60,
    scenario: Annotated[str, typer.Option(help="情景名或 TOML 文件")] = "s3_jiugong",
) -> None:
    """示例数据 + 一段情景,在独立的数据目录里运行。"""
    folder = data or Path("data/demo")
    password = remembered_password(folder)
    settings = settings_or_exit(data=folder, host=host, port=port, admin_password=password)
    story = scenario_or_exit(scenario)
    raise typer.Exit(
        asyncio.run(
            serve(settings, lambda url, root: present(SiteClient(url, root), password, story, speed, typer.echo))
        )
    )


app.command("import", cls=ChineseCommand)(import_files)
app.command("export", cls=ChineseCommand)(export_bundle)
app.command("replay", cls=ChineseCommand)(replay)
app.command("status", cls=ChineseCommand)(status)
app.command("sheet", cls=ChineseCommand)(sheet)
app.command("verify", cls=ChineseCommand)(verify)
app.command("provision", cls=ChineseCommand)(provision_broker)
app.command("backup", cls=ChineseCommand)(backup)
app.command("restore", cls=ChineseCommand)(restore)
app.add_typer(sites, name="site")
app.add_typer(ferry, name="ferry")
app.add_typer(tls, name="tls")
