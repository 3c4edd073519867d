"""Handovers, what may be open at a change of shift, and what the bureau decided about its duty."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "duty_roster_0003"
down_revision = "duty_roster_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty_setting",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("body", Json, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("updated_by", sa.String(80), nullable=False),
    )
    op.create_table(
        "open_matter",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("bundle", sa.String(64)),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime),
    )
    op.create_index("open_matter_open", "open_matter", ["is_open", "since"])
    op.create_table(
        "handover",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("handover_by_time", "handover", ["at", "id"])
    op.create_index("handover_by_state", "handover", ["state"])
