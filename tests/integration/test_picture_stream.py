"""Screens over real sockets: what was accepted is on all of them, whatever happens to them or to the server."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.aio.client import Client

from services.operational_picture import jobs, stream
from services.operational_picture.domain.digest import picture_hash
from services.operational_picture.handlers import screens
from tests.integration.picture_screens import PictureSite, Screen, new_incident, picture_site, until


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[PictureSite]:
    async with picture_site(tmp_path) as running:
        yield running


async def picture_of(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/picture")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def same(screen: Screen, body: dict[str, Any]) -> bool:
    return picture_hash(screen.fold.features.values()) == picture_hash(body["features"])


async def test_a_recorded_fact_reaches_a_screen_and_the_next_reader(site: PictureSite) -> None:
    officer = await site.officer()
    screen, ident = await site.screen(officer), new_incident()
    await site.report(ident)
    await until(lambda: ident in screen.features("incident"))
    assert screen.status == 200
    assert screen.headers["content-type"].startswith("text/event-stream")
    assert screen.headers["x-accel-buffering"] == "no"
    assert screen.events[0] == "snapshot"
    assert "frame" in screen.events
    assert len(screen.features("territory")) == 22
    assert same(screen, await picture_of(officer))


async def test_a_resumed_screen_gets_only_what_it_missed(site: PictureSite) -> None:
    officer = await site.officer()
    before, missed = new_incident(), new_incident()
    screen = await site.screen(officer)
    await site.report(before)
    await until(lambda: before in screen.features("incident"))
    await site.report(new_incident())
    await until(lambda: len(screen.features("incident")) == 2)
    await screen.close()
    await site.report(missed)
    await until(lambda: site.metric("yzt_view_seq") > int(str(screen.fold.cursor).split(":")[1]))
    again = await site.screen(officer, screen.fold.cursor)
    await until(lambda: missed in again.features("incident"))
    assert again.events[0] == "frame"
    assert "snapshot" not in again.events
    assert before not in again.fold.features
    again.fold.features = screen.fold.features | again.fold.features
    assert same(again, await picture_of(officer))


@pytest.mark.parametrize("cursor", ["another-epoch:3", "nonsense", ":", "x:99999999999999999999"])
async def test_an_unknown_cursor_gets_a_snapshot(site: PictureSite, cursor: str) -> None:
    screen = await site.screen(await site.officer(), cursor)
    await until(lambda: bool(screen.events))
    assert screen.events[0] == "snapshot"


async def test_nobody_without_a_session_gets_a_stream(site: PictureSite) -> None:
    answer = await Screen(site.port, "not-a-token").open()
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert site.metric("yzt_picture_clients") == 0
    await answer.close()


async def test_a_township_officer_sees_own_incidents_only_and_loses_one_that_moves_away(site: PictureSite) -> None:
    bound = await site.officer("territory_officer", territory="110115006")
    screen = await site.screen(bound)
    await until(lambda: bool(screen.events))
    mine, theirs = new_incident(), new_incident()
    await site.report_all([(mine, 0), (theirs, 1)])  # choice 0 is in 110115006, choice 1 in 110115007
    await until(lambda: mine in screen.features("incident"))
    await site.report(mine, 1)
    await until(lambda: mine not in screen.features("incident"))
    assert theirs not in screen.features("incident")
    again = await site.screen(bound, f"{screen.fold.cursor}".replace("~110115006", ""))
    await until(lambda: bool(again.events))
    assert again.events[0] == "snapshot"  # a cursor of a wider view is not theirs
    assert same(again, await picture_of(bound))


async def test_a_screen_that_leaves_is_forgotten(site: PictureSite) -> None:
    officer = await site.officer()
    for screen in [await site.screen(officer) for _ in range(5)]:
        await until(lambda screen=screen: bool(screen.events))  # type: ignore[misc]
        assert site.view()["screens"] > 0
        await screen.close()
    await until(lambda: site.view()["screens"] == 0)


async def test_a_quiet_stream_shows_that_it_lives(site: PictureSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.1)
    screen = await site.screen(await site.officer())
    await until(lambda: screen.events.count("heartbeat") >= 3)
    assert screen.fold.sites[0]["site"] == "hub"
    assert screen.fold.sites[0]["state"] == "connected"


async def test_an_ended_session_ends_its_stream(site: PictureSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHECK_SESSION_SECONDS", 0.1)
    leaving, staying = await site.officer(), await site.officer()
    closed, kept = await site.screen(leaving), await site.screen(staying)
    await until(lambda: bool(closed.events and kept.events))
    assert (await leaving.delete("/api/session")).status_code == 204
    await until(lambda: closed.ended)
    assert not kept.ended


def oldest_version(screen: Screen) -> int:
    return min((one["properties"]["version"] for one in screen.features("incident").values()), default=0)


async def test_a_slow_screen_is_dropped_and_loses_nothing_by_resuming(
    site: PictureSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than one turn weighs (1.2 MB, in one frame or in several), so that only who does not read is dropped.
    monkeypatch.setattr(screens, "MAX_WAITING_BYTES", 3_000_000)
    officer = await site.officer()
    slow, quick = await site.screen(officer), await site.screen(officer)
    await until(lambda: bool(slow.events and quick.events))
    slow.stop_reading()
    idents = [new_incident() for _ in range(40)]
    for turn in range(1, 41):  # the sockets' buffers take some megabytes before anything piles up
        await site.report_all([(ident, 1) for ident in idents], description="火" * 10_000)
        await until(lambda turn=turn: oldest_version(quick) == turn)  # type: ignore[misc]
        if site.metric("yzt_picture_dropped_clients_total"):
            break
    assert site.metric("yzt_picture_dropped_clients_total") == 1
    assert not quick.ended
    slow.read_on()
    await until(lambda: slow.ended)
    again = await site.screen(officer, slow.fold.cursor)
    again.fold.features = slow.fold.features
    last = await picture_of(officer)
    await until(lambda: len(again.features("incident")) == 40 and same(again, last))


async def test_two_hundred_screens_all_get_all_changes(site: PictureSite) -> None:
    officer = await site.officer()
    everybody = [await site.screen(officer) for _ in range(200)]
    await until(lambda: all(screen.events for screen in everybody))
    idents = [new_incident() for _ in range(20)]
    for turn in range(10):
        await site.report_all([(ident, turn % 2) for ident in idents])
        await asyncio.sleep(0.05)
    last = await picture_of(officer)
    while min(f["properties"]["version"] for f in last["features"] if f["id"].startswith("incident:")) < 10:
        last = await picture_of(officer)
    await until(lambda: all(same(screen, last) for screen in everybody))
    assert all(screen.events.count("snapshot") == 1 for screen in everybody)
    answers = await officer.get("/livez")
    assert answers.status_code == 200


async def test_after_a_restart_screens_go_on_where_they_were(tmp_path: Path) -> None:
    first, second = new_incident(), new_incident()
    async with picture_site(tmp_path) as site:
        officer = await site.officer()
        screen = await site.screen(officer)
        await site.report(first)
        await until(lambda: first in screen.features("incident"))
        before = await picture_of(officer)
        cursor = screen.fold.cursor
    async with picture_site(tmp_path) as site:
        screen_again = await site.screen(officer, cursor)
        screen_again.fold.features = screen.fold.features
        await site.report(second)
        await until(lambda: second in screen_again.features("incident"))
        after = await picture_of(officer_of(site, officer))
        assert "snapshot" not in screen_again.events
        assert after["epoch"] == before["epoch"]
        assert after["seq"] > before["seq"]
        assert screen_again.features("incident").keys() == {first, second}
        assert same(screen_again, after)


def officer_of(site: PictureSite, officer: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same session at the node that runs now."""
    client = site.node.anonymous()
    client.headers["Authorization"] = officer.headers["Authorization"]
    return client


