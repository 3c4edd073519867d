"""`yizhangtu site` and `--join`: the list, the file, and what is refused with words that help."""

import asyncio
import stat
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from services.cli import app
from services.settings import Settings, load_settings
from services.sites.joining import joined, read_join_file, topology_of
from services.sites.registry import read_register, register_of
from shared.kernel.errors import Conflict, Malformed
from tests.harness.hosting import hosted
from tests.harness.ports import Ports
from tests.integration.messaging_bed import until


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return tmp_path / "hub"


def add(hub: Path, name: str, *more: str) -> Path:
    file = hub.parent / f"{name}.join"
    code, said = call("site", "add", name, "-o", str(file), "--data", str(hub), "--address", "10.1.2.3", *more)
    assert code == 0, said
    return file


def edge(folder: Path, file: Path | None = None, **more: object) -> Settings:
    return load_settings(data=folder, join=file, **more)


def test_a_join_file_says_all_and_is_for_its_owner_only(hub: Path) -> None:
    file = add(hub, "yufa", "--name", "榆垡镇", "--township", "110115103000")
    join = read_join_file(file)
    assert (join.site, join.display_name, join.townships) == ("yufa", "榆垡镇", ("110115103000",))
    assert join.addresses == ("10.1.2.3:7422",)
    assert join.hub_ca is None
    record = read_register(hub / "sites.json").present[0]
    assert record.leaf_password == join.leaf_password
    for path in (file, hub / "sites.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert join.sealing_key not in (hub / "sites.json").read_text()


def test_the_root_of_the_hub_goes_along_when_there_is_one(hub: Path) -> None:
    assert call("tls", "init", "--data", str(hub), "--host", "10.1.2.3")[0] == 0
    join = read_join_file(add(hub, "yufa"))
    assert join.hub_ca == (hub / "tls" / "ca.pem").read_text()
    place = topology_of(load_settings(data=hub, leaf_port=7422))
    assert place.listener is not None
    assert place.listener.certificate == hub.resolve() / "tls" / "cert.pem"
    assert place.encrypted


@pytest.mark.parametrize("name", ["hub", "all", "Yufa", "yu fa", "1a", ""])
def test_a_name_that_means_something_else_is_refused(hub: Path, name: str) -> None:
    code, said = call("site", "add", name, "-o", str(hub.parent / "x.join"), "--data", str(hub))
    assert (code, "不能用" in said) == (1, True)


def test_a_site_is_added_once_and_again_with_new_secrets_after_its_removal(hub: Path) -> None:
    first = read_join_file(add(hub, "yufa"))
    code, said = call("site", "add", "yufa", "-o", str(hub.parent / "again.join"), "--data", str(hub))
    assert (code, "已经登记" in said) == (1, True)
    assert call("site", "remove", "yufa", "--yes", "--data", str(hub))[0] == 0
    register = read_register(hub / "sites.json")
    assert (register.present, register.former) == ((), ("yufa",))
    assert "已移除" in call("site", "list", "--data", str(hub))[1]
    again = read_join_file(add(hub, "yufa"))
    assert again.leaf_password != first.leaf_password
    assert read_register(hub / "sites.json").former == ()
    assert call("site", "remove", "weishan", "--yes", "--data", str(hub))[0] == 1


def test_a_site_is_renamed_without_new_secrets_at_the_hub_and_at_itself(hub: Path, tmp_path: Path) -> None:
    file = add(hub, "yufa", "--name", "榆垡镇")
    before = read_register(hub / "sites.json").present[0]
    code, said = call("site", "rename", "yufa", "榆垡镇指挥部", "--data", str(hub))
    assert (code, "在该站点上也执行" in said) == (0, True), said
    after = read_register(hub / "sites.json").present[0]
    assert after == before.model_copy(update={"display_name": "榆垡镇指挥部"})
    joined(edge(tmp_path / "edge", file))
    code, said = call("site", "rename", "yufa", "榆垡镇指挥部", "--data", str(tmp_path / "edge"))
    assert (code, "重启本站后" in said) == (0, True), said
    settings = joined(edge(tmp_path / "edge"))
    assert (settings.site, settings.site_name) == ("yufa", "榆垡镇指挥部")
    assert topology_of(settings).uplink is not None
    code, said = call("site", "rename", "lixian", "礼贤镇", "--data", str(hub))
    assert (code, "没有登记过站点 lixian" in said) == (1, True), said


def test_an_edge_keeps_its_join_file_and_needs_it_no_more(hub: Path, tmp_path: Path) -> None:
    file = add(hub, "yufa", "--name", "榆垡镇")
    first = joined(edge(tmp_path / "yufa", file, site="yufa"))
    assert (first.site, first.site_name) == ("yufa", "榆垡镇")
    file.unlink()
    later = joined(edge(tmp_path / "yufa"))
    assert later.site == "yufa"
    place = topology_of(later)
    assert place.aggregate == "VIEW"
    assert place.uplink is not None
    assert place.uplink.addresses == ("10.1.2.3:7422",)


def test_the_wrong_file_for_a_site_a_mode_or_a_folder_is_refused(hub: Path, tmp_path: Path) -> None:
    file = add(hub, "yufa")
    with pytest.raises(Conflict, match=r"join\.other_site"):
        joined(edge(tmp_path / "e", file, site="weishan"))
    with pytest.raises(Conflict, match=r"join\.other_mode"):
        joined(edge(tmp_path / "e", file, site="yufa", exercise=True))
    (tmp_path / "e" / "nats").mkdir(parents=True)
    (tmp_path / "e" / "nats" / "nats.conf").write_bytes(orjson.dumps({"server_name": "weishan"}))
    with pytest.raises(Conflict, match=r"join\.other_data"):
        joined(edge(tmp_path / "e", file, site="yufa"))
    assert not (tmp_path / "e" / "join.json").exists()


def test_a_damaged_join_file_is_refused(hub: Path, tmp_path: Path) -> None:
    file = add(hub, "yufa")
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"10.1.2.3", b"10.1.2.4"))
    with pytest.raises(Malformed, match=r"join\.altered"):
        read_join_file(file)
    for content in (whole[:-20], b"", b"[]", b'{"checksum": 1}', b"\xff"):
        file.write_bytes(content)
        with pytest.raises(Malformed, match=r"join\.unreadable"):
            read_join_file(file)
    code, said = call("up", "--data", str(tmp_path / "e"), "--join", str(file), "--site", "yufa")
    assert (code, "读不出" in said) == (1, True)


