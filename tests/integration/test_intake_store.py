"""The store of intake: the migrated schema is the one that the tables declare, on both stores."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.incident_intake.tables import Base
from shared.storage.database import Database
from shared.storage.system import SYSTEM

MIGRATIONS = Path(__file__).parents[2] / "services" / "incident_intake" / "migrations"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_migrated_schema_is_the_declared_one(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    database = await Database.open(url, service="incident_intake", migrations=MIGRATIONS)

    def differences(connection: Connection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        ours = set(SYSTEM.tables) | {"alembic_version"}
        return [one for one in found if not (isinstance(one, tuple) and getattr(one[1], "name", "") in ours)]

    found = await database.write(differences)
    await database.close()
    assert [one for one in found if "outbox" not in str(one)] == []
