"""The broker's JetStream API as raw JSON: the client library does not know every field that is needed here."""

from typing import Any

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.kernel.errors import DomainError, Unavailable

STREAM_NOT_FOUND = 10059
CONSUMER_NOT_FOUND = 10014
MESSAGE_NOT_FOUND = 10037
BATCH_DUPLICATE = 10201
_FULL = frozenset({10002, 10023, 10047})
"""The account's or the server's limit of stored bytes is reached."""


class ApiError(DomainError):
    """The broker answered with an error of its own; `number` is its `err_code`."""

    kind = "unavailable"

    def __init__(self, number: int, description: str) -> None:
        code = "broker.full" if number in _FULL else "broker.refused"
        super().__init__(code, number=number, description=description)
        self.number = number


async def call(client: Client, subject: str, body: object = None, timeout: float = 5.0) -> dict[str, Any]:
    """Send one API request and return the answer.

    Args:
        client: a live connection whose user may publish the subject.
        subject: without the `$JS.API.` prefix, for example `STREAM.INFO.ALL`.
        body: JSON value, or nothing.
        timeout: seconds.

    Raises:
        ApiError: the broker refused.
        Unavailable: `broker.away`, no answer came.
    """
    payload = b"" if body is None else orjson.dumps(body)
    try:
        answer = await client.request(f"$JS.API.{subject}", payload, timeout=timeout)
    except (NatsError, OSError, TimeoutError) as error:
        raise Unavailable("broker.away", retry_after=1) from error
    return checked(answer.data)


def checked(data: bytes) -> dict[str, Any]:
    """The JSON answer of the broker.

    Raises:
        ApiError: it says that something failed.
    """
    document: dict[str, Any] = orjson.loads(data)
    if error := document.get("error"):
        raise ApiError(error.get("err_code", 0), error.get("description", ""))
    return document


async def log_of(client: Client, stream: str) -> tuple[str | None, int]:
    """Epoch and last position of a stream here; None and 0 when there is none."""
    try:
        info = await call(client, f"STREAM.INFO.{stream}")
    except ApiError as error:
        if error.number == STREAM_NOT_FOUND:
            return None, 0
        raise
    return str(info["config"].get("metadata", {}).get("epoch", "")), int(info["state"]["last_seq"])


async def store(client: Client, stream: str, subject: str, body: bytes, headers: dict[str, str]) -> int:
    """Store one message and return its sequence.

    Raises:
        ApiError: the broker refused.
        Unavailable: `broker.away`, no answer came; with a `Nats-Msg-Id` it is safe to send it again.
    """
    try:
        answer = await client.request(subject, body, timeout=5.0, headers={**headers, "Nats-Expected-Stream": stream})
    except (NatsError, OSError, TimeoutError) as error:
        raise Unavailable("broker.away", retry_after=1) from error
    return int(checked(answer.data)["seq"])
