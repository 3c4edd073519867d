"""A moment in a request is written out: a bare number would silently be read as seconds since 1970."""

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args

import pytest
from pydantic import AwareDatetime, ValidationError

import services
from shared.http.schemas import Command


def _bodies(of: type[Command]) -> Iterator[type[Command]]:
    for one in of.__subclasses__():
        yield one
        yield from _bodies(one)


def _is_moment(kind: Any) -> bool:
    return kind in {datetime, AwareDatetime} or any(_is_moment(inner) for inner in get_args(kind))


def _moments() -> list[tuple[type[Command], str]]:
    for found in pkgutil.walk_packages(services.__path__, "services."):
        if ".migrations" not in found.name and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    fields = {(one, name) for one in _bodies(Command) for name, field in one.model_fields.items()
              if _is_moment(field.annotation)}  # fmt: skip
    return sorted(fields, key=lambda pair: (pair[0].__module__, pair[0].__qualname__, pair[1]))


@pytest.mark.parametrize(("body", "field"), _moments(), ids=lambda one: getattr(one, "__name__", one))
def test_a_moment_that_is_not_written_out_is_refused(body: type[Command], field: str) -> None:
    for said in (0, 4_102_444_800, "4102444800", "0026-07-31T10:00:00Z"):
        with pytest.raises(ValidationError) as caught:
            body.model_validate({field: said})
        assert "datetime_parsing" in {error["type"] for error in caught.value.errors() if error["loc"] == (field,)}
