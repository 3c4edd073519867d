"""Column types that behave alike in SQLite and PostgreSQL."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from shared.kernel.clock import parse_time, wire_time


class UtcTime(TypeDecorator[datetime]):
    """An instant as RFC 3339 text in UTC: sorts by time, survives both stores, readable in any tool."""

    impl = String(24)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 — given by SQLAlchemy
        return None if value is None else wire_time(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else parse_time(value)


class Json(TypeDecorator[Any]):
    """A JSON document as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 — any JSON
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 — any JSON
        return None if value is None else orjson.loads(value)
