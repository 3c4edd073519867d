"""Which incident goes on beside which."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident_copy", sa.Column("continues", sa.String(36)))
    op.create_index("ix_incident_copy_continues", "incident_copy", ["continues"])
