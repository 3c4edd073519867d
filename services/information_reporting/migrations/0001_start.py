"""Reports and what was signed, clocks, rules, templates, copies; what was signed can never be changed."""

import sqlalchemy as sa
from alembic import op

from shared.storage.system import create_system_tables
from shared.storage.types import Json, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STAYS = ("signed_report", "report_step", "report_template")


def upgrade() -> None:
    create_system_tables(op.get_bind())
    _reports()
    _clocks()
    _copies()
    for table in _STAYS:
        _append_only(table)


def _reports() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("series", sa.String(64), nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("exercise", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_by_name", sa.Text, nullable=False),
        sa.Column("incident_id", sa.String(36)),
        sa.Column("incident_number", sa.String(64)),
        sa.Column("incident_title", sa.Text),
        sa.Column("type_code", sa.String(20)),
        sa.Column("township", sa.String(20)),
        sa.Column("township_name", sa.String(80)),
        sa.Column("day", sa.String(10)),
        sa.Column("fields", Json, nullable=False),
        sa.Column("prefilled", Json, nullable=False),
        sa.Column("baseline", Json),
        sa.Column("told", Json),
        sa.Column("document_number", sa.String(120)),
        sa.Column("signer_name", sa.Text),
        sa.Column("signed_at", UtcTime),
        sa.Column("sent_at", UtcTime),
        sa.Column("sent_to", sa.Text),
        sa.Column("sent_channel", sa.String(16)),
        sa.Column("receipted_at", UtcTime),
        sa.Column("receipted_by", sa.Text),
        sa.Column("phone", Json),
        sa.Column("supersedes", sa.String(36)),
        sa.Column("superseded_by", sa.String(36)),
        sa.Column("words", sa.Text, nullable=False),
        sa.UniqueConstraint("series", "kind", "serial", "revision", name="one_report_of_a_kind"),
    )
    op.create_index("ix_report_newest", "report", ["created_at", "id"])
    op.create_index("ix_report_incident", "report", ["incident_id", "kind"])
    op.create_index("ix_report_day", "report", ["day"])
    op.create_table(
        "signed_report",
        sa.Column("report_id", sa.String(36), primary_key=True),
        sa.Column("signed_at", UtcTime, nullable=False),
        sa.Column("signer_name", sa.Text, nullable=False),
        sa.Column("document_number", sa.String(120), nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "report_step",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("report_id", sa.String(36), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("actor_name", sa.Text),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("from_state", sa.String(16)),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text),
    )
    op.create_index("ix_report_step", "report_step", ["report_id", "id"])
    op.create_table(
        "report_template",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("digest", sa.String(64)),
        sa.Column("filename", sa.Text),
        sa.Column("uploaded_at", UtcTime, nullable=False),
        sa.Column("uploaded_by", sa.Text, nullable=False),
    )
    op.create_table(
        "document_series",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )


def _clocks() -> None:
    op.create_table(
        "report_clock",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("rule_id", sa.String(40), nullable=False),
        sa.Column("occasion", sa.String(80), nullable=False),
        sa.Column("incident_id", sa.String(36)),
        sa.Column("incident_number", sa.String(64)),
        sa.Column("incident_title", sa.Text),
        sa.Column("township", sa.String(20)),
        sa.Column("township_name", sa.String(80)),
        sa.Column("day", sa.String(10)),
        sa.Column("leg", sa.String(24), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("clock_from", sa.String(16), nullable=False),
        sa.Column("starts_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("remind_at", UtcTime),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("met_at", UtcTime),
        sa.Column("report_id", sa.String(36)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("subject", "rule_id", "occasion", name="one_clock_an_occasion"),
    )
    op.create_index("ix_report_clock_due", "report_clock", ["state", "due_at"])
    op.create_index("ix_report_clock_remind", "report_clock", ["state", "remind_at"])
    op.create_index("ix_report_clock_start", "report_clock", ["starts_at", "id"])
    op.create_table(
        "rule_book",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rules", Json, nullable=False),
        sa.Column("heading", Json, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
    )
    op.create_table(
        "reporting_start",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", UtcTime, nullable=False),
    )


def _copies() -> None:
    op.create_table(
        "incident_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("township", sa.String(20)),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("known_at", UtcTime, nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("body", Json, nullable=False),
    )
    op.create_index("ix_incident_copy_received", "incident_copy", ["received_at"])
    op.create_table(
        "assignment_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("unit_name", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("ordered_at", UtcTime, nullable=False),
    )
    op.create_index("ix_assignment_copy_incident_id", "assignment_copy", ["incident_id"])
    op.create_table(
        "call_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("acknowledged_at", UtcTime),
    )
    op.create_index("ix_call_copy_created", "call_copy", ["created_at"])
    op.create_table(
        "calendar_copy",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32)),
        sa.Column("name", sa.Text),
    )


def _append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )
