"""Reports that were heard late and wait for what else is known of them."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "late_report",
        sa.Column("incident_id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("latest_at", UtcTime, nullable=False),
    )
    op.create_index("ix_late_report_due_at", "late_report", ["due_at"])
