"""What each version of an incident changed, so that who was slower can be told what happened meanwhile."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_change",
        sa.Column("incident_id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("fact", sa.String(32), nullable=False),
        sa.Column("actor_name", sa.Text),
        sa.Column("changed", Json, nullable=False),
        sqlite_with_rowid=False,
    )
