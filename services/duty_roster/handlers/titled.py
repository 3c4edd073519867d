"""Faults of commands in the words of a table: the title of the column instead of the field."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.http.problem import fault_of
from shared.kernel.errors import DomainError, FieldFault, Invalid

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class Titled:
    """Runs what may fail, and tells faults at columns.

    Args:
        titles: title of the column by pointer of the field.
    """

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._titles = titles

    def command(self, model: type[M], **values: Any) -> M:
        """The command with these values.

        Raises:
            Invalid: a value does not fit its field.
        """
        try:
            return model(**values)
        except ValidationError as error:
            raise Invalid("request.invalid", faults=tuple(map(self._moved, map(fault_of, error.errors())))) from error

    def run(self, work: Callable[[], T]) -> T:
        """What the work returns; its faults are told at columns."""
        try:
            return work()
        except DomainError as error:
            error.faults = tuple(map(self._moved, error.faults))
            raise

    def _moved(self, fault: FieldFault) -> FieldFault:
        title = self._titles.get(fault.pointer)
        return FieldFault(f"/{title}" if title else fault.pointer, fault.code, **fault.params)
