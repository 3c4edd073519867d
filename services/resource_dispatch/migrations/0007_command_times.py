"""Orders and responses in force are watched from now on: when they are due stood in the record only."""

import sqlalchemy as sa
from alembic import op

from shared.kernel.clock import parse_time
from shared.storage.types import Json, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COMMAND = sa.table(
    "command",
    sa.column("id", sa.String),
    sa.column("kind", sa.String),
    sa.column("active", sa.Boolean),
    sa.column("due_at", UtcTime),
    sa.column("record", Json),
)
_DUE = {"order": "due_at", "activation": "expected_until"}


def upgrade() -> None:
    connection = op.get_bind()
    wanted = (_COMMAND.c.kind.in_(_DUE), _COMMAND.c.active.is_(True))
    for row in connection.execute(sa.select(_COMMAND).where(*wanted)).all():
        due = row.record.get(_DUE[row.kind])
        if due is not None:
            connection.execute(sa.update(_COMMAND).where(_COMMAND.c.id == row.id).values(due_at=parse_time(due)))
