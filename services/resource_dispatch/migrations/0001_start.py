"""The first tables of dispatch."""

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
        "unit",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("township", sa.String(20)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("position_at", UtcTime),
        sa.Column("record", Json, nullable=False),
    )
    op.create_index("ux_unit_name", "unit", ["home_site", "name"], unique=True)
    op.create_index("ix_unit_kind", "unit", ["kind", "status"])
    op.create_table(
        "assignment",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.String(80), nullable=False, unique=True),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("unit_id", sa.String(36), sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("ordered_at", UtcTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("record", Json, nullable=False),
    )
    active = sa.text("active")
    op.create_index(
        "ux_assignment_active", "assignment", ["unit_id"], unique=True, sqlite_where=active, postgresql_where=active
    )
    op.create_index("ix_assignment_incident", "assignment", ["incident_id", "ordered_at", "id"])
    op.create_index("ix_assignment_newest", "assignment", ["ordered_at", "id"])
    op.create_table(
        "incident_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("type_code", sa.String(16)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("township", sa.String(20)),
        sa.Column("version", sa.Integer, nullable=False),
    )
