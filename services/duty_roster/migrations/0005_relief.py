"""Reliefs."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "duty_roster_0005"
down_revision = "duty_roster_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relief",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("relief_by_time", "relief", ["at", "id"])
    op.create_index("relief_by_state", "relief", ["state"])
