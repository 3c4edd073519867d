"""What the bureau decided about its duty, by name; without a decision the product's own holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from services.duty_roster.tables import SETTING


@dataclass(frozen=True, slots=True)
class Setting:
    """A decision; `version` 0 is the product's own."""

    body: Any
    version: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


def find_setting(connection: Connection, name: str) -> Setting | None:
    """The decision, if there is one."""
    row = connection.execute(select(SETTING).where(SETTING.c.name == name)).first()
    return None if row is None else Setting(row.body, row.version, row.updated_at, row.updated_by)


def keep_setting(connection: Connection, name: str, setting: Setting) -> None:
    """Put it into force."""
    values = {
        "body": setting.body, "version": setting.version,
        "updated_at": setting.updated_at, "updated_by": setting.updated_by,
    }  # fmt: skip
    if find_setting(connection, name) is None:
        connection.execute(insert(SETTING), {"name": name, **values})
    else:
        connection.execute(update(SETTING).where(SETTING.c.name == name).values(**values))
