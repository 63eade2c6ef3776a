"""Bodies are bounded: by the bytes that their route takes (``body_sizes``), and by their number of values."""

from collections.abc import Iterator

from flask import Request

from app.errors import LimitExceededError, PayloadTooLargeError, UnsupportedContentCodingError
from app.pauses import give_way
from app.rest.body_sizes import MAX_VALUES, BodyLimit, limits_of
from app.settings import Settings

COUNTED_BYTES = 256 * 1024
"""What is counted before others have their turn."""


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
