"""Streams, consumers and rights: the same after every start, and nobody can do more than their work."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from shared.contracts.envelope import Envelope, encode
from shared.kernel.errors import Conflict, Malformed, Unavailable
from shared.messaging.access import PROVISION, ServiceAccess
from shared.messaging.js_api import ApiError, call, store
from shared.messaging.names import ALL, DLQ
from shared.messaging.nats_server import NatsServer
from shared.messaging.provision import consumer_configs, ensure_stream, provision, stream_configs
from shared.messaging.subscriptions import Subscription
from tests.integration.messaging_bed import INTAKE, PICTURE, connected, fact, settings, until

pytestmark = pytest.mark.nats

CONSUMER = "notification__on_incident"
NOTIFY = ServiceAccess("notification", "notify", consumers=(CONSUMER,))


async def ignore(_: Envelope) -> None:
    return


SUBSCRIPTION = Subscription(CONSUMER, ("intake.incident.*.v1", "dispatch.>"), ignore)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    running = NatsServer(settings(tmp_path, INTAKE, NOTIFY, PICTURE))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def admin(server: NatsServer, tmp_path: Path) -> AsyncIterator[Client]:
    async with connected(server, tmp_path, PROVISION) as connection:
        await provision(connection.client, "hub", [SUBSCRIPTION])
        yield connection.client


async def configuration(admin: Client) -> list[Any]:
    names = [config["name"] for config in stream_configs("hub")]
    streams = [(await call(admin, f"STREAM.INFO.{name}"))["config"] for name in names]
    consumers = [(await call(admin, f"CONSUMER.INFO.{stream}.{CONSUMER}"))["config"] for stream in (ALL, DLQ)]
    return streams + consumers


async def test_a_second_run_changes_nothing(admin: Client) -> None:
    before = await configuration(admin)
    await provision(admin, "hub", [SUBSCRIPTION])
    assert await configuration(admin) == before


async def test_what_protects_facts_is_set(admin: Client) -> None:
    site, everything, telemetry, letters = (await configuration(admin))[:4]
    for stream in (site, everything):
        assert (stream["storage"], stream["discard"]) == ("file", "new")
        assert stream["deny_delete"]
        assert stream["deny_purge"]
        assert stream["metadata"]["epoch"]
    assert site["allow_atomic"]
    assert "subjects" not in everything
    assert (telemetry["storage"], telemetry["max_msgs_per_subject"]) == ("memory", 1)
    assert letters["subjects"] == ["dlq.>", "retry.>"]


async def test_a_difference_that_is_safe_is_corrected_and_the_epoch_stays(admin: Client) -> None:
    before = (await call(admin, f"STREAM.INFO.{ALL}"))["config"]
    await call(admin, f"STREAM.UPDATE.{ALL}", {**before, "duplicate_window": 120_000_000_000})
    await provision(admin, "hub")
    assert (await call(admin, f"STREAM.INFO.{ALL}"))["config"] == before


async def test_a_difference_that_cannot_be_corrected_is_an_error_that_names_it(admin: Client) -> None:
    wanted = {**stream_configs("hub")[3], "storage": "memory"}
    with pytest.raises(Conflict) as caught:
        await ensure_stream(admin, wanted)
    assert caught.value.code == "broker.stream_differs"
    assert caught.value.params == {"stream": DLQ, "fields": "storage"}


async def test_a_changed_subscription_changes_its_durable_in_place(admin: Client) -> None:
    before = await call(admin, f"CONSUMER.INFO.{ALL}.{CONSUMER}")
    await provision(admin, "hub", [Subscription(CONSUMER, ("intake.>",), ignore)])
    info = await call(admin, f"CONSUMER.INFO.{ALL}.{CONSUMER}")
    assert info["config"]["filter_subjects"] == ["evt.*.intake.>"]
    assert info["created"] == before["created"], "made anew, so that everything would be delivered again"


async def test_a_service_publishes_its_own_context_only(server: NatsServer, admin: Client, tmp_path: Path) -> None:
    async with connected(server, tmp_path, INTAKE.name) as intake, connected(server, tmp_path, NOTIFY.name) as notify:
        envelope = fact(1)
        assert await store(intake.client, "SITE_hub", envelope.type, encode(envelope), {}) == 1
        for subject in (envelope.type, "evt.other.notify.notification.sent.v1", "retry.other__consumer", "dlq.other"):
            await refused(notify.client, subject)
        assert await store(notify.client, DLQ, f"dlq.{CONSUMER}", b"{}", {}) == 1
    assert (await call(admin, "STREAM.INFO.SITE_hub"))["state"]["messages"] == 1


async def refused(client: Client, subject: str) -> None:
    storing = asyncio.create_task(store(client, "SITE_hub", subject, b"{}", {}))
    # The broker says so beside the answer, which never comes; the library tells it in small letters.
    await until(lambda: f'violation for publish to "{subject.lower()}"' in str(client.last_error).lower())
    assert not storing.done()
    storing.cancel()
    await asyncio.gather(storing, return_exceptions=True)


async def test_a_service_cannot_administer(server: NatsServer, admin: Client, tmp_path: Path) -> None:
    async with connected(server, tmp_path, INTAKE.name) as intake:
        for subject in ("STREAM.DELETE.SITE_hub", "STREAM.PURGE.SITE_hub", f"CONSUMER.DELETE.{ALL}.{CONSUMER}"):
            with pytest.raises(Unavailable):
                await call(intake.client, subject, timeout=0.2)
    assert (await call(admin, "STREAM.INFO.SITE_hub"))["config"]["name"] == "SITE_hub"


async def test_not_even_the_administrator_removes_a_fact(server: NatsServer, admin: Client, tmp_path: Path) -> None:
    async with connected(server, tmp_path, INTAKE.name) as intake:
        envelope = fact(1)
        await store(intake.client, "SITE_hub", envelope.type, encode(envelope), {})
    with pytest.raises(ApiError):
        await call(admin, "STREAM.MSG.DELETE.SITE_hub", {"seq": 1})
    with pytest.raises(ApiError):
        await call(admin, "STREAM.PURGE.SITE_hub")


async def test_the_drill_hears_nothing_of_the_real_thing(server: NatsServer, admin: Client, tmp_path: Path) -> None:
    heard: list[str] = []

    async def hear(message: Any) -> None:
        heard.append(message.subject)

    async with (
        connected(server, tmp_path, INTAKE.name) as intake,
        connected(server, tmp_path, PICTURE.name, "REAL") as real,
        connected(server, tmp_path, PICTURE.name, "DRILL") as drill,
        connected(server, tmp_path, PROVISION, "DRILL") as drill_admin,
    ):
        await drill.client.subscribe("all.evt.>", cb=hear)
        await drill.client.subscribe("tel.>", cb=hear)
        await drill.client.flush()
        witness = await real.client.subscribe("all.evt.>")
        await real.client.flush()
        envelope = fact(1)
        await store(intake.client, "SITE_hub", envelope.type, encode(envelope), {})
        await intake.client.publish("tel.hub.unit.u1", b"{}")
        await witness.next_msg(timeout=5)
        await drill.client.flush()
        assert heard == []
        with pytest.raises(ApiError, match="10059"):
            await call(drill_admin.client, "STREAM.INFO.SITE_hub")


async def test_a_stranger_is_refused(server: NatsServer) -> None:
    client = Client()
    with pytest.raises(Exception, match=r"(?i)authorization"):
        await client.connect(server.url, allow_reconnect=False, connect_timeout=2)


def test_a_subscription_that_could_never_hear_anything_is_refused() -> None:
    with pytest.raises(Malformed):
        consumer_configs([Subscription(CONSUMER, ("weather.*.*.v1",), ignore)])
