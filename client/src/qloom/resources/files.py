"""Import and export of vectors as files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias
from uuid import uuid4

from qloom import arrays
from qloom.calls import Call, Download, Flow, Repeat, as_type, ask, encode, query
from qloom.errors import QloomError
from qloom.filters import FilterLike, filter_document
from qloom.models.jobs import Job
from qloom.models.vectors import ImportResult
from qloom.progress import Bar, Progress
from qloom.reading import read
from qloom.resources.batches import given_document
from qloom.resources.jobs import succeed, wait_for_end

CHUNK_BYTES = 65_536
TYPES = {
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".npy": "application/x-npy",
}
Source: TypeAlias = str | Path | Iterable[Mapping[str, Any]] | Any
"""A file (.ndjson, .jsonl, .npy), vectors as dicts, or an array of shape (vectors, dimension)."""

Content: TypeAlias = bytes | Callable[[], Iterable[bytes]]


def import_call(
    source: Source,
    rows: Iterable[Mapping[str, Any]] | None,
    *,
    upsert: bool,
    on_error: Literal["stop", "skip"],
    id_prefix: str | None,
) -> Call[Job]:
    """Return the call that sends vectors as a file.

    It has no Idempotency-Key, so it is sent again only if it did not arrive.
    """
    content, media_type = _content(source)
    if rows is not None:
        if media_type != TYPES[".npy"]:
            raise QloomError("rows describe those of an array; lines and dicts have their own members")
        content, media_type = _form(content, rows)
    return Call(
        "POST",
        "/v2/vectors/import",
        as_type(Job),
        query(upsert=upsert or None, on_error=on_error, id_prefix=id_prefix),
        {"Content-Type": media_type},
        content,
        Repeat.NEVER,
        seconds=600,
    )


def import_and_wait(call: Call[Job], timeout: float | None, progress: Progress) -> Flow[ImportResult]:
    """Send vectors as a file, and wait until they are stored."""
    job = yield from ask(call)
    ended = yield from succeed((yield from wait_for_end(job, timeout, progress)), timeout)
    return read(ImportResult, ended.result)


def export(
    target: str | Path,
    filter: FilterLike | None,
    context: str | None,
    include_vector: bool,
    progress: Progress,
) -> Flow[int]:
    """Write vectors as lines of JSON; the file appears when it is complete."""
    path = Path(target)
    partial = path.with_name(f"{path.name}.{uuid4().hex[:8]}.part")
    body = {"filter": filter_document(filter), "context": context, "include_vector": include_vector}
    content = encode({name: value for name, value in body.items() if value is not None})
    call: Call[Any] = Call(
        "POST",
        "/v2/vectors/export",
        lambda answer: None,
        headers={"Content-Type": "application/json"},
        content=content,
    )
    lines, bar = 0, Bar(progress, None, "vectors")

    def write(chunk: bytes) -> None:
        nonlocal lines
        file.write(chunk)
        found = chunk.count(b"\n")
        lines += found
        bar.advance(found)

    try:
        with partial.open("wb") as file:
            yield Download(call, write)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
        bar.close()
    return lines


def _content(source: Source) -> tuple[Content, str]:
    """Return the body and its media type."""
    if isinstance(source, str | Path):
        path = Path(source)
        if path.suffix not in TYPES:
            raise QloomError(f"{path.name}: the name of a file ends with {', '.join(TYPES)}")
        return (lambda: _chunks(path)), TYPES[path.suffix]
    if hasattr(source, "shape"):
        return arrays.npy(source), TYPES[".npy"]
    lines = [given_document(index, each) + b"\n" for index, each in enumerate(source)]
    return (lambda: lines), TYPES[".ndjson"]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _form(vectors: Content, rows: Iterable[Mapping[str, Any]]) -> tuple[Content, str]:
    """Return an array and what describes its rows as a form (RFC 7578)."""
    boundary = uuid4().hex
    lines = b"".join(given_document(index, each) + b"\n" for index, each in enumerate(rows))

    def head(name: str, file: str) -> bytes:
        disposition = f'Content-Disposition: form-data; name="{name}"; filename="{file}"'
        return f"--{boundary}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()

    def parts() -> Iterator[bytes]:
        yield head("vectors", "vectors.npy")
        yield from [vectors] if isinstance(vectors, bytes) else vectors()
        yield b"\r\n" + head("metadata", "metadata.ndjson") + lines
        yield f"\r\n--{boundary}--\r\n".encode()

    return parts, f"multipart/form-data; boundary={boundary}"
