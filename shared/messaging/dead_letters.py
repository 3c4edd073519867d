"""Messages that a consumer could not deal with: listed, sent back, or discarded by a named person."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from shared.contracts.subjects import dead_letter_subject, retry_subject
from shared.kernel.clock import parse_time
from shared.kernel.errors import NotFound
from shared.messaging.connection import Connection
from shared.messaging.js_api import MESSAGE_NOT_FOUND, ApiError, call, store
from shared.messaging.metrics import DLQ_DEPTH
from shared.messaging.names import DLQ

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DeadLetter:
    """One message that waits for a person.

    Args:
        seq: its number among the dead letters.
        consumer: who gave it up.
        error: stable code of the last error.
        attempts: how often the handler was tried, over all retries.
        stream_seq: sequence of the fact in the aggregate stream.
        subject: of the fact.
        retries: how often a person has sent it back.
        died_at: when it was given up.
        body: the original bytes.
    """

    seq: int
    consumer: str
    error: str
    attempts: int
    stream_seq: int
    subject: str
    retries: int
    died_at: datetime
    body: bytes


class DeadLetters:
    """The dead letters of this site; needs a connection as `ops`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: set[str] = set()

    async def list(self, consumer: str | None = None, after: int = 0, limit: int = 50) -> list[DeadLetter]:
        """The next ones behind `after`, oldest first."""
        wanted = dead_letter_subject(consumer) if consumer else "dlq.>"
        found: list[DeadLetter] = []
        while len(found) < limit:
            message = await self._message({"seq": after + 1, "next_by_subj": wanted})
            if message is None:
                break
            found.append(message)
            after = message.seq
        return found

    async def get(self, seq: int) -> DeadLetter:
        """One of them.

        Raises:
            NotFound: `dead_letter.unknown`.
        """
        message = await self._message({"seq": seq})
        if message is None:
            raise NotFound("dead_letter.unknown", seq=seq)
        return message

    async def retry(self, seq: int, actor: str) -> None:
        """Send it back to its consumer; removed from here only when that is stored.

        A crash between the two leaves it listed; sending it once more within an hour is recognised by its message id,
        later by the consumer's inbox.

        Raises:
            NotFound: `dead_letter.unknown`.
        """
        letter = await self.get(seq)
        headers = {
            "Nats-Msg-Id": f"dlq.{seq}.{letter.retries + 1}",
            "Yzt-Consumer": letter.consumer,
            "Yzt-Attempts": str(letter.attempts),
            "Yzt-Stream-Seq": str(letter.stream_seq),
            "Yzt-Subject": letter.subject,
            "Yzt-Retries": str(letter.retries + 1),
            "Yzt-Actor": actor,
        }
        await store(self._connection.client, DLQ, retry_subject(letter.consumer), letter.body, headers)
        await self._delete(seq)
        log.info("dead_letter_retried", seq=seq, consumer=letter.consumer, actor=actor)

    async def discard(self, seq: int, actor: str, reason: str) -> DeadLetter:
        """Give it up for good and return what was given up, so that the caller can put it on record.

        Raises:
            NotFound: `dead_letter.unknown`.
        """
        letter = await self.get(seq)
        await self._delete(seq)
        log.warning("dead_letter_discarded", seq=seq, consumer=letter.consumer, actor=actor, reason=reason)
        return letter

    async def depth(self) -> dict[str, int]:
        """How many wait, by consumer; also sets the metric."""
        info = await call(self._connection.client, f"STREAM.INFO.{DLQ}", {"subjects_filter": "dlq.>"})
        counts = {
            subject.removeprefix("dlq."): int(count) for subject, count in info["state"].get("subjects", {}).items()
        }
        self._known |= counts.keys()
        for consumer in self._known:
            DLQ_DEPTH.labels(consumer).set(counts.get(consumer, 0))
        return counts

    async def _delete(self, seq: int) -> None:
        await call(self._connection.client, f"STREAM.MSG.DELETE.{DLQ}", {"seq": seq, "no_erase": True})

    async def _message(self, query: dict[str, Any]) -> DeadLetter | None:
        try:
            answer = await call(self._connection.client, f"STREAM.MSG.GET.{DLQ}", query)
        except ApiError as error:
            if error.number == MESSAGE_NOT_FOUND:
                return None
            raise
        message = answer["message"]
        return _letter(message) if message["subject"].startswith("dlq.") else None


def _letter(message: dict[str, Any]) -> DeadLetter:
    lines = b64decode(message.get("hdrs", "")).decode().split("\r\n")[1:]
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    return DeadLetter(
        seq=message["seq"],
        consumer=message["subject"].removeprefix("dlq."),
        error=headers.get("Yzt-Error", ""),
        attempts=int(headers.get("Yzt-Attempts", "0")),
        stream_seq=int(headers.get("Yzt-Stream-Seq", "0")),
        subject=headers.get("Yzt-Subject", ""),
        retries=int(headers.get("Yzt-Retries", "0")),
        died_at=parse_time(message["time"]),
        body=b64decode(message.get("data", "")),
    )
