"""What came of roll calls, for the bulletin."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roll_call_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("started_at", UtcTime, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("called", "answered", "stand_in", "late", "missed")),
    )
    op.create_index("ix_roll_call_copy_started", "roll_call_copy", ["started_at"])
