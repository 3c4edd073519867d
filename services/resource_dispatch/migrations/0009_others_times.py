"""The centre looks for its own incidents among other sites' alone: those of its own hour, in a flood, are very many."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    others = sa.text("home_site != 'hub'")
    op.create_index(
        "ix_incident_copy_others", "incident_copy", ["occurred_at"], sqlite_where=others, postgresql_where=others
    )  # fmt: skip
