"""Command at the scene: the post, its orders, evacuations, responses."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "command",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("incident_id", sa.String(36)),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("began_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.Column("private", Json),
    )
    one_each = sa.text("active AND kind IN ('post', 'evacuation')")
    op.create_index(
        "ux_command_active",
        "command",
        ["kind", "incident_id"],
        unique=True,
        sqlite_where=one_each,
        postgresql_where=one_each,
    )
    op.create_index("ix_command_incident", "command", ["kind", "incident_id", "began_at", "id"])
    op.create_index("ix_command_newest", "command", ["kind", "began_at", "id"])
    op.create_index("ix_command_due", "command", ["kind", "due_at"])
    op.create_index("ix_incident_copy_merged_into", "incident_copy", ["merged_into"])
