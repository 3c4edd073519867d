"""Subjects on the wire: facts, telemetry, dead letters; built and parsed here and nowhere else."""

import re
from functools import lru_cache
from itertools import zip_longest
from typing import Final, NamedTuple

from shared.kernel.errors import Malformed
from shared.kernel.ids import is_token

CONTEXTS: Final = ("intake", "dispatch", "roster", "notify", "identity", "ops", "report")
"""Who may own a fact. One context is written by exactly one service."""

_SAMPLE = (CONTEXTS[0], "any", "any", "v1")
_MAJOR = re.compile(r"v([1-9][0-9]{0,2})")
_CONSUMER = re.compile(r"[a-z][a-z0-9_]{0,95}")
_TELEMETRY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class FactSubject(NamedTuple):
    """The six tokens of `evt.<site>.<context>.<aggregate>.<fact>.v<major>`."""

    site: str
    context: str
    aggregate: str
    fact: str
    major: int

    @property
    def kind(self) -> str:
        """What happened, without where: `intake.incident.reported.v1`."""
        return f"{self.context}.{self.aggregate}.{self.fact}.v{self.major}"

    def __str__(self) -> str:
        return f"evt.{self.site}.{self.kind}"


class TelemetrySubject(NamedTuple):
    """The four tokens of `tel.<site>.<kind>.<id>`."""

    site: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"tel.{self.site}.{self.kind}.{self.id}"


@lru_cache(maxsize=1024)  # a site has some dozens; what is refused is not kept
def parse_fact(subject: str) -> FactSubject:
    """The parts of a fact's subject.

    Raises:
        Malformed: `event.subject_invalid`, it is no subject of a fact or of an unknown context.
    """
    parts = subject.split(".")
    if len(parts) == 6 and parts[0] == "evt":
        _, site, context, aggregate, fact, version = parts
        major = _MAJOR.fullmatch(version)
        if major and context in CONTEXTS and is_token(site) and is_token(aggregate) and is_token(fact):
            return FactSubject(site, context, aggregate, fact, int(major[1]))
    raise Malformed("event.subject_invalid", subject=subject[:200])


def fact_subject(site: str, kind: str) -> str:
    """The subject of a fact; `kind` is `<context>.<aggregate>.<fact>.v<major>`.

    Raises:
        Malformed: `event.subject_invalid`.
    """
    return str(parse_fact(f"evt.{site}.{kind}"))


def fact_filter(kind: str, site: str = "*") -> str:
    """A filter for facts; tokens of `kind` may be `*`, the last may be `>`.

    Raises:
        Malformed: `event.subject_invalid`, the filter could match nothing.
    """
    parts = kind.split(".")
    if parts[-1] == ">":
        parts = [*parts[:-1], *["*"] * (len(_SAMPLE) + 1 - len(parts))]
    probe = [sample if part == "*" else part for part, sample in zip_longest(parts, _SAMPLE, fillvalue="")]
    parse_fact(f"evt.{'any' if site == '*' else site}.{'.'.join(probe)}")
    return f"evt.{site}.{kind}"


def parse_telemetry(subject: str) -> TelemetrySubject:
    """The parts of a telemetry subject.

    Raises:
        Malformed: `event.subject_invalid`.
    """
    parts = subject.split(".")
    if len(parts) == 4 and parts[0] == "tel":
        _, site, kind, ident = parts
        if is_token(site) and is_token(kind) and _TELEMETRY_ID.fullmatch(ident):
            return TelemetrySubject(site, kind, ident)
    raise Malformed("event.subject_invalid", subject=subject[:200])


def telemetry_subject(site: str, kind: str, ident: str) -> str:
    """The subject of one thing's latest reading.

    Raises:
        Malformed: `event.subject_invalid`.
    """
    return str(parse_telemetry(f"tel.{site}.{kind}.{ident}"))


def dead_letter_subject(consumer: str) -> str:
    """Where a consumer's undeliverable messages go."""
    return f"dlq.{_consumer(consumer)}"


def retry_subject(consumer: str) -> str:
    """Where a person sends a dead letter back to its consumer."""
    return f"retry.{_consumer(consumer)}"


def _consumer(name: str) -> str:
    if not _CONSUMER.fullmatch(name):
        raise Malformed("event.subject_invalid", subject=name[:200])
    return name
