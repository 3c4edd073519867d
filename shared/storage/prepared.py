"""Statements of the hot path: compiled once for each kind of store, then handed to the driver as they are.

SQLAlchemy's own cache finds the compiled text again, but builds an execution context for each call; that took thrice
as long as the statement itself. Errors are wrapped as ever.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, Float
from sqlalchemy.engine import Compiled, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

_Processor = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Text:
    sql: str
    order: tuple[str, ...]
    positional: bool
    fixed: Mapping[str, Any]
    processors: Mapping[str, _Processor]
    shape: Callable[[Iterable[Any]], Any]
    converted: tuple[tuple[int, Callable[[Any], Any]], ...]

    def typed(self, raw: Iterable[Any]) -> Any:
        """A row with the types of its columns, its values by name."""
        values = list(raw)
        for place, convert in self.converted:
            values[place] = convert(values[place])
        return self.shape(values)

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        fixed, processors, ready = self.fixed, self.processors, {}
        for name in self.order:
            value = values[name] if name in values else fixed[name]
            process = processors[name]
            ready[name] = value if process is None else process(value)
        return tuple(ready[name] for name in self.order) if self.positional else ready


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a statement, their values by name; none if it gives none."""

    rows: list[Any]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def first(self) -> Any:
        """The first row, nothing without one."""
        return self.rows[0] if self.rows else None

    def scalar(self) -> Any:
        """The first value of the first row, nothing without one."""
        return self.rows[0][0] if self.rows else None

    def scalar_one(self) -> Any:
        """The only value of the only row."""
        ((value,),) = self.rows
        return value


class Prepared:
    """One statement.

    Args:
        statement: an insert, or anything with named parameters; no lists (`IN`), whose number is not known beforehand.
        columns: of an insert without explicit values.
    """

    def __init__(self, statement: Executable, columns: tuple[str, ...] = ()) -> None:
        self._statement = statement
        self._columns = columns
        self._texts: dict[str, _Text] = {}

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> Found:
        """Run it; rows come as the driver gives them, without the column types of SQLAlchemy."""
        text = self._text(connection)
        return Found([text.shape(row) for row in run(connection, text.sql, text.bound(values))])

    def execute_all(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it for each of the rows; nothing to do without any."""
        text = self._text(connection)
        bound = [text.bound(row) for row in rows]
        if bound:
            _run_all(connection, text.sql, bound)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Run a select; rows with the types of its columns, values by name."""
        text = self._text(connection)
        return [text.typed(row) for row in run(connection, text.sql, text.bound(values))]

    def _text(self, connection: Connection) -> _Text:
        text = self._texts.get(connection.dialect.name)
        if text is None:
            text = self._texts[connection.dialect.name] = self._compile(connection.dialect)
        return text

    def _compile(self, dialect: Dialect) -> _Text:
        columns = list(self._columns) or None
        compiled = self._statement.compile(dialect=dialect, column_keys=columns)  # type: ignore[attr-defined]
        return _text_of(compiled, dialect)


def run(connection: Connection, sql: str, values: Any = ()) -> list[Any]:
    """Run a statement in the driver's own words within the connection's transaction; the rows, if it gives any.

    Raises:
        DBAPIError: as SQLAlchemy raises it.
    """
    driver = _sqlite(connection)
    if driver is None:
        result = connection.exec_driver_sql(sql, values or None)
        return list(result.all()) if result.returns_rows else []
    try:
        return driver.execute(sql, values).fetchall()
    except sqlite3.Error as error:
        raise _wrapped(connection, sql, error) from error


def _run_all(connection: Connection, sql: str, rows: list[Any]) -> None:
    driver = _sqlite(connection)
    if driver is None:
        connection.exec_driver_sql(sql, rows)
        return
    try:
        driver.executemany(sql, rows)
    except sqlite3.Error as error:
        raise _wrapped(connection, sql, error) from error


def _sqlite(connection: Connection) -> sqlite3.Connection | None:
    """The driver's connection, if it is one of SQLite in a transaction: SQLAlchemy would begin one first."""
    driver = connection.connection.driver_connection if connection.in_transaction() else None
    return driver if isinstance(driver, sqlite3.Connection) else None


def _wrapped(connection: Connection, sql: str, error: sqlite3.Error) -> BaseException:
    # Without the values: an error's text goes to the log, personal data must not (突发事件应对法 §85).
    return DBAPIError.instance(sql, (), error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect)


def _text_of(compiled: Compiled, dialect: Dialect) -> _Text:
    positional = bool(compiled.positional)  # type: ignore[attr-defined]
    binds = compiled.binds  # type: ignore[attr-defined]
    order = tuple(compiled.positiontup) if positional else tuple(binds)  # type: ignore[attr-defined]
    processors = {name: binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order}
    fixed = {name: binds[name].value for name in order if not binds[name].required}
    # Its only account of the types.
    columns = compiled._result_columns or ()  # noqa: SLF001
    shape = namedtuple("Row", [column.keyname for column in columns], rename=True)  # type: ignore[misc]  # noqa: PYI024
    found = [_converter(column.type, dialect) for column in columns]
    converted = tuple((place, convert) for place, convert in enumerate(found) if convert is not None)
    return _Text(str(compiled), order, positional, fixed, processors, shape._make, converted)


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> _Processor:
    """What makes the driver's value ours. Drivers give floats as floats; PostgreSQL's dialect would ask for more."""
    return None if isinstance(kind, Float) else kind.dialect_impl(dialect).result_processor(dialect, None)
