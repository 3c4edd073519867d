"""What is plotted on the map, the winds, and which incident another was merged into."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident_copy", sa.Column("merged_into", sa.String(36)))
    op.create_table(
        "mark",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("incident_id", sa.String(36)),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("drawn_at", UtcTime, nullable=False),
        sa.Column("removed_at", UtcTime),
        sa.Column("contact_phone", sa.String(40)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("record", Json, nullable=False),
    )
    op.create_index("ix_mark_incident", "mark", ["incident_id", "drawn_at", "id"])
    op.create_index("ix_mark_newest", "mark", ["drawn_at", "id"])
    op.create_table(
        "wind",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("record", Json, nullable=False),
    )
    op.create_index("ix_wind_incident", "wind", ["incident_id", "at", "id"])
