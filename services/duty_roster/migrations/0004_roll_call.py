"""Roll calls."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "duty_roster_0004"
down_revision = "duty_roster_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roll_call",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("slot", UtcTime, unique=True),
        sa.Column("next_due_at", UtcTime),
        sa.Column("body", Json, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("roll_call_by_time", "roll_call", ["at", "id"])
    op.create_index("roll_call_by_due", "roll_call", ["next_due_at"])
