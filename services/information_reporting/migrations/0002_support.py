"""What superiors answered to a request for support."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("answer", Json))
