"""Results that jobs keep in their rows, read in slices, so that a large one is never in a web as a whole."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from app.database import Database
from app.errors import NotFoundError
from app.jobs import repository
from app.pauses import give_way

SLICE_BYTES = 4 * 1024 * 1024
"""Of a result that is read at once; a smaller one is answered in one piece. PostgreSQL decompresses the whole
for each slice, so that small slices would take long."""


def read(database: Database, job_id: UUID) -> bytes | Iterator[bytes] | None:
    """The result as JSON, in pieces if it is large; ``None`` if the job has none.

    Raises:
        UnavailableError: PostgreSQL does not answer.
    """
    with database.reading() as session:
        found = repository.result_slice(session, job_id, 0, SLICE_BYTES)
    if found is None:
        return None
    first, size = found
    return first if size <= SLICE_BYTES else _pieces(database, job_id, first, size)


def in_document(document: dict[str, Any], result: Iterator[bytes]) -> Iterator[bytes]:
    """A job's document as JSON in pieces, with its large result as the last member."""
    rest = {name: value for name, value in document.items() if name != "result"}
    yield msgspec.json.encode(rest)[:-1] + b',"result":'
    yield from result
    yield b"}"


def _pieces(database: Database, job_id: UUID, first: bytes, size: int) -> Iterator[bytes]:
    yield first
    for start in range(SLICE_BYTES, size, SLICE_BYTES):
        give_way()
        with database.reading() as session:
            found = repository.result_slice(session, job_id, start, SLICE_BYTES)
        if found is None:  # the status is sent: only an answer that breaks off says that it is not whole
            raise NotFoundError("The job was deleted while its result was sent.")
        yield found[0]
