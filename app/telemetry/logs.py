"""Logs: one line for each event on standard error, as JSON or text, with the id of the request behind it.

1. Everybody, libraries too, logs a sentence by Python's ``logging``; structlog only formats the lines.
2. Only the web's line about a request has members of its own (``ACCESS_MEMBERS``).
3. Whatever looks like a secret or like the numbers of a vector is replaced before a line is written, since
   errors quote their input.
"""

import logging
import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars, merge_contextvars
from structlog.types import EventDict, Processor

__all__ = ["LogFormat", "bound_contextvars", "configure", "current_request_id", "format_of", "redact"]

ACCESS_MEMBERS = ("method", "route", "status", "ms", "key_id")

MAX_VALUE_CHARACTERS = 16_000
"""The most that one member of a line may have; a traceback of fifty frames has half as many."""

NUMBER = r"[-+]?\d{1,20}(?:\.\d{1,25})?(?:[eE][-+]?\d{1,4})?"
"""Its parts have bounded lengths, so that searching for lists of numbers takes linear time."""

REDACTIONS = (
    (re.compile(r"qloom_[A-Za-z0-9]{16,}"), "qloom_[hidden]"),
    (re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), "whsec_[hidden]"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), r"\1 [hidden]"),
    (re.compile(r"(://[^:/@\s]*):[^@/\s]+@"), r"\1:[hidden]@"),
    (re.compile(rf"[\[({{]\s*{NUMBER}(?:\s*,\s*{NUMBER}){{2,}}"), "[numbers hidden"),
    (re.compile(rf"{NUMBER}(?:\s*,\s*{NUMBER}){{7,}}"), "numbers hidden"),
)
"""API keys, webhook secrets, credentials of headers and of URLs, the numbers of vectors."""


class LogFormat(StrEnum):
    """Lines for programs, or for people."""

    JSON = "json"
    TEXT = "text"


def format_of(environ: Mapping[str, str]) -> LogFormat:
    """Return the format in ``LOG_FORMAT``; without it, text in the development profile and JSON elsewhere.

    Raises:
        ValueError: ``LOG_FORMAT`` names none.
    """
    is_development = environ.get("QLOOM_PROFILE") == "development"
    asked = environ.get("LOG_FORMAT") or (LogFormat.TEXT if is_development else LogFormat.JSON)
    if asked not in list(LogFormat):
        raise ValueError(f"must be {' or '.join(LogFormat)}")
    return LogFormat(asked)


def configure(log_format: LogFormat, level: str | int) -> None:
    """Write every line of this process to standard error, in this format, from this level on."""
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                merge_contextvars,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.stdlib.ExtraAdder(allow=ACCESS_MEMBERS),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace secrets and numbers of vectors in every text of a line, and cut long texts."""
    for name, value in event.items():
        if not isinstance(value, int | float | None):
            event[name] = _redacted(value if isinstance(value, str) else str(value))
    return event


def _redacted(text: str) -> str:
    for pattern, substitute in REDACTIONS:
        text = pattern.sub(substitute, text[:MAX_VALUE_CHARACTERS])
    return text


def current_request_id() -> str | None:
    """Return the id of the request that the present work belongs to, if there is one."""
    request_id: str | None = get_contextvars().get("request_id")
    return request_id
