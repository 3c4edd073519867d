"""Finding things: an index of grams beside the incidents, kept searches; decisions about personal data."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("grade", sa.String(8)),
        sa.Column("type_code", sa.String(16)),
        sa.Column("township", sa.String(20)),
        sa.Column("sensitive", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.UniqueConstraint("kind", "id", name="ux_search_entry"),
    )
    op.create_index("ix_search_entry_newest", "search_entry", ["received_at", "id"])
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rules", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("query", Json, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.UniqueConstraint("account_id", "name", name="ux_saved_view_name"),
    )
    _index_of_grams()
    _personal_data()
    # What was heard of others' incidents and is not indexed yet is found without looking at the rest.
    op.add_column(
        "incident_elsewhere", sa.Column("indexed_version", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
    behind = sa.text("indexed_version <> version")
    op.create_index(
        "ix_incident_elsewhere_behind", "incident_elsewhere", ["id"], sqlite_where=behind, postgresql_where=behind
    )  # fmt: skip


def _index_of_grams() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # Grams come ready, with a space between: ASCII letters and digits and all other characters are parts of words.
        op.execute(
            "CREATE VIRTUAL TABLE search_gram "
            "USING fts5(grams, content='', columnsize=0, detail=none, tokenize='ascii')"
        )
        return
    op.execute("CREATE TABLE search_gram (place INTEGER PRIMARY KEY, grams TEXT[] NOT NULL)")
    op.execute("CREATE INDEX ix_search_gram ON search_gram USING gin (grams)")


def _personal_data() -> None:
    op.create_table(
        "retention",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("before", UtcTime, nullable=False),
        sa.Column("until", UtcTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("assessment", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
    )
    op.create_index("ix_retention_incident", "retention", ["incident_id", "at"])
    op.create_table(
        "destruction",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("readings", sa.Integer, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("reason", sa.Text),
    )
    op.create_index("ix_destruction_newest", "destruction", ["at", "id"])
