"""The body of an import, read in chunks: never more than one is in memory."""

from collections.abc import Iterator

from flask import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from app.errors import BadRequestError, InvalidInputError, UnsupportedMediaTypeError
from app.rest.body_limits import chunks_of
from app.vectors.imports.specs import METADATA, VECTORS
from app.vectors.imports.splitting import ArraySplitter, LineSplitter, Splitter

NDJSON = "application/x-ndjson"
NPY = "application/x-npy"
MULTIPART = "multipart/form-data"

MAX_BOUNDARY_CHARACTERS = 70
"""RFC 2046, section 5.1.1."""

MAX_PREAMBLE_BYTES = 64 * 1024
"""Before the first boundary of a form; a preamble is skipped, and clients send none."""


def splitters_of(request: Request) -> dict[str, Splitter]:
    """Return a splitter for each part of the body, by its Content-Type.

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
    """Give the bytes of the body as they come, each with the name of its part; of an empty part no bytes.

    Raises:
        PayloadTooLargeError: the body is over ``max_bytes``.
        BadRequestError: it breaks off.
        InvalidInputError: it is not the multipart body that it says it is.
    """
    body = chunks_of(request, max_bytes, "max_import_bytes")
    if request.mimetype == MULTIPART:
        yield from _form_parts(body, request.mimetype_params.get("boundary", ""))
    else:
        yield from ((VECTORS, chunk) for chunk in body)


def _form_parts(body: Iterator[bytes], boundary: str) -> Iterator[tuple[str, bytes]]:
    """Parse a form; the parser takes linear time, and keeps no more than a header or a boundary."""
    if not 1 <= len(boundary) <= MAX_BOUNDARY_CHARACTERS:
        raise InvalidInputError(
            f"the boundary of multipart/form-data must have 1 to {MAX_BOUNDARY_CHARACTERS} characters; this "
            f"has {len(boundary)}"
        )
    part, preamble = None, 0
    try:
        with PushMultipartParser(boundary.encode("latin-1", "replace"), max_segment_count=2) as parser:
            for chunk in body:
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        part = _known_part(event.name)
                        yield part, b""
                    elif event is not None and part is not None:
                        yield part, bytes(event)
                preamble += 0 if part else len(chunk)
                if preamble > MAX_PREAMBLE_BYTES:
                    raise InvalidInputError(f"no part of the form begins in its first {preamble} bytes")
    except MultipartError as error:
        raise InvalidInputError(f"the body is not a whole multipart/form-data: {error}") from error


def _known_part(name: str | None) -> str:
    if name not in (VECTORS, METADATA):
        raise InvalidInputError(
            f"the form's parts are {VECTORS} (a .npy file) and {METADATA} (lines of JSON); there is {name!r}"
        )
    return name
