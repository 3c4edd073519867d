"""The first tables of the picture."""

import sqlalchemy as sa
from alembic import op

from shared.storage.system import create_system_tables
from shared.storage.types import Json, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_system_tables(op.get_bind())
    op.create_table(
        "picture_cursor",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("stream_epoch", sa.String(80), nullable=False),
        sa.Column("epoch", sa.String(80), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("horizon", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "picture_item",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("touched", sa.BigInteger, nullable=False),
        sa.Column("feature", Json, nullable=True),
        sa.Column("audience", sa.String(32), nullable=True),
        sa.Column("former", Json, nullable=False),
        sa.Column("leaves_at", UtcTime, nullable=True),
        sa.Column("incident", sa.String(160), nullable=True),
    )
    op.create_index("ix_picture_item_touched", "picture_item", ["touched"])
    op.create_table(
        "picture_site",
        sa.Column("token", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("last_fact_at", sa.String(32), nullable=True),
        sa.Column("beat_at", sa.String(32), nullable=True),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("heard_at", UtcTime, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", UtcTime, nullable=True),
    )
    op.create_table(
        "picture_position",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("lon", sa.Float, nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("stale", sa.Boolean, nullable=False),
        sa.Column("touched", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in ("picture_position", "picture_site", "picture_item", "picture_cursor"):
        op.drop_table(table)
