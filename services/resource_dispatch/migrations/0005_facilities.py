"""The register of hazard sources and facilities."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "facility",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("code", sa.String(5), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind_group", sa.String(20), nullable=False),
        sa.Column("township", sa.String(20)),
        sa.Column("lon", sa.Float, nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("open_hazard", sa.Boolean, nullable=False),
        sa.Column("retired", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("search", sa.String, nullable=False),
        sa.Column("contact_name", sa.String(50)),
        sa.Column("contact_phone", sa.String(40)),
        sa.Column("record", Json, nullable=False),
    )
    there = sa.text("NOT retired")
    op.create_index(
        "ux_facility_name",
        "facility",
        ["home_site", "code", "name"],
        unique=True,
        sqlite_where=there,
        postgresql_where=there,
    )
    op.create_index("ix_facility_order", "facility", ["name", "id"])
    op.create_index("ix_facility_place", "facility", ["lat", "lon"])
    op.create_index("ix_facility_version", "facility", ["version"])
