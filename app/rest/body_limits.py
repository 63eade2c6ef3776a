"""Bodies are bounded: by the bytes that their route takes (``body_sizes``), and by their number of values."""

from collections.abc import Iterator

from flask import Request

from app.errors import LimitExceededError, PayloadTooLargeError, UnsupportedContentCodingError
from app.pauses import Pauses, give_way
from app.rest.body_sizes import MAX_VALUES, BodyLimit, limits_of
from app.settings import Settings

COUNTED_BYTES = 256 * 1024
"""How much is counted before other requests may run."""

CHUNK_BYTES = 64 * 1024


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


def bound_size(request: Request, limit: BodyLimit, settings: Settings) -> int:
    """Bound what is read of a body; return how many bytes it may have.

    Raises:
        PayloadTooLargeError: its Content-Length is over ``limit``.
    """
    most = limits_of(settings)[limit]
    _bound(request, most, _too_large(most, limit))
    return most


def read_body(request: Request, limit: BodyLimit, settings: Settings) -> bytes:
    """Read a body, as far as its limit allows.

    Raises:
        PayloadTooLargeError: it is over ``limit``, by its Content-Length or by what came.
    """
    most = bound_size(request, limit, settings)
    raw = request.get_data(cache=True)
    if len(raw) > most:
        raise _too_large(most, limit)
    return raw


def chunks_of(request: Request, max_bytes: int, limit_name: str) -> Iterator[bytes]:
    """Give the bytes of a body as they come in, so that none is held in memory; other requests run between.

    Raises:
        PayloadTooLargeError: it is over ``max_bytes``, or says so at its start.
        BadRequestError: it ends before its announced end (``app.web_server.worker.WholeBody``).
    """
    too_large = PayloadTooLargeError(f"The body is over {max_bytes} bytes ({limit_name}).")
    _bound(request, max_bytes, too_large)
    pauses, size = Pauses(), 0
    while chunk := request.stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > max_bytes:
            raise too_large
        yield chunk
        pauses.give_way()


def bound_values(raw: bytes) -> None:
    """Refuse a body that may hold more than ``MAX_VALUES`` values, before any of them is made.

    Every value but the outermost follows a comma or is the first one in a list or an object.

    Raises:
        LimitExceededError: it may.
    """
    values = 0
    for start in range(0, len(raw), COUNTED_BYTES):
        if start:
            give_way()
        part = raw[start : start + COUNTED_BYTES]
        values += part.count(b",") + part.count(b"[") + part.count(b"{")
        if values > MAX_VALUES:
            raise LimitExceededError(
                f"the body has over {MAX_VALUES} values (max_list_body_values)", "max_list_body_values"
            )


def _too_large(most: int, limit: BodyLimit) -> PayloadTooLargeError:
    return PayloadTooLargeError(f"The body of this route has at most {most} bytes ({limit}).", limit)


def _bound(request: Request, most: int, too_large: PayloadTooLargeError) -> None:
    if (request.content_length or 0) > most:
        raise too_large
    request.max_content_length = most + 1  # a body without a length is counted as it comes
