"""The air at the scene, and the steps that became due by themselves."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("observation", Json))
    op.create_table(
        "guidance_due",
        sa.Column("incident_id", sa.String(36), primary_key=True),
        sa.Column("step_id", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("applied_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
