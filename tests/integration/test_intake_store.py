"""The store of intake: the migrated schema is the one that the tables declare, on both stores."""

import pkgutil
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from services.incident_intake import tables
from shared.storage.database import Database
from shared.storage.system import SYSTEM
from tests.integration.intake_site import intake_site

for module in pkgutil.iter_modules(tables.__path__):
    import_module(f"{tables.__name__}.{module.name}")
MIGRATIONS = Path(__file__).parents[2] / "services" / "incident_intake" / "migrations"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_migrated_schema_is_the_declared_one(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    database = await Database.open(url, service="incident_intake", migrations=MIGRATIONS)

    def differences(connection: Connection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), tables.Base.metadata)
        ours = set(SYSTEM.tables) | {"alembic_version"}
        return [one for one in found if not (isinstance(one, tuple) and getattr(one[1], "name", "") in ours)]

    found = await database.write(differences)
    await database.close()
    assert [one for one in found if "outbox" not in str(one) and "search_gram" not in str(one)] == []


async def test_the_store_itself_refuses_to_change_a_timeline(tmp_path: Path, store_url: str | None) -> None:
    async with intake_site(tmp_path, database_url=store_url) as site:
        incident = await site.report()
        said = await site.timeline(incident)
        database = site.node.node.databases["incident_intake"]
        for change in ("UPDATE timeline SET actor_name = 'x'", "DELETE FROM timeline"):
            with pytest.raises(DBAPIError, match="append-only"):
                await database.write(partial(Connection.execute, statement=text(change)))
        assert await site.timeline(incident) == said
