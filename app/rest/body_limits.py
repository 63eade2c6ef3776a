"""How large the body of a request may be, by what its route takes (``Blueprint.body_limit``).

A small body can be dear to decode, so that the limit of each route is what its contents need and not more.
"""

from collections.abc import Iterator
from enum import StrEnum

from flask import Request

from app.errors import LimitExceededError, PayloadTooLargeError, UnsupportedContentCodingError
from app.pauses import give_way
from app.settings import MIB, Settings

PLAIN_BYTES = MIB
"""A vector of 4,096 numbers of 55 digits with its metadata is a third of it."""

PROGRAM_BYTES_FACTOR = 8
"""JSON writes a byte of a program with up to six (``\\u0007``); the rest of the body has room besides."""

LIST_BYTES = 16 * MIB
"""100 queries by vectors of 4,096 numbers take 9 MB, 5,000 ids of 256 characters up to 15."""

MAX_VALUES = 500_000
"""Values in one body of lists: 100 queries with vectors of 4,096 numbers have 410,000. Decoding so many of
the dearest kind, empty objects, takes 0.1 s and 40 MB."""

COUNTED_BYTES = 256 * 1024
"""What is counted before others have their turn."""


class BodyLimit(StrEnum):
    """The kinds of bodies, by the names of their limits in ``GET /api/limits``."""

    PLAIN = "max_plain_body_bytes"
    PROGRAM = "max_program_body_bytes"
    LIST = "max_list_body_bytes"
    VECTORS = "max_body_bytes"


def limits_of(settings: Settings) -> dict[str, int]:
    """The bytes that each kind of body may have, and how many values; none is larger than MAX_BODY_BYTES."""
    program_bytes = PROGRAM_BYTES_FACTOR * settings.max_program_bytes
    most = {
        BodyLimit.PLAIN: PLAIN_BYTES,
        BodyLimit.PROGRAM: max(PLAIN_BYTES, program_bytes),
        BodyLimit.LIST: LIST_BYTES,
        BodyLimit.VECTORS: settings.max_body_bytes,
    }
    limits: dict[str, int] = {str(kind): min(size, settings.max_body_bytes) for kind, size in most.items()}
    return {**limits, "max_list_body_values": MAX_VALUES}


def has_body(request: Request) -> bool:
    """Return whether a request brings a body."""
    return bool(request.content_length or request.headers.get("Transfer-Encoding"))


def refuse_content_coding(request: Request) -> None:
    """Refuse a compressed body before it is read.

    Raises:
        UnsupportedContentCodingError: the request has a ``Content-Encoding`` other than identity.
    """
    coding = request.headers.get("Content-Encoding", "").strip()
    if coding.lower() not in ("", "identity") and has_body(request):
        raise UnsupportedContentCodingError(
            f"The body must be sent as it is; its Content-Encoding is {coding[:100]!r}."
        )


def bound_size(request: Request, limit: BodyLimit, settings: Settings) -> None:
    """Bound what is read of a body, and refuse it unread where it says that it is larger.

    Raises:
        PayloadTooLargeError: its Content-Length is over ``limit``.
    """
    most = limits_of(settings)[limit]
    if (request.content_length or 0) > most:
        raise _too_large(most, limit)
    request.max_content_length = most + 1


def read_body(request: Request, limit: BodyLimit, settings: Settings) -> bytes:
    """Read a body, as far as its limit allows.

    Raises:
        PayloadTooLargeError: it is over ``limit``, by its Content-Length or by what came.
    """
    bound_size(request, limit, settings)
    raw = request.get_data(cache=True)
    if request.max_content_length is not None and len(raw) >= request.max_content_length:
        raise _too_large(request.max_content_length - 1, limit)
    return raw


def bound_values(raw: bytes) -> None:
    """Refuse a body that may hold more than ``MAX_VALUES`` values, before any of them is made.

    Every value but the outermost follows a comma or is the first one in a list or an object.

    Raises:
        LimitExceededError: it may.
    """
    values = 0
    for piece in _pieces(raw):
        values += piece.count(b",") + piece.count(b"[") + piece.count(b"{")
        if values > MAX_VALUES:
            raise LimitExceededError(
                f"the body has over {MAX_VALUES} values (max_list_body_values)", "max_list_body_values"
            )


def _too_large(most: int, limit: BodyLimit) -> PayloadTooLargeError:
    return PayloadTooLargeError(f"The body of this route has at most {most} bytes ({limit}).", limit)


def _pieces(raw: bytes) -> Iterator[bytes]:
    for start in range(0, len(raw), COUNTED_BYTES):
        if start:
            give_way()
        yield raw[start : start + COUNTED_BYTES]
