"""When the unit where it happened reported by itself (国务院令 493 号 §9)."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("unit_report", Json))
