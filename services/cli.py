"""The commands of `yizhangtu`. Each one is thin: it reads options and calls what does the work."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from services.composition import product_version
from services.demo.player import Scenario, ScenarioError
from services.demo.run import present, remembered_password
from services.serving import serve
from services.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="一张图:区级应急指挥平台")
_console = Console(stderr=True, highlight=False)

DataOption = Annotated[Path | None, typer.Option("--data", help="数据目录(数据库、消息存储、密钥)")]
SiteOption = Annotated[str | None, typer.Option("--site", help="站点名,例如 hub、yufa")]
ServiceOption = Annotated[list[str] | None, typer.Option("--service", help="只运行这些服务,可重复")]


def settings_or_exit(**options: object) -> Settings:
    """Settings, or a message in Chinese and exit code 2."""
    try:
        return load_settings(**options)
    except ValidationError as error:
        for item in error.errors():
            name = "YZT_" + "_".join(str(part) for part in item["loc"]).upper()
            _console.print(f"[red]设置有误[/red] {name}: {item['msg']}")
        raise typer.Exit(2) from error


@app.command()
def up(
    data: DataOption = None,
    host: Annotated[str | None, typer.Option(help="监听地址;0.0.0.0 表示所有网卡")] = None,
    port: Annotated[int | None, typer.Option(help="网页和接口的端口")] = None,
    site: SiteOption = None,
    leaf_port: Annotated[int | None, typer.Option(help="供下级站点接入的端口,0 为不开放")] = None,
    nats_port: Annotated[int | None, typer.Option(help="内置消息服务的端口,0 为自动选择")] = None,
    service: ServiceOption = None,
    exercise: Annotated[bool | None, typer.Option("--exercise", help="演练:独立的数据和水印,不触碰真实数据")] = None,
) -> None:
    """启动本站点,直到按 Ctrl+C。"""
    settings = settings_or_exit(
        data=data,
        host=host,
        port=port,
        site=site,
        leaf_port=leaf_port,
        nats_port=nats_port,
        service=tuple(service) if service else None,
        exercise=exercise,
    )
    raise typer.Exit(asyncio.run(serve(settings)))


@app.command("version")
def show_version() -> None:
    """打印版本。"""
    typer.echo(product_version())


@app.command()
def demo(
    data: DataOption = None,
    host: Annotated[str | None, typer.Option(help="监听地址")] = None,
    port: Annotated[int | None, typer.Option(help="网页和接口的端口")] = None,
    speed: Annotated[float, typer.Option(min=1, max=6000, help="倍速:60 表示情景中的 1 分钟用 1 秒播完")] = 60,
    scenario: Annotated[str, typer.Option(help="情景名或 TOML 文件")] = "s3_jiugong",
) -> None:
    """示例数据 + 一段情景,在独立的数据目录里运行。"""
    folder = data or Path("data/demo")
    password = remembered_password(folder)
    settings = settings_or_exit(data=folder, host=host, port=port, admin_password=password)
    story = _scenario_or_exit(scenario)
    raise typer.Exit(asyncio.run(serve(settings, lambda url: present(url, password, story, speed, typer.echo))))


def _scenario_or_exit(name: str) -> Scenario:
    try:
        return Scenario.load(name)
    except ScenarioError as error:
        _console.print(f"[red]{error}[/red];现有情景:{', '.join(Scenario.names())}")
        raise typer.Exit(2) from error
