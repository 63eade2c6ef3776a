"""Results that jobs keep in their rows, read in slices: no web process holds a large one as a whole."""

from collections.abc import Iterator
from uuid import UUID

import msgspec

from app.database import Database
from app.errors import NotFoundError
from app.jobs import repository
from app.jobs.schemas import Job
from app.pauses import give_way

SLICE_BYTES = 4 * 1024 * 1024
"""How much of a result is read at once; a smaller result is sent in one piece. Small slices would take long,
since PostgreSQL decompresses the whole for each slice."""


def read(database: Database, job_id: UUID) -> bytes | Iterator[bytes] | None:
    """Return the result as JSON, in pieces if it is large; ``None`` if the job has none."""
    with database.reading() as session:
        found = repository.result_slice(session, job_id, 0, SLICE_BYTES)
    if found is None:
        return None
    first, size = found
    return first if size <= SLICE_BYTES else _pieces(database, job_id, first, size)


def in_document(document: Job, result: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a job's document as JSON in pieces, with its large result as the last member."""
    document.result = msgspec.UNSET
    yield msgspec.json.encode(document)[:-1] + b',"result":'
    yield from result
    yield b"}"


def _pieces(database: Database, job_id: UUID, first: bytes, size: int) -> Iterator[bytes]:
    yield first
    for start in range(SLICE_BYTES, size, SLICE_BYTES):
        give_way()
        with database.reading() as session:
            found = repository.result_slice(session, job_id, start, SLICE_BYTES)
        if found is None:  # the status is sent already: a response that breaks off says that it is not whole
            raise NotFoundError("The job was deleted while its result was sent.")
        yield found[0]
