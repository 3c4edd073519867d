"""Accounts of the centre that may log in here too, to whom they were granted, and the keys that seal their hashes."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcTime

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("home_site", sa.String(32)))
    op.create_table(
        "sealing_key",
        sa.Column("site", sa.String(32), primary_key=True),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("private_key", sa.String(64)),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "account_grant",
        sa.Column("account_id", sa.String(36), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("site", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("given_at", UtcTime, nullable=False),
        sa.Column("revoked_at", UtcTime),
    )