async def test_a_killed_broker_is_seen_and_then_caught_up_with(site: PictureSite) -> None:
    officer = await site.officer()
    screen, ident = await site.screen(officer), new_incident()
    await until(lambda: bool(screen.events))
    bus = site.node.node.bus
    assert bus is not None
    assert bus.server is not None
    pid = bus.server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await site.report(ident)
    await until(lambda: ident in screen.features("incident"), 60)
    assert screen.events.count("snapshot") == 1
    assert not screen.ended


async def test_another_stream_makes_every_screen_begin_anew(site: PictureSite) -> None:
    officer = await site.officer()
    screen, ident = await site.screen(officer), new_incident()
    await site.report(ident)
    await until(lambda: ident in screen.features("incident"))
    bus = site.node.node.bus
    assert bus is not None
    client: Client = bus.connection("provision").client
    for name in ("ALL", "SITE_hub"):
        await client.request(f"$JS.API.STREAM.DELETE.{name}", b"")
    await until(lambda: screen.ended, 60)
    again = await site.screen(officer, screen.fold.cursor)
    await until(lambda: bool(again.events))
    assert again.events[0] == "snapshot"
    assert ident not in again.features("incident")
    assert str(again.fold.cursor).split(":", maxsplit=1)[0] != str(screen.fold.cursor).split(":", maxsplit=1)[0]
    assert site.metric("yzt_picture_restarts_total") == 1


async def test_the_document_is_the_same_pressed_and_plain(site: PictureSite) -> None:
    officer = await site.officer()
    await site.report(new_incident())
    plain = await officer.get("/api/picture", headers={"Accept-Encoding": "identity"})
    pressed = await officer.get("/api/picture", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert pressed.headers["content-encoding"] == "gzip"
    assert plain.json()["features"][0] == pressed.json()["features"][0]
    assert plain.headers["cache-control"] == "no-store"


async def test_a_unit_that_moves_moves_on_the_screen_without_a_fact(site: PictureSite) -> None:
    dispatcher = await site.officer("dispatcher")
    screen = await site.screen(dispatcher)
    unit = {"name": "旧宫消防站一中队", "kind": "fire_rescue", "lon": 116.40, "lat": 39.80}
    answer = await dispatcher.post("/api/units", json=unit)
    assert answer.status_code == 201, answer.text
    ident = answer.json()["id"]
    await until(lambda: ident in screen.features("unit"))
    seq = site.view()["seq"]
    moved = await dispatcher.post(f"/api/units/{ident}/position", json={"lon": 116.41, "lat": 39.81})
    assert moved.status_code == 202, moved.text
    await until(lambda: screen.features("unit")[ident]["geometry"]["coordinates"] == [116.41, 39.81])
    body = await picture_of(dispatcher)
    assert body["seq"] == seq
    assert [(one["id"], one["stale"]) for one in body["positions"]] == [(ident, False)]
    assert same(screen, body)
