"""The tools that the other tests stand on: real NATS, real PostgreSQL, real Chromium, safe ports."""

import socket
from pathlib import Path

import nats
import pytest
import sqlalchemy
from playwright.async_api import Page

from tests.harness.missing import missing
from tests.harness.nats import NatsServer
from tests.harness.ports import Ports
from tests.harness.postgres import Postgres


async def test_what_was_acknowledged_survives_a_killed_server(nats_server: NatsServer) -> None:
    client = await nats.connect(nats_server.url)
    js = client.jetstream()
    await js.add_stream(name="S", subjects=["s"])
    await js.publish("s", b"kept")
    await client.close()
    before = nats_server.pid

    await nats_server.kill()
    assert not nats_server.running
    await nats_server.start()

    assert nats_server.pid != before
    client = await nats.connect(nats_server.url)
    assert (await client.jetstream().get_msg("S", 1)).data == b"kept"
    await client.close()


async def test_a_server_with_a_faulty_configuration_says_why(tmp_path: Path, ports: Ports) -> None:
    server = NatsServer(tmp_path, ports, extra="no_such_option: 1")
    with pytest.raises(RuntimeError, match="no_such_option"):
        await server.start()
    assert not server.running


def test_two_reservations_never_share_a_port() -> None:
    with Ports() as one, Ports() as two:
        taken = [one.take() for _ in range(50)] + [two.take() for _ in range(50)]
        assert len(set(taken)) == 100
        assert not two._reserve(taken[0])


def test_a_port_somebody_listens_on_is_not_given() -> None:
    with Ports() as ports, socket.socket() as listener:
        port = ports.take()
        ports.close()
        listener.bind(("127.0.0.1", port))
        listener.listen()
        assert not ports._reserve(port)


def test_each_test_has_an_empty_database_of_its_own(postgres: Postgres, postgres_url: str) -> None:
    with postgres.database() as other_url:
        mine, other = sqlalchemy.create_engine(postgres_url), sqlalchemy.create_engine(other_url)
        with mine.begin() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE t (x text)"))
        assert sqlalchemy.inspect(mine).get_table_names() == ["t"]
        assert sqlalchemy.inspect(other).get_table_names() == []
        other.connect()  # an open connection must not keep the database alive
        mine.dispose()
    with pytest.raises(sqlalchemy.exc.OperationalError):
        sqlalchemy.create_engine(other_url).connect()


async def test_the_browser_draws_with_webgl_2(page: Page) -> None:
    await page.goto("data:text/html,<canvas></canvas>")
    assert await page.evaluate("!!document.querySelector('canvas').getContext('webgl2')")
    assert await page.evaluate("navigator.language") == "zh-CN"


def test_a_missing_tool_fails_on_ci_and_is_skipped_elsewhere_if_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YZT_ALLOW_MISSING", raising=False)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="NOT RUN: Tool"):
        missing("Tool", "install it", optional=True)
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="NOT RUN: Tool"):
        missing("Tool", "install it", optional=True)
    with pytest.raises(pytest.fail.Exception):
        missing("Tool", "install it")
