"""Strict JSON of requests: as plain values or as typed structs, with the place of each error.

Strict means: no NaN, and nothing that PostgreSQL's text cannot hold. Bodies with many numbers are decoded
into structs: marshmallow takes two seconds for 1,000 vectors of 768 numbers, msgspec some ten milliseconds.
Nothing here knows the web, so that services and workers may use it.
"""

import json
import re
from typing import Any, TypeVar, cast

import msgspec

from app.errors import InvalidInputError

Struct = TypeVar("Struct")

INVALID_JSON = "invalid_json"
"""The code of errors for what is not JSON, or holds text that PostgreSQL cannot."""

ESCAPED_NUL = b"\\u0000"
ESCAPED_BACKSLASH = b"\\\\"

EXPLAINED_BYTES = 2 * 1024 * 1024
"""Only smaller bodies are parsed a second time to find the line and the column of a mistake: for this size it
takes half a second and ten times the memory. In larger ones the byte is named."""

TRUNCATED = "Input data was truncated"
"""msgspec's message for a body that ends early, and for half of a surrogate pair."""

PLACED = re.compile(r"(?P<message>.*) - at `\$(?P<path>.*)`", re.DOTALL)
"""msgspec's message for a value of the wrong type: what was expected, and its JSONPath."""

STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+|\.\.\.)\]")


def decode_body(raw: bytes) -> Any:
    """Decode a request's body into plain values; raises as ``decode_struct`` does."""
    return decode_struct(raw, cast("type[Any]", Any))


def decode_struct(raw: bytes, struct: type[Struct]) -> Struct:
    """Decode a body into ``struct``, a type of msgspec's.

    Raises:
        InvalidInputError: it is not JSON, holds text that PostgreSQL cannot (a null character; msgspec itself
            refuses lone surrogates), or does not fit; with the place.
    """
    try:
        decoded = msgspec.json.decode(raw, type=struct)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInputError(_reason(raw, error), code=INVALID_JSON) from error
    # without its escaped backslashes, behind which u0000 is plain text
    if ESCAPED_NUL in raw and ESCAPED_NUL in raw.replace(ESCAPED_BACKSLASH, b""):
        raise InvalidInputError("text must not hold the null character (\\u0000)", code=INVALID_JSON)
    return decoded


def _misfit(text: str) -> InvalidInputError:
    placed = PLACED.fullmatch(text)
    message, path = (placed["message"], placed["path"]) if placed else (text, "")
    steps: list[Any] = [
        int(step["index"]) if step["index"] and step["index"].isdigit() else step["name"] or "..."
        for step in STEP.finditer(path)
    ]
    return InvalidInputError(message[:1].lower() + message[1:], ("body", *steps))


def _reason(raw: bytes, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the body is nested too deeply"
    if len(raw) > EXPLAINED_BYTES:
        return f"the body is not JSON: {error}"
    try:
        json.loads(raw.decode())  # only for its message, which has the line and the column
    except UnicodeDecodeError as second:
        return f"the body is not UTF-8 (byte {second.start})"
    except json.JSONDecodeError as second:
        return f"the body is not JSON: {second.msg} (line {second.lineno}, column {second.colno})"
    except (ValueError, RecursionError):
        return f"the body is not JSON: {error}"
    is_surrogate = str(error) == TRUNCATED
    return "text must not hold half of a surrogate pair" if is_surrogate else f"the body is not JSON: {error}"
