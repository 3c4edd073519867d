"""JSON log lines; ids are bound from the request or the fact, phone numbers are masked wherever they appear."""

import logging
import re
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_PHONE = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?\d{4}[- ]?(\d{4})(?!\d)|(?<!\d)(0\d{2,3})-?\d{3,4}(\d{4})(?!\d)"
)


def mask_phones(text: str) -> str:
    """The text with the middle of every mainland phone number starred: 138****1234, 010****5678."""
    return _PHONE.sub(lambda m: f"{m[1]}****{m[2]}" if m[1] else f"{m[3]}****{m[4]}", text)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_phones(value)
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(item) for item in value]
    return value


def _mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # UUIDs and numbers have no phone shape of their own, strings might: mask strings only.
    return {key: _masked(value) for key, value in event.items()}


def _dump(event: EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def configure_logs(level: str = "INFO", *, site: str | None = None) -> None:
    """Send structlog and the standard library's records to standard error as JSON lines."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    tail: list[Any] = [_mask_event, structlog.processors.JSONRenderer(serializer=_dump)]
    structlog.configure(
        processors=[*processors, *tail],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=processors, processors=[remove_meta, *tail])
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "alembic", "faststream", "nats"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if site is not None:
        structlog.contextvars.bind_contextvars(site=site)
