"""Calls: every one kept by itself, beside the incident that it opened or belongs to."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("incident_id", sa.String(36)),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("recorded_at", UtcTime, nullable=False),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("recorded_by_name", sa.Text, nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("phone_digits", sa.String(40)),
        sa.Column("organisation", sa.Text),
        sa.Column("post", sa.Text),
        sa.Column("said", sa.Text),
        sa.Column("type_code", sa.String(16)),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("source_crs", sa.String(16), nullable=False),
        sa.Column("place_text", sa.Text),
        sa.Column("township", sa.String(20)),
        sa.Column("told_others", Json, nullable=False),
        sa.Column("transfer", Json),
        sa.Column("closed_reason", sa.Text),
        sa.Column("destroy_after", UtcTime),
        sqlite_with_rowid=False,
    )
    _index("ix_call_incident", "incident_id", "incident_id IS NOT NULL")
    _index("ix_call_phone", "phone_digits", "phone_digits IS NOT NULL")
    _index("ix_call_pending", "id", "outcome = 'pending'")


def _index(name: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "call", [column], sqlite_where=condition, postgresql_where=condition)
