"""Who speaks for which unit, so that teams can be called out of danger."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unit_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("contact_name", sa.Text),
        sa.Column("contact_phone", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "account_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("person_id", sa.String(36)),
        sa.Column("unit_id", sa.String(36)),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_account_copy_unit_id", "account_copy", ["unit_id"])
