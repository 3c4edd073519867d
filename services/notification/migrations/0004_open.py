"""How many call-outs stand open and since when is asked with each look: answered from an index, without their rows."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_notification_open", "notification", ["state", "created_at"])
