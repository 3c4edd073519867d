"""How grave incidents are: more figures, where the grade comes from, and the rules as a bureau has changed them."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("loss_yuan", sa.BigInteger),
        sa.Column("burnt_hectares", sa.Float),
        sa.Column("acute_poisoned", sa.Integer),
        sa.Column("first_public_at", UtcTime),
        sa.Column("first_public_where", sa.Text),
        sa.Column("grading", Json),
        sa.Column("clock_grade", sa.String(8)),
        sa.Column("figures", Json),
        sa.Column("casualty_window", Json),
        sa.Column("command_transfer", Json),
    ):
        op.add_column("incident", column)
    op.create_table(
        "grading_rules",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("rules", Json, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
    )
