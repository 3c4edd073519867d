"""The first tables of intake."""

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
    _incidents()
    _timelines()
    _callers()
    _warnings()


def _incidents() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("type_code", sa.String(16)),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("grade", sa.String(8)),
        sa.Column("possible_grade", sa.String(8)),
        sa.Column("sensitive", sa.Boolean, nullable=False),
        sa.Column("sensitive_reasons", Json, nullable=False),
        sa.Column("occurred_at", UtcTime, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("closed_at", UtcTime),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("source_crs", sa.String(16), nullable=False),
        sa.Column("place_text", sa.Text),
        sa.Column("township", sa.String(20)),
        *(sa.Column(name, sa.Integer) for name in ("dead", "missing", "serious", "injured", "trapped")),
        sa.Column("description", sa.Text),
        sa.Column("merged_into", sa.String(36)),
        sa.Column("status_before_merge", sa.String(16)),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_by_name", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_incident_number", "incident", ["number"], unique=True)
    op.create_index("ix_incident_newest", "incident", ["received_at", "id"])
    op.create_index("ix_incident_status_newest", "incident", ["status", "received_at", "id"])
    op.create_index("ix_incident_township", "incident", ["township", "received_at"])
    is_merged = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "ix_incident_merged_into",
        "incident",
        ["merged_into"],
        sqlite_where=is_merged,
        postgresql_where=is_merged,
    )


def _timelines() -> None:
    op.create_table(
        "timeline",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("recorded_at", UtcTime, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("actor_name", sa.Text),
        sa.Column("params", Json, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_timeline_newest", "timeline", ["incident_id", "at", "id"])
    op.create_table(
        "number_series",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _callers() -> None:
    op.create_table(
        "caller",
        sa.Column("incident_id", sa.String(36), primary_key=True),
        *(sa.Column(name, sa.Text) for name in ("name", "phone", "organisation", "note")),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("recorded_at", UtcTime, nullable=False),
        sa.Column("destroy_after", UtcTime),
    )
    op.create_index("ix_caller_destroy_after", "caller", ["destroy_after"])
    op.create_table(
        "caller_access",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("incident_number", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
    )
    op.create_index("ix_caller_access_recent", "caller_access", ["incident_id", "account_id", "at"])


def _warnings() -> None:
    op.create_table(
        "warning",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("sent", UtcTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("expires_at", UtcTime),
        sa.Column("superseded_by", sa.String(36)),
        sa.Column("record", Json, nullable=False),
        sa.Column("faults", Json, nullable=False),
        sa.Column("geometry", Json),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
    )
    op.create_index("ux_warning_key", "warning", ["identifier", "sender", "sent"], unique=True)
    op.create_index("ix_warning_newest", "warning", ["sent", "id"])
    op.create_index("ix_warning_due", "warning", ["state", "expires_at"])
    op.create_table(
        "warning_reference",
        sa.Column("warning_id", sa.String(36), primary_key=True),
        sa.Column("identifier", sa.Text, primary_key=True),
    )
    op.create_index("ix_warning_reference_identifier", "warning_reference", ["identifier"])
