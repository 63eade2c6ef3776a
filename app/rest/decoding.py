"""Strict JSON of requests: no NaN, nothing that PostgreSQL's text cannot hold, and the place of each error.

It knows nothing of the web, so that services and workers may use it.
"""

import json
from typing import Any

import msgspec

from app.errors import InvalidInputError

ESCAPED_NUL = b"\\u0000"
ESCAPED_BACKSLASH = b"\\\\"

EXPLAINED_BYTES = 2 * 1024 * 1024
"""Larger bodies are not parsed again for the line and the column of a mistake, which takes half a second and
ten times their size; the byte is named."""

MISTAKES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for what is not JSON."""

TRUNCATED = "Input data was truncated"
"""msgspec's message for a body that ends early, and for half of a surrogate pair."""


def decode_body(raw: bytes) -> Any:
    """Decode a request's body.

    Raises:
        InvalidInputError: it is not JSON (the place is named), or holds what PostgreSQL's text cannot (a
            null character; lone surrogates are not JSON for msgspec).
    """
    try:
        value = msgspec.json.decode(raw)
    except MISTAKES as error:
        raise unreadable(raw, error) from error
    refuse_nul(raw)
    return value


def refuse_nul(raw: bytes) -> None:
    """Refuse well-formed JSON whose texts hold a null character, which PostgreSQL's cannot.

    Raises:
        InvalidInputError: it does.
    """
    # without its escaped backslashes, behind which u0000 is plain text
    if ESCAPED_NUL in raw and ESCAPED_NUL in raw.replace(ESCAPED_BACKSLASH, b""):
        raise _malformed("text must not hold the null character (\\u0000)")


def unreadable(raw: bytes, error: Exception) -> InvalidInputError:
    """Return the refusal of what is not JSON, with the place; ``error`` is one of ``MISTAKES``."""
    return _malformed(_reason(raw, error))


def _reason(raw: bytes, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the body is nested too deeply"
    if len(raw) > EXPLAINED_BYTES:
        return f"the body is not JSON: {error}"
    try:
        json.loads(raw.decode())  # only for its message: it knows line and column
    except UnicodeDecodeError as second:
        return f"the body is not UTF-8 (byte {second.start})"
    except json.JSONDecodeError as second:
        return f"the body is not JSON: {second.msg} (line {second.lineno}, column {second.colno})"
    except (ValueError, RecursionError):
        return f"the body is not JSON: {error}"
    is_surrogate = str(error) == TRUNCATED
    return "text must not hold half of a surrogate pair" if is_surrogate else f"the body is not JSON: {error}"


def _malformed(message: str) -> InvalidInputError:
    error = InvalidInputError(message, ("body",))
    error.code = "invalid_json"  # an instance may be more precise than its class
    return error
