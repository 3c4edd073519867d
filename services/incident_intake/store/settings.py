"""What the bureau has decided, by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from services.incident_intake.tables.desk import SettingRow
from shared.storage.prepared import Prepared

_TABLE = SettingRow.__table__  # type: ignore[attr-defined]
_COLUMNS = ("name", "version", "value", "updated_at", "updated_by")
_BY_NAME = Prepared(select(*(_TABLE.c[name] for name in _COLUMNS)).where(_TABLE.c.name == bindparam("key")))


@dataclass(frozen=True, slots=True)
class Setting:
    """One decision as it is in force."""

    name: str
    version: int
    value: Any
    updated_at: datetime
    updated_by: str


def find_setting(connection: Connection, name: str) -> Setting | None:
    """The decision, None where the product's own value holds."""
    row = next(iter(_BY_NAME.rows(connection, {"key": name})), None)
    return None if row is None else Setting(*row)


def find_settings(connection: Connection, start: str) -> list[Setting]:
    """All decisions whose names begin so, by name."""
    wanted = select(_TABLE).where(_TABLE.c.name.startswith(start, autoescape=True)).order_by(_TABLE.c.name)
    return [Setting(**row._mapping) for row in connection.execute(wanted)]  # noqa: SLF001 — SQLAlchemy's public name


def save_setting(connection: Connection, setting: Setting) -> None:
    """Put it in the place of the one before."""
    connection.execute(delete(_TABLE).where(_TABLE.c.name == setting.name))
    connection.execute(insert(_TABLE), {name: getattr(setting, name) for name in _COLUMNS})


def drop_setting(connection: Connection, name: str) -> None:
    """Let the product's own value hold again."""
    connection.execute(delete(_TABLE).where(_TABLE.c.name == name))