async def test_a_running_hub_lets_a_site_in_and_out_without_a_restart(hub: Path, ports: Ports) -> None:
    port = ports.take()
    async with hosted(hub, broker=True, leaf_port=port, leaf_host="127.0.0.1") as site:
        bus = site.node.bus
        assert bus is not None
        assert bus.server is not None
        broker = bus.server.pid
        join = read_join_file(await asyncio.to_thread(add, hub, "yufa"))
        await until(lambda: [each.site for each in bus.topology.members] == ["yufa"])
        config = (hub / "nats" / "nats.conf").read_text()
        assert join.leaf_password in config
        links = (await (await site.admin()).get("/api/status")).json()["links"]
        assert links["encrypted"] is False
        assert [(link["site"], link["joined"]) for link in links["items"]] == [("yufa", False)]
        await asyncio.to_thread(call, "site", "remove", "yufa", "--yes", "--data", str(hub))
        await until(lambda: not bus.topology.members)
        assert join.leaf_password not in (hub / "nats" / "nats.conf").read_text()
        assert bus.server.pid == broker


def test_a_hub_without_a_leaf_port_is_alone(hub: Path) -> None:
    add(hub, "yufa")
    place = topology_of(load_settings(data=hub))
    assert (place.aggregate, place.listener) == ("ALL", None)
    assert register_of(load_settings(data=hub)).is_file()
