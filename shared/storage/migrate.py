"""Bringing a database to the present schema: expand then contract, never losing a row."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

_ENVIRONMENT = Path(__file__).parent / "alembic"


def upgrade(engine: Engine, migrations: Path) -> None:
    """Run the service's migrations that this database has not seen yet, all in one transaction.

    Args:
        engine: the writer's engine.
        migrations: the folder with the service's revision files.
    """
    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(migrations))
    config.set_main_option("path_separator", "newline")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
