"""The site's own journal: only the tables that every store has."""

from alembic import op

from shared.storage.system import create_system_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_system_tables(op.get_bind())
