"""From a committed transaction to a handler: the real outbox of a real database over the real broker."""

import asyncio
from pathlib import Path

import pytest

from services import incident_intake
from shared.contracts.envelope import Envelope
from shared.messaging.bus import Participant
from shared.messaging.subscriptions import Subscription
from shared.storage.database import Database
from shared.storage.outbox import DatabaseOutbox
from shared.storage.system import append_facts
from tests.integration.messaging_bed import INTAKE, NOTIFY, fact, running_bus, until

pytestmark = pytest.mark.nats


async def commit(database: Database, envelope: Envelope) -> None:
    await database.write(lambda connection: append_facts(connection, envelope))


async def test_committed_facts_reach_the_handler_in_order_although_the_broker_is_killed(tmp_path: Path) -> None:
    heard: list[str] = []

    async def hear(envelope: Envelope) -> None:
        heard.append(envelope.id)

    migrations = Path(str(incident_intake.__path__[0])) / "migrations"
    database = await Database.open(f"sqlite:///{tmp_path}/intake.db", service="incident_intake", migrations=migrations)
    listening = Participant(NOTIFY, subscriptions=(Subscription("notification__on_any", ("intake.>",), hear),))
    committed: list[str] = []
    async with running_bus(tmp_path, Participant(INTAKE, DatabaseOutbox(database)), listening) as bus:
        assert bus.server is not None
        for number in range(1, 61):
            envelope = fact(number)
            await commit(database, envelope)
            committed.append(envelope.id)
            if number == 30:
                bus.server.kill()
            await asyncio.sleep(0.005)
        await until(lambda: committed[-1] in heard)
    waiting, _ = await DatabaseOutbox(database).backlog()
    await database.close()
    assert list(dict.fromkeys(heard)) == committed
    assert waiting == 0
