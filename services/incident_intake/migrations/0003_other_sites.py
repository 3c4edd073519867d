"""Where incidents have their home, and what sites ask about it."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_handover",
        sa.Column("incident_id", sa.String(36), primary_key=True),
        sa.Column("handover", Json),
        sa.Column("succession", Json, nullable=False),
        sa.Column("due_at", UtcTime),
    )
    op.create_index("ix_incident_handover_due", "incident_handover", ["due_at"])
    op.create_table(
        "handover_offer",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("incident_number", sa.String(64), nullable=False),
        sa.Column("incident_title", sa.Text, nullable=False),
        sa.Column("requested_at", UtcTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("handover", Json, nullable=False),
        sa.Column("answer", sa.String(16)),
    )
    op.create_index("ix_handover_offer_newest", "handover_offer", ["requested_at", "id"])
    op.create_table(
        "incident_elsewhere",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("township", sa.String(20)),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_incident_elsewhere_site", "incident_elsewhere", ["home_site"])
