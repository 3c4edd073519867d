"""`yizhangtu demo`: a site of its own with the sample district, and a scenario played on it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from services.client import SiteClient
from services.demo.district import ACCOUNTS, TEAM_ACCOUNT, demo_password, prepare
from services.demo.player import Player, Scenario


def remembered_password(data: Path) -> str:
    """The password of this demonstration's accounts: made once, kept beside its data, readable by the owner only."""
    file = data / "demo.json"
    if file.exists():
        return str(json.loads(file.read_text("utf-8"))["password"])
    data.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    password = demo_password()
    file.write_text(json.dumps({"password": password}), "utf-8")
    return password


async def present(
    site: SiteClient, password: str, scenario: Scenario, speed: float, say: Callable[[str], None]
) -> None:
    """Prepare the district and play the scenario on the site."""
    async with site:
        await site.login("admin", password)
        say("正在准备示例数据:力量、人员、班次……")
        await prepare(site, site.url, password, datetime.now(UTC))
        names = ", ".join([*(account["username"] for account in ACCOUNTS), TEAM_ACCOUNT["username"]])
        say(f"可登录的账号: admin, {names}")
        say(f"演示密码(全部账号相同): {password}")
        say(f"开始播放:{scenario.title}({speed:g} 倍速)")
        await Player(site, speed, say).play(scenario)
        say("播放结束,系统继续运行。按 Ctrl+C 停止。")
