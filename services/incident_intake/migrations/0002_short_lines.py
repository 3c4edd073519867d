"""Lines taken down for sites that are cut off, and what identifies the same report in their own logs."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FIGURES = ("dead", "missing", "injured", "trapped")


def upgrade() -> None:
    op.add_column("incident", sa.Column("on_behalf_of_site", sa.String(32)))
    op.add_column("incident", sa.Column("relay_channel", sa.String(16)))
    _lines()
    _own_reports()


def _lines() -> None:
    op.create_table(
        "short_line",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("unit", sa.String(3), nullable=False),
        sa.Column("era", sa.Integer, nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("given_check", sa.String(8), nullable=False),
        sa.Column("checked", sa.Boolean, nullable=False),
        sa.Column("confirmed_by", sa.Text),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("recorded_at", UtcTime, nullable=False),
        sa.Column("occurred_at", UtcTime, nullable=False),
        sa.Column("type_code", sa.String(16), nullable=False),
        *(sa.Column(name, sa.Integer) for name in (*_FIGURES, "moved")),
        sa.Column("outage", sa.String(3), nullable=False),
        sa.Column("risk", sa.Text, nullable=False),
        sa.Column("need", sa.Text, nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("taken_by", sa.Text, nullable=False),
    )
    op.create_index("ux_short_line_number", "short_line", ["unit", "era", "serial"], unique=True)
    op.create_index("ix_short_line_event", "short_line", ["unit", "type_code", "occurred_at"])
    op.create_index("ix_short_line_incident", "short_line", ["incident_id"])


def _own_reports() -> None:
    op.create_table(
        "own_report",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("unit", sa.String(3), nullable=False),
        sa.Column("type_code", sa.String(16), nullable=False),
        sa.Column("occurred_at", UtcTime, nullable=False),
        *(sa.Column(name, sa.Integer) for name in _FIGURES),
    )
    op.create_index("ix_own_report_event", "own_report", ["unit", "type_code", "occurred_at"])
