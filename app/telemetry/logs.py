"""Logs: one line for each event on standard error, as JSON or text, with the id of the request behind it.

1. Everybody, libraries too, logs a sentence by Python's ``logging``; ``Line`` only formats the lines.
2. Only the web's line about a request has members of its own (``ACCESS_MEMBERS``).
3. Whatever looks like a secret or like the numbers of a vector is replaced before a line is written, since
   errors quote their input.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

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

MAY_HOLD_SOME = re.compile(r"qloom_|whsec_|bearer|basic|://|\d\s*,", re.IGNORECASE)
"""Each of ``REDACTIONS`` begins with one of these, or has it inside; nearly all texts have none."""

NEEDS_QUOTES = re.compile(r"""[ \t=\r\n"']""")
"""Characters that would end a value in a line of text, or seem to."""


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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line(log_format))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)


class Line(logging.Formatter):
    """Formats one line. It costs 0.02 ms, since each request writes one."""

    def __init__(self, log_format: LogFormat) -> None:
        super().__init__()
        self._render = _json if log_format is LogFormat.JSON else _text

    def format(self, record: logging.LogRecord) -> str:
        """Return the line with all of its members; those that the code itself chose hold no secret."""
        given = vars(record)
        line: dict[str, Any] = {
            **redact({"event": record.getMessage(), **_context.get()}),
            "logger": record.name,
            "level": record.levelname.lower(),
            **{name: given[name] for name in ACCESS_MEMBERS if name in given},
            "timestamp": _timestamp(record.created),
        }
        if record.exc_info:
            line["exception"] = _redacted(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = _redacted(record.stack_info)
        return self._render(line)


_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _text(line: dict[str, Any]) -> str:
    """Return a line for people: time, level, sentence and logger, then the other members by name."""
    below = [line.pop(name) for name in ("stack", "exception") if name in line]
    head = f"{line.pop('timestamp')} [{line.pop('level'):<9}] {line.pop('event')} [{line.pop('logger')}]"
    members = [f"{name}={_quoted(line[name])}" for name in sorted(line)]
    return "\n".join((" ".join((head, *members)), *below))


def _quoted(value: object) -> str:
    """Return a value as Python writes it; a text of one word stays as it is."""
    return value if isinstance(value, str) and not NEEDS_QUOTES.search(value) else repr(value)


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def redact(members: dict[str, Any]) -> dict[str, Any]:
    """Replace secrets and numbers of vectors in every text of a line, and cut long texts."""
    for name, value in members.items():
        if not isinstance(value, int | float | None):
            members[name] = _redacted(value if isinstance(value, str) else str(value))
    return members


def _redacted(text: str) -> str:
    if not MAY_HOLD_SOME.search(text, 0, MAX_VALUE_CHARACTERS):
        return text[:MAX_VALUE_CHARACTERS]
    for pattern, substitute in REDACTIONS:
        text = pattern.sub(substitute, text[:MAX_VALUE_CHARACTERS])
    return text


_context: ContextVar[Mapping[str, object]] = ContextVar("members of each line", default=MappingProxyType({}))


def bind_contextvars(**members: object) -> None:
    """Give these members to every line of the present greenlet, thread or task from here on."""
    _context.set({**_context.get(), **members})


def clear_contextvars() -> None:
    """Give no members to further lines."""
    _context.set({})


@contextmanager
def bound_contextvars(**members: object) -> Iterator[None]:
    """Give these members to every line of the block."""
    before = _context.set({**_context.get(), **members})
    try:
        yield
    finally:
        _context.reset(before)


def current_request_id() -> str | None:
    """Return the id of the request that the present work belongs to, if there is one."""
    request_id = _context.get().get("request_id")
    return None if request_id is None else str(request_id)
