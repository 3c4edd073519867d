"""What dispatch knows of other sites, what they ask of each other, and what two of them did to one thing."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident_copy", sa.Column("home_site", sa.String(32), nullable=False, server_default="hub"))
    op.add_column("incident_copy", sa.Column("occurred_at", UtcTime))
    op.create_table(
        "assignment_seen",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("unit_name", sa.String(100), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("incident_title", sa.String, nullable=False),
        sa.Column("ordered_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_assignment_seen_name", "assignment_seen", ["unit_name"])
    op.create_table(
        "request",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("from_site", sa.String(32), nullable=False),
        sa.Column("to_site", sa.String(32), nullable=False),
        sa.Column("unit_id", sa.String(36), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("requested_at", UtcTime, nullable=False),
        sa.Column("valid_until", UtcTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("record", Json, nullable=False),
    )
    op.create_index("ix_request_newest", "request", ["requested_at", "id"])
    op.create_index("ix_request_due", "request", ["state", "valid_until"])
    op.create_table(
        "conflict",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("found_at", UtcTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("record", Json, nullable=False),
    )
    op.create_index("ix_conflict_newest", "conflict", ["found_at", "id"])
