"""JSON in and out: msgspec, which is fast and knows neither NaN nor Infinity."""

import json
from typing import Any

import msgspec
from flask import Response
from flask.json.provider import JSONProvider

from app.errors import InvalidInputError

JSON = "application/json"

ESCAPED_NUL = b"\\u0000"

TRUNCATED = "Input data was truncated"
"""msgspec's message for a body that ends early, and for half of a surrogate pair."""


class MsgspecProvider(JSONProvider):
    """Flask's JSON by msgspec; what is not a number becomes ``null``, never a bare ``NaN``."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Encode to text; formatting options do not apply."""
        return msgspec.json.encode(obj).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Decode strict JSON."""
        return msgspec.json.decode(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with JSON."""
        return json_response(self._prepare_response_obj(args, kwargs))


def json_response(value: object, status: int = 200) -> Response:
    """Answer with JSON; ``bytes`` are taken as encoded already."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return Response(body, status, mimetype=JSON)


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
