"""Bodies that are read piece by piece, so that none is held in memory and none holds the web up."""

from collections.abc import Iterator

from flask import Request

from app.errors import PayloadTooLargeError
from app.pauses import Pauses

PIECE_BYTES = 64 * 1024


def pieces(request: Request, max_bytes: int, limit_name: str) -> Iterator[bytes]:
    """The bytes of a body as they come in; others are let run between them.

    Raises:
        PayloadTooLargeError: it is over ``max_bytes``, or says so at its start.
        BadRequestError: it ends before its announced end (``app.web_server.worker.WholeBody``).
    """
    too_large = PayloadTooLargeError(f"The body is over {max_bytes} bytes ({limit_name}).")
    if (request.content_length or 0) > max_bytes:
        raise too_large
    request.max_content_length = max_bytes + 1  # what has no length is counted as it comes
    pauses, size = Pauses(), 0
    while piece := request.stream.read(PIECE_BYTES):
        size += len(piece)
        if size > max_bytes:
            raise too_large
        yield piece
        pauses.give_way()
