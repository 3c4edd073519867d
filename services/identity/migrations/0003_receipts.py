"""What has arrived of a grant at the other site, and what this site has told about those it received."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcTime

revision = "identity_0003"
down_revision = "identity_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("receipted", sa.Integer))
    op.add_column("account_grant", sa.Column("told_at", UtcTime))
    op.add_column("account_grant", sa.Column("arrived_version", sa.Integer))
    op.add_column("account_grant", sa.Column("arrived_at", UtcTime))
    op.add_column("account_grant", sa.Column("opens_there", sa.Boolean))
    op.add_column("account_grant", sa.Column("username_there", sa.String(40)))
