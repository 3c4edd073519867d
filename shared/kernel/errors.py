"""Errors of the domain: a stable code with parameters, never a sentence and never an HTTP status.

`shared.http.problem` maps the kind to a status and finds the Chinese sentence under `problem.<code>`.
"""

from typing import ClassVar


class FieldFault:
    """One faulty field of an input.

    Args:
        pointer: RFC 6901 pointer to the field, for example `/location/lon`.
        code: stable code, labelled `problem.<code>` in the catalogue.
        params: values for the sentence.
    """

    def __init__(self, pointer: str, code: str, **params: object) -> None:
        self.pointer = pointer
        self.code = code
        self.params = params

    def __repr__(self) -> str:
        return f"FieldFault({self.pointer!r}, {self.code!r}, {self.params!r})"


class DomainError(Exception):
    """A rule was broken in a way that was foreseen. Raise a subclass.

    Args:
        code: stable code such as `incident.already_closed`.
        faults: the faulty fields, if the input is at fault.
        params: values for the sentence; they are sent to the client, so no secrets.
    """

    kind: ClassVar[str] = "invalid"

    def __init__(self, code: str, *, faults: tuple[FieldFault, ...] = (), **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.faults = faults
        self.params = params

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code


class Invalid(DomainError):
    """The payload itself is wrong (422)."""

    kind = "invalid"


class Malformed(DomainError):
    """The payload could not be read at all: not JSON, not XML, not a table (400)."""

    kind = "malformed"


class Conflict(DomainError):
    """The state does not allow it, or another was faster (409)."""

    kind = "conflict"


class NotFound(DomainError):
    """There is no such thing (404)."""

    kind = "not_found"


class Unauthenticated(DomainError):
    """Nobody is logged in, or the session has ended (401)."""

    kind = "unauthenticated"


class Forbidden(DomainError):
    """The person may not do this (403)."""

    kind = "forbidden"


class TooLarge(DomainError):
    """More than is taken at once (413)."""

    kind = "too_large"


class TooManyRequests(DomainError):
    """Slow down (429); `retry_after` seconds are in the parameters."""

    kind = "too_many"


class Unavailable(DomainError):
    """Cannot be promised now, try again (503); `retry_after` seconds are in the parameters."""

    kind = "unavailable"
