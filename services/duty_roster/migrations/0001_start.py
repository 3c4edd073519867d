"""People, shifts, and the days of the calendar that were published."""

import sqlalchemy as sa
from alembic import op

from shared.storage.system import create_system_tables
from shared.storage.types import UtcTime

revision = "duty_roster_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_system_tables(op.get_bind())
    op.create_table(
        "person",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("organisation", sa.String(120)),
        sa.Column("phone", sa.String(40)),
        sa.Column("phone2", sa.String(40)),
        sa.Column("account", sa.String(40)),
        sa.Column("deputy_id", sa.String(36)),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("person_by_name", "person", ["name", "id"])
    op.create_table(
        "shift",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("post", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("starts_at", UtcTime, nullable=False),
        sa.Column("ends_at", UtcTime, nullable=False),
        sa.Column("period_kind", sa.String(32), nullable=False),
        sa.Column("period_given", sa.Boolean, nullable=False),
        sa.Column("note", sa.String(500)),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("shift_by_start", "shift", ["starts_at", "id"])
    op.create_index("shift_of_person", "shift", ["person_id", "starts_at"])
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80)),
        sa.Column("basis", sa.String(300), nullable=False),
        sa.Column("entered_by", sa.String(80), nullable=False),
        sa.Column("entered_at", UtcTime, nullable=False),
    )
