"""Clocks that went on at an incident's next home, and what its former homes have told of theirs."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report_clock", sa.Column("passed_to", sa.String(32)))
    op.add_column("report_clock", sa.Column("passed_at", UtcTime))
    _copies("clock_elsewhere", sa.Column("body", Json, nullable=False))
    _copies(
        "told_elsewhere",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
    )


def _copies(table: str, *more: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("site", sa.String(32), nullable=False),
        *more,
    )
    op.create_index(f"ix_{table}_incident_id", table, ["incident_id"])
