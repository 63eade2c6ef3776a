"""The body of an import as it comes in, piece by piece: never more than one in memory."""

from collections.abc import Iterator

from flask import Request
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from app.errors import BadRequestError, InvalidInputError, PayloadTooLargeError, UnsupportedMediaTypeError
from app.vectors.imports.specs import METADATA, VECTORS
from app.vectors.imports.splitting import ArraySplitter, LineSplitter, Splitter

NDJSON = "application/x-ndjson"
NPY = "application/x-npy"
MULTIPART = "multipart/form-data"

PIECE_BYTES = 64 * 1024


def splitters_of(request: Request) -> dict[str, Splitter]:
    """What cuts each part of the body, by its Content-Type.

    Raises:
        UnsupportedMediaTypeError: it is none that an import takes.
        BadRequestError: the request has an ``Idempotency-Key``.
    """
    if "Idempotency-Key" in request.headers:
        raise BadRequestError(
            "An import takes no Idempotency-Key, since the body is not kept; with upsert=true it may be "
            "sent twice."
        )
    if request.mimetype == NDJSON:
        return {VECTORS: LineSplitter()}
    if request.mimetype == NPY:
        return {VECTORS: ArraySplitter()}
    if request.mimetype == MULTIPART:
        return {VECTORS: ArraySplitter(), METADATA: LineSplitter()}
    raise UnsupportedMediaTypeError(
        f"An import's body is {NDJSON}, {NPY} or {MULTIPART}; its Content-Type is "
        f"{request.mimetype or 'none'}."
    )


def parts_of(request: Request, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """The bytes of each part of the body, in the order in which they come.

    Raises:
        PayloadTooLargeError: the body says that it is over ``max_bytes``.
        InvalidInputError: it is not the multipart body that it says it is.
    """
    if (request.content_length or 0) > max_bytes:
        raise PayloadTooLargeError(f"The upload is over {max_bytes} bytes (max_import_bytes).")
    request.max_content_length = max_bytes + 1  # what has no length is counted as it comes
    pieces = iter(lambda: request.stream.read(PIECE_BYTES), b"")
    if request.mimetype == MULTIPART:
        boundary = request.mimetype_params.get("boundary", "")
        yield from _form_parts(pieces, boundary.encode("latin-1", "replace"))
    else:
        yield from ((VECTORS, piece) for piece in pieces)


def _form_parts(pieces: Iterator[bytes], boundary: bytes) -> Iterator[tuple[str, bytes]]:
    decoder = MultipartDecoder(boundary, max_parts=2)
    pieces = _with_whole_boundaries(pieces, b"--" + boundary)
    part = ""
    try:
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, NeedData):
                decoder.receive_data(next(pieces, None))
            elif isinstance(event, Field | File):
                part = _known_part(event.name)
            elif isinstance(event, Data) and event.data:
                yield part, bytes(event.data)
    except ValueError as error:
        raise InvalidInputError("the body is not multipart/form-data with a boundary") from error


def _with_whole_boundaries(pieces: Iterator[bytes], delimiter: bytes) -> Iterator[bytes]:
    """The same bytes in pieces of which none ends at a boundary, or one byte behind it.

    There werkzeug 3.1.9 takes the line break before the boundary apart and adds its first half to the data.
    """
    before = held = b""
    for piece in pieces:
        held += piece
        if delimiter in (before + held)[-len(delimiter) - 1 :]:
            continue
        yield held
        before, held = (before + held)[-len(delimiter) - 1 :], b""
    if held:
        yield held


def _known_part(name: str | None) -> str:
    if name not in (VECTORS, METADATA):
        raise InvalidInputError(
            f"the form's parts are {VECTORS} (a .npy file) and {METADATA} (lines of JSON); there is {name!r}"
        )
    return name
