"""The envelope of every fact: CloudEvents 1.0 as structured JSON, the same bytes in outbox, broker and browser."""

from functools import cached_property
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from shared.contracts.subjects import FactSubject, parse_fact
from shared.kernel.clock import UtcDatetime, wire_time
from shared.kernel.errors import Malformed


class Envelope(BaseModel):
    """One fact with its context attributes.

    Unknown attributes are ignored, so that a newer site may add some. `type` is the NATS subject, `subject` the id
    of the aggregate, `time` when it was recorded (not when it occurred: that is in `data`), `aggregateversion` the
    order within the aggregate.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(min_length=1, max_length=64)
    source: str = Field(pattern=r"^/sites/[a-z][a-z0-9_]{0,31}/[a-z][a-z0-9_]{0,31}$")
    type: str
    subject: str = Field(min_length=1, max_length=128)
    time: UtcDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]
    aggregateversion: int = Field(ge=0)
    correlationid: str
    causationid: str | None = None
    actorid: str | None = None
    exercise: bool = False
    traceparent: str | None = None

    @field_validator("type")
    @classmethod
    def _type_is_subject(cls, value: str) -> str:
        try:
            parse_fact(value)
        except Malformed as error:
            raise ValueError(error.code) from error
        return value

    @cached_property
    def _parts(self) -> FactSubject:
        return parse_fact(self.type)

    @property
    def site(self) -> str:
        """The home site, the only writer of the aggregate."""
        return self._parts.site

    @property
    def context(self) -> str:
        """The context that owns the fact."""
        return self._parts.context

    @property
    def aggregate(self) -> str:
        """The sort of thing it happened to, for example `incident`."""
        return self._parts.aggregate

    @property
    def fact(self) -> str:
        """What happened, past tense."""
        return self._parts.fact

    @property
    def major(self) -> int:
        """Major version of the payload's schema."""
        return self._parts.major

    @property
    def kind(self) -> str:
        """The type without the place: `intake.incident.reported.v1`."""
        return self._parts.kind


_NAMES = tuple(Envelope.model_fields)


def encode(envelope: Envelope) -> bytes:
    """The JSON document; absent attributes are left out.

    Raises:
        TypeError: `data` holds something that is not JSON (a naive mistake such as a `datetime`).
    """
    values = envelope.__dict__
    document = {name: values[name] for name in _NAMES if values[name] is not None}
    document["time"] = wire_time(envelope.time)
    return orjson.dumps(document, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS)


def decode(body: bytes) -> Envelope:
    """The envelope in these bytes.

    Raises:
        Malformed: `event.unreadable`, with the first reason found.
    """
    try:
        return Envelope.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Malformed("event.unreadable", reason=first["type"], where=where) from error
