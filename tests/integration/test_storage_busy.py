"""Whether a store takes commits: one that works at something long does, one that hangs does not."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection

from shared.storage import database as storage
from shared.storage.database import Database

MIGRATIONS = Path(__file__).parents[2] / "services" / "operations" / "migrations"


async def test_a_long_import_leaves_the_site_ready_and_a_hanging_store_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Database.open(f"sqlite:///{tmp_path / 's.db'}", service="operations", migrations=MIGRATIONS)
    release = threading.Event()

    def long_work(_connection: Connection) -> bool:
        return release.wait(30)

    importing = asyncio.create_task(store.write(long_work))
    try:
        assert await store.is_writable(patience=0.05), "busy is not ill"
        monkeypatch.setattr(storage, "STUCK_SECONDS", 0.0)
        assert not await store.is_writable(patience=0.05), "what does not end is ill"
    finally:
        release.set()
    assert await importing
    assert await store.is_writable()
    await store.close()
