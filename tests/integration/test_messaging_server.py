"""The embedded broker as a process: it comes back, it is alone on its store, it goes when its parent goes."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from shared.kernel.errors import Unavailable
from shared.messaging.nats_server import NatsServer
from shared.messaging.topology import Topology, Uplink
from tests.integration.messaging_bed import INTAKE, settings, until

pytestmark = pytest.mark.nats

PARENT = """
import asyncio, sys
from pathlib import Path
from shared.messaging.nats_config import ServerSettings
from shared.messaging.nats_server import NatsServer
from shared.messaging.topology import LeafListener, Topology

async def main():
    server = NatsServer(ServerSettings(Path(sys.argv[1]), "hub"))
    await server.start()
    print(server.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    running = NatsServer(settings(tmp_path, INTAKE))
    await running.start()
    yield running
    await running.stop()


def environment_of(pid: int | None) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_text().split("\0")


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in ("Z", "X")


async def test_a_killed_broker_comes_back_at_the_same_address(server: NatsServer) -> None:
    url, pid = server.url, server.pid
    server.kill()
    await until(lambda: server.pid != pid and server.healthy)
    assert server.url == url


@pytest.mark.parametrize("given", [None, "200"])
async def test_the_broker_keeps_a_small_heap_unless_the_operator_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    if given is not None:
        monkeypatch.setenv("GOGC", given)
    running = NatsServer(settings(tmp_path, INTAKE))
    await running.start()
    has = environment_of(running.pid)
    await running.stop()
    assert f"GOGC={given or 50}" in has


async def test_the_address_is_remembered_over_restarts(tmp_path: Path) -> None:
    urls = []
    for _ in range(2):
        server = NatsServer(settings(tmp_path, INTAKE))
        await server.start()
        urls.append(server.url)
        await server.stop()
        assert server.pid is None
        assert not server.healthy
    assert urls[0] == urls[1]


async def test_a_killed_parent_takes_the_broker_with_it(tmp_path: Path) -> None:
    parent = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", PARENT, str(tmp_path / "nats")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(await asyncio.to_thread(parent.stdout.readline))
    assert is_alive(pid)
    parent.kill()
    await asyncio.to_thread(parent.wait)
    parent.stdout.close()
    await until(lambda: not is_alive(pid))


async def test_a_leftover_on_the_same_store_is_ended_before_the_new_one_starts(server: NatsServer) -> None:
    leftover = server.pid
    assert leftover is not None
    second = NatsServer(server._settings)
    server._stopping = True
    assert server._watcher is not None
    server._watcher.cancel()
    await second.start()
    try:
        assert not is_alive(leftover)
        assert second.healthy
    finally:
        await second.stop()


async def test_a_store_held_by_a_stranger_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "nats"
    folder.mkdir()
    holder = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); time.sleep(600)"
    )
    stranger = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", holder, str(folder / "lock")], stdout=subprocess.PIPE
    )
    try:
        assert stranger.stdout is not None
        await asyncio.to_thread(stranger.stdout.readline)
        (folder / "pid").write_text(str(stranger.pid))
        with pytest.raises(Unavailable, match=r"broker\.store_in_use"):
            await NatsServer(settings(tmp_path)).start()
        assert is_alive(stranger.pid)
    finally:
        stranger.kill()
        await asyncio.to_thread(stranger.wait)
        assert stranger.stdout is not None
        stranger.stdout.close()


async def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    uplink = Uplink("hub", ("127.0.0.1:7422",), "leaf_hub", "secret", authority=tmp_path / "missing.pem")
    broken = settings(tmp_path, INTAKE, topology=Topology("hub", uplink))
    with pytest.raises(Unavailable, match=r"broker\.start_failed.*missing\.pem"):
        await NatsServer(broken).start()


async def test_without_a_binary_the_reason_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"broker\.binary_missing"):
        await NatsServer(settings(tmp_path)).start()


async def test_keys_are_for_the_owner_only_and_stay_the_same(server: NatsServer) -> None:
    folder = server._settings.folder
    config = orjson.loads((folder / "nats.conf").read_bytes())
    assert config["jetstream"]["sync_interval"] == "always"
    assert config["listen"].startswith("127.0.0.1:")
    files = sorted((folder / "keys").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert "REAL_incident_intake.nk" in {path.name for path in files}
    before = {path.name: path.read_text() for path in files}
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: server.pid != pid and server.healthy)
    assert {path.name: path.read_text() for path in (folder / "keys").iterdir()} == before
