"""Whose shift it is that this site must not change."""

import sqlalchemy as sa
from alembic import op

revision = "duty_roster_0002"
down_revision = "duty_roster_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shift_elsewhere",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("home_site", sa.String(32), nullable=False),
    )
