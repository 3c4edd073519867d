"""The first tables of notification, with the policy that calling starts from."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.storage.system import create_system_tables
from shared.storage.types import Json, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_WAYS = ["in_app", "webhook"]
_EVERYONE = ["duty_officer", "chief_officer", "duty_leader", "government_leader"]
_BASIS = "“叫应”做法的建议值（60 秒重呼、3 分钟叫带班领导及其 AB 角、5 分钟叫全体在班人员），不是法定时限，待局方确认"


def upgrade() -> None:
    create_system_tables(op.get_bind())
    _notifications()
    _targets()
    _attempts()
    _configuration()
    _copies()


def _notifications() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("dedupe_key", sa.String(120), nullable=False, unique=True),
        sa.Column("correlation_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("created_by", sa.Text),
        sa.Column("steps", Json, nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("exercise", sa.Boolean, nullable=False),
        sa.Column("incident_id", sa.String(36)),
        sa.Column("incident_number", sa.String(64)),
        sa.Column("level", sa.String(8)),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("next_due_at", UtcTime),
        sa.Column("acknowledged_at", UtcTime),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("acknowledged_account", sa.String(64)),
        sa.Column("ack_note", sa.Text),
        sa.Column("on_behalf_of", sa.String(36)),
        sa.Column("on_behalf_of_name", sa.Text),
        sa.Column("phone_answer", sa.Boolean, nullable=False),
        sa.Column("cancelled_at", UtcTime),
        sa.Column("cancelled_by", sa.Text),
        sa.Column("cancel_reason", sa.String(32)),
        sa.Column("cancel_words", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_notification_due", "notification", ["state", "next_due_at"])
    op.create_index("ix_notification_newest", "notification", ["created_at", "id"])
    op.create_index("ix_notification_incident_id", "notification", ["incident_id"])


def _targets() -> None:
    op.create_table(
        "target",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("notification_id", sa.String(36), sa.ForeignKey("notification.id"), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("post", sa.String(32)),
        sa.Column("person_id", sa.String(36)),
        sa.Column("person_name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("account", sa.Text),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", UtcTime),
        sa.Column("leased_until", UtcTime),
    )
    op.create_index("ix_target_notification", "target", ["notification_id", "id"])
    op.create_index("ix_target_due", "target", ["state", "due_at"])
    op.create_index("ix_target_person_id", "target", ["person_id"])
    op.create_index("ix_target_account", "target", ["account"])


def _attempts() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("delivery_id", sa.String(36), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("detail", sa.Text),
    )
    op.create_index("ix_attempt_delivery", "attempt", ["delivery_id", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER attempt_no_{change.lower()} BEFORE {change} ON attempt "
                "BEGIN SELECT RAISE(ABORT, 'attempt is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION attempt_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'attempt is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER attempt_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON attempt "
        "FOR EACH STATEMENT EXECUTE FUNCTION attempt_is_append_only()"
    )


def _configuration() -> None:
    op.create_table("seen_clock", sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
                    sa.Column("at", UtcTime, nullable=False))  # fmt: skip
    policy = op.create_table(
        "notification_policy",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("steps", Json, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", UtcTime),
        sa.Column("updated_by", sa.Text),
    )
    steps = [
        _step(0, ["duty_officer"]),
        _step(60, ["duty_officer"]),
        _step(180, ["duty_leader"], deputies=True),
        _step(300, _EVERYONE),
    ]
    op.bulk_insert(policy, [{"id": 1, "steps": steps, "basis": _BASIS, "verified": False, "version": 1}])


def _step(after: int, posts: list[str], *, deputies: bool = False) -> dict[str, Any]:
    return {"after_seconds": after, "posts": posts, "channels": _WAYS, "deputies": deputies, "people": []}


def _copies() -> None:
    op.create_table(
        "person_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone", sa.Text),
        sa.Column("account", sa.Text),
        sa.Column("deputy_id", sa.String(36)),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "shift_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("post", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("person_name", sa.Text, nullable=False),
        sa.Column("starts_at", UtcTime, nullable=False),
        sa.Column("ends_at", UtcTime, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("home_site", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_shift_copy_end", "shift_copy", ["home_site", "ends_at"])
    op.create_table(
        "incident_copy",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("place", sa.Text),
        sa.Column("township", sa.String(20)),
        sa.Column("grade", sa.String(8)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
