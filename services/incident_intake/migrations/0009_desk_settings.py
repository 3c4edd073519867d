"""What the bureau decides for its desk as data, and what was asked and done for an incident."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
    )
    op.create_table(
        "guidance_answer",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("question_id", sa.String(40), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
    op.create_index("ix_guidance_answer_incident", "guidance_answer", ["incident_id", "id"])
    op.create_table(
        "guidance_step",
        sa.Column("incident_id", sa.String(36), primary_key=True),
        sa.Column("step_id", sa.String(40), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("step", Json, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
    )
