"""Incidents that go on beside another site's, and what is known of those of other sites."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("continues", sa.String(36)))
    is_one = sa.text("continues IS NOT NULL")
    op.create_index(
        "ix_incident_continues", "incident", ["continues"], sqlite_where=is_one, postgresql_where=is_one
    )  # fmt: skip
    op.add_column("incident_elsewhere", sa.Column("record", Json))
