"""Strict JSON of requests: no NaN, nothing that PostgreSQL's text cannot hold, and the place of each error.

It knows nothing of the web, so that services and workers may use it.
"""

import json
from typing import Any

import msgspec

from app.errors import InvalidInputError

ESCAPED_NUL = b"\\u0000"

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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(_reason(raw, error)) from error
    if ESCAPED_NUL in raw and _holds_nul(value):
        raise _malformed("text must not hold the null character (\\u0000)")
    return value


def _reason(raw: bytes, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the body is nested too deeply"
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


def _holds_nul(value: object) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if "\0" in item:
                return True
        elif isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False
