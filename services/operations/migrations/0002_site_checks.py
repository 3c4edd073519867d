"""When sites were last heard, and the tasks to find out why one is silent."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "site_heard",
        sa.Column("site", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("heard_at", UtcTime, nullable=False),
    )
    op.create_table(
        "site_check",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened_at", UtcTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("record", Json, nullable=False),
    )
    op.create_index("ix_site_check_newest", "site_check", ["opened_at", "id"])
    op.create_index("ix_site_check_site", "site_check", ["site", "opened_at"])
