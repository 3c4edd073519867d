"""The commands that use a running site: import, replay, status, provision."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.cli import app
from tests.harness.command import Done, yizhangtu
from tests.harness.ports import Ports
from tests.harness.site import Site, all_items

pytestmark = pytest.mark.nats
UNITS = "名称,类型,电话\n甲队,消防救援,010-55550001\n乙队,防汛抢险,010-55550002\n"
FAULTY = "名称,类型,电话\n丙队,消防救援,010-55550003\n丁队,没有这种,010-55550004\n"
_HERE = Path(__file__).parents[2] / "services" / "demo"


@pytest.fixture
async def site(tmp_path: Path, ports: Ports) -> AsyncIterator[Site]:
    async with Site(tmp_path / "site", ports) as running:
        yield running


async def _run(*arguments: str | Path, **options: str) -> Done:
    return await asyncio.to_thread(yizhangtu, *arguments, **options)


def _file(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


async def test_a_table_is_taken_or_refused_row_by_row(site: Site, tmp_path: Path) -> None:
    good, faulty = _file(tmp_path, "good.csv", UNITS), _file(tmp_path, "faulty.csv", FAULTY)
    at = ("--url", site.url)

    tried = await _run("import", "units", good, "--dry-run", *at)
    assert (tried.code, "新增 2" in tried.said, "未写入" in tried.said) == (0, True, True), tried.said
    refused = await _run("import", "units", faulty, *at)
    assert refused.code == 1
    assert "没有这种" in refused.said or "类型" in refused.said
    assert " 3 " in refused.said, "the row of the table as a person counts it"
    client = await site.client()
    assert await all_items(client, "/api/units") == []

    taken = await _run("import", "units", good, faulty, "--partial", *at)
    assert taken.code == 1, "a row was left out"
    assert {unit["name"] for unit in await all_items(client, "/api/units")} == {"甲队", "乙队", "丙队"}
    again = await _run("import", "units", good, *at)
    assert (again.code, "无变化 2" in again.said) == (0, True), again.said
    await client.aclose()


async def test_people_shifts_and_warnings_come_in_too(site: Site, tmp_path: Path) -> None:
    roster = _file(tmp_path, "r.csv", "日期,岗位,姓名,开始,结束\n2026-12-01,值班员,示例值班员赵,08:00,20:00\n")
    warning = (_HERE / "scenarios" / "gale_blue.xml").read_text("utf-8")
    for mark, value in {
        "{stamp}": "20261123080000",
        "{sent}": "2026-11-23T08:00:00+08:00",
        "{expires}": "2026-11-23T20:00:00+08:00",
    }.items():
        warning = warning.replace(mark, value)
    cap = _file(tmp_path, "w.xml", warning)
    at = ("--url", site.url)

    people = await _run("import", "people", _HERE / "data" / "people.csv", *at)
    assert people.code == 0, people.said
    shifts = await _run("import", "roster", roster, *at)
    assert (shifts.code, "新增 1" in shifts.said) == (0, True), shifts.said
    tried = await _run("import", "cap", cap, "--dry-run", *at)
    assert "1 条预警可导入" in tried.said
    client = await site.client()
    assert (await client.get("/api/warnings")).json()["items"] == []
    taken = await _run("import", "cap", cap, *at)
    assert "新增 1" in taken.said, taken.said
    assert len((await client.get("/api/warnings")).json()["items"]) == 1
    broken = await _run("import", "cap", roster, *at)
    assert (broken.code, "未导入" in broken.said) == (1, True)
    await client.aclose()


async def test_wrong_use_and_wrong_passwords_are_told_apart(site: Site, tmp_path: Path) -> None:
    good = _file(tmp_path, "good.csv", UNITS)
    assert (await _run("import", "rabbits", good, "--url", site.url)).code == 2
    assert (await _run("import", "units", tmp_path / "none.csv", "--url", site.url)).code == 2
    assert (await _run("import", "units", good, "--url", "localhost")).code == 2
    assert (await _run("import", "units")).code == 2
    wrong = await _run("import", "units", good, "--url", site.url, password="Nobody-2026-knows")
    assert (wrong.code, "用户名或密码不正确" in wrong.said) == (1, True), wrong.said
    secret = _file(tmp_path, "password", "Nobody-2026-knows\n")
    told = await _run("status", "--url", site.url, YZT_PASSWORD_FILE=str(secret))
    assert told.code == 0, "status needs no login"


async def test_status_tells_a_ready_site_from_one_that_is_away(site: Site) -> None:
    ready = await _run("status", "--url", site.url)
    assert ready.code == 0, ready.said
    assert all(word in ready.said for word in ("站点", "hub", "已连接", "死信", "磁盘剩余", "一张图", "时钟")), (
        ready.said
    )
    await site.stop()
    away = await _run("status", "--url", site.url)
    assert (away.code, "连不上" in away.said) == (1, True), away.said


async def test_provisioning_twice_changes_nothing_and_says_so(site: Site) -> None:
    first = await _run("provision", "--data", site.data)
    assert first.code == 0, first.said
    again = await _run("provision", "--data", site.data)
    assert again.code == 0
    assert "notification__incidents" in again.said
    assert "已建立" not in again.said
    assert again.said.count("已存在") >= 4
    await site.stop()
    away = await _run("provision", "--data", site.data)
    assert (away.code, "连不上消息服务" in away.said) == (1, True), away.said


async def test_a_scenario_is_replayed_on_a_running_site(site: Site) -> None:
    unknown = await _run("replay", "no_such", "--url", site.url)
    assert (unknown.code, "s3_jiugong" in unknown.said) == (2, True)
    units = await _run("import", "units", _HERE / "data" / "units.csv", "--url", site.url)
    assert units.code == 0, units.said
    played = await _run("replay", "s3_jiugong", "--speed", "6000", "--url", site.url)
    assert "播放结束" in played.said, played.said
    assert "叫应真实的值班人员" in played.said, "this is no exercise"
    client = await site.client()
    assert (await client.get("/api/incidents")).json()["items"]
    await client.aclose()


async def test_a_second_process_on_the_same_data_is_refused(site: Site) -> None:
    second = await _run("up", "--data", site.data, "--port", "0")
    assert (second.code, "正被运行中的站点使用" in second.said) == (2, True), second.said
    assert (await _run("status", "--url", site.url)).code == 0, "the first one goes on"


@pytest.mark.parametrize("command", [each.name or "up" for each in app.registered_commands])
def test_every_command_explains_itself_in_chinese(command: str) -> None:
    done = yizhangtu(command, "--help")
    assert done.code == 0
    assert "显示这份说明" in done.said
    assert "Show this message" not in done.said
    assert "Options" not in done.said
