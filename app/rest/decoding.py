"""Strict JSON of requests: as plain values or as typed structs, with the place of each error.

Strict means: no NaN, and nothing that PostgreSQL's text cannot hold. Bodies with many numbers are decoded
into structs: marshmallow takes two seconds for 1,000 vectors of 768 numbers, msgspec some ten milliseconds.
Nothing here knows the web, so that services and workers may use it.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from app.errors import InvalidInputError

Struct = TypeVar("Struct")

Place: TypeAlias = tuple[str | int, ...]
"""The names of members and the indices of items that lead to a value."""

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

UNNAMED = "..."
"""msgspec's step to the value of an object's member, of whatever name."""


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
        message, place = misfit(error)
        if UNNAMED in place and len(raw) <= EXPLAINED_BYTES:
            place = _place_of_overflow(raw, place)
        raise InvalidInputError(message, ("body", *place)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInputError(_reason(raw, error), code=INVALID_JSON) from error
    # without its escaped backslashes, behind which u0000 is plain text
    if ESCAPED_NUL in raw and ESCAPED_NUL in raw.replace(ESCAPED_BACKSLASH, b""):
        raise InvalidInputError("text must not hold the null character (\\u0000)", code=INVALID_JSON)
    return decoded


def misfit(error: msgspec.ValidationError) -> tuple[str, Place]:
    """Return what msgspec found wrong, and where; the names of members that it leaves out are ``UNNAMED``."""
    placed = PLACED.fullmatch(str(error))
    message, path = (placed["message"], placed["path"]) if placed else (str(error), "")
    steps = (
        int(step["index"]) if step["index"] and step["index"].isdigit() else step["name"] or UNNAMED
        for step in STEP.finditer(path)
    )
    return message[:1].lower() + message[1:], tuple(steps)


def named_place(
    value: Any, place: Place, is_wrong: Callable[[Place, Any], bool], before: Place = ()
) -> Place | None:
    """Return a place with the names of members, or ``None`` if nothing there is wrong.

    Args:
        place: in ``value``; names may be ``UNNAMED``.
        is_wrong: whether a value at a place is what was found wrong.
        before: the place of ``value`` itself.
    """
    if not place:
        return before if is_wrong(before, value) else None
    step, after = place[0], place[1:]
    steps: list[str | int] = []
    if isinstance(step, int):
        steps = [step] if isinstance(value, list) and step < len(value) else []
    elif isinstance(value, dict):
        steps = [name for name in value if step in (name, UNNAMED)]
    for each in steps:
        if (found := named_place(value[each], after, is_wrong, (*before, each))) is not None:
            return found
    return None


def _place_of_overflow(raw: bytes, place: Place) -> Place:
    """Return the place of a number that no float or integer holds, as far as it is found."""
    try:
        value = json.loads(raw, parse_int=_integer)
        return named_place(value, place, lambda _, found: found in (math.inf, -math.inf)) or place
    except (ValueError, RecursionError):
        return place


def _integer(text: str) -> float:
    try:
        return int(text)
    except ValueError:  # more digits than Python reads
        return math.inf


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
