"""`yizhangtu replay`: a scenario played on a site that runs already, as an exercise or for training."""

import asyncio
from typing import Annotated

import typer

from services.commands.remote import UrlOption, UserOption, logged_in, password_of
from services.commands.speaking import REFUSED, USAGE, account_or_exit, console, errors, refuse, told_in_chinese
from services.demo.player import Player, Scenario, ScenarioError
from services.settings import AccountSettings

SpeedOption = Annotated[float, typer.Option("--speed", min=1, max=6000, help="倍速:60 表示情景中的 1 分钟用 1 秒播完")]


def replay(
    scenario: Annotated[str, typer.Argument(help=f"情景名({'、'.join(Scenario.names())})或 TOML 文件")],
    speed: SpeedOption = 60,
    url: UrlOption = None,
    user: UserOption = None,
) -> None:
    """在正在运行的站点上播放一段情景;会产生事件并叫应值班人员,训练请用演练站点(up --exercise)。"""
    story = scenario_or_exit(scenario)
    account = account_or_exit(url, user)
    password = password_of(account)
    with told_in_chinese(account.url):
        refused = asyncio.run(_play(account, password, story, speed))
    raise typer.Exit(REFUSED if refused else 0)


def scenario_or_exit(name: str) -> Scenario:
    """The scenario, or which ones there are, and exit code 2."""
    try:
        return Scenario.load(name)
    except ScenarioError as error:
        refuse(f"{error};现有情景:{'、'.join(Scenario.names())}", USAGE)


async def _play(account: AccountSettings, password: str, story: Scenario, speed: float) -> int:
    async with logged_in(account, password) as site:
        state = await site.get("/api/session")
        if not state["exercise"]:
            errors.print("注意:这不是演练站点,情景中的事件会叫应真实的值班人员。按 Ctrl+C 可随时停止。", style="yellow")
        player = Player(site, speed, lambda line: console.print(line, markup=False))
        console.print(f"开始播放:{story.title}({speed:g} 倍速)", markup=False, soft_wrap=True)
        await player.play(story)
        console.print(f"播放结束,{player.refused} 步未成功" if player.refused else "播放结束")
        return player.refused
