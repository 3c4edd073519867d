"""Each incident is compared with those of its hour: found by their time instead of reading every one that ever was."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_incident_copy_occurred_at", "incident_copy", ["occurred_at"])
