"""What the web does with an upload: store it in chunks, in constant memory, and ask for its import."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID, uuid4

import msgspec

from app.database import Database
from app.errors import InvalidInputError
from app.jobs.service import Submission
from app.models import Queue
from app.vectors.imports import repository
from app.vectors.imports.specs import KIND, METADATA, VECTORS, ImportSpec
from app.vectors.imports.splitting import ArraySplitter, LineSplitter, Piece, Splitter

ABANDONED_AFTER = timedelta(days=1)
"""Longer than an upload takes, and long enough to run a failed import again."""


@dataclass(frozen=True)
class ImportOptions:
    """What the caller wants of an import; see ``ImportSpec``."""

    on_error: Literal["stop", "skip"]
    upsert: bool
    id_prefix: str
    owner: str | None


@dataclass
class _Stored:
    """How much of a part has been stored."""

    chunks: int = 0
    rows: int = 0


@contextmanager
def received(
    database: Database,
    parts: Iterator[tuple[str, bytes]],
    splitters: Mapping[str, Splitter],
    options: ImportOptions,
) -> Iterator[Submission]:
    """Store the bytes of an upload; inside the block its import can be submitted.

    ``parts`` gives the bytes with the part that they belong to. If the upload is refused or breaks off, or
    the block fails, nothing of it stays.

    Raises:
        InvalidInputError: it does not hold what it should.
        UnavailableError: PostgreSQL is down.
    """
    upload_id = uuid4()
    try:
        stored = _store_parts(database, upload_id, parts, splitters)
        yield _submission(upload_id, stored, splitters[VECTORS], options)
    except BaseException:
        with database.unit_of_work() as unit:
            repository.remove_upload(unit.session, upload_id)
        raise


def remove_abandoned(database: Database) -> None:
    """Remove old chunks that no live job will read: of uploads that broke off, and of imports that ended."""
    with database.unit_of_work() as unit:
        repository.remove_abandoned(unit.session, ABANDONED_AFTER)


def _store_parts(
    database: Database,
    upload_id: UUID,
    parts: Iterator[tuple[str, bytes]],
    splitters: Mapping[str, Splitter],
) -> dict[str, _Stored]:
    stored = {name: _Stored() for name in splitters}
    for name, data in parts:
        for piece in splitters[name].feed(data):
            _store(database, upload_id, name, stored[name], piece)
    for name, splitter in splitters.items():
        for piece in splitter.finish():
            _store(database, upload_id, name, stored[name], piece)
    return stored


def _store(database: Database, upload_id: UUID, part: str, stored: _Stored, piece: Piece) -> None:
    """Store a chunk; the commit of the job, which comes later, is what waits for the disk."""
    with database.unit_of_work(durable=False) as unit:
        repository.add_chunk(
            unit.session,
            {
                "upload_id": upload_id,
                "part": part,
                "seq": stored.chunks,
                "first_row": piece.first_row,
                "rows": piece.rows,
                "data": piece.data,
            },
        )
    stored.chunks += 1
    stored.rows += piece.rows


def _submission(
    upload_id: UUID, stored: Mapping[str, _Stored], splitter: Splitter, options: ImportOptions
) -> Submission:
    if not stored[VECTORS].rows:
        raise InvalidInputError("the upload holds no vector")
    if METADATA in stored and stored[METADATA].rows != stored[VECTORS].rows:
        raise InvalidInputError(
            f"the array has {stored[VECTORS].rows} rows and the metadata {stored[METADATA].rows} lines; each "
            "row needs one line"
        )
    if options.id_prefix and (isinstance(splitter, LineSplitter) or METADATA in stored):
        raise InvalidInputError(
            "id_prefix is for arrays without metadata, whose rows have no ids", ("query", "id_prefix")
        )
    spec = ImportSpec(
        upload=upload_id,
        chunks=stored[VECTORS].chunks,
        on_error=options.on_error,
        upsert=options.upsert,
        array=splitter.array if isinstance(splitter, ArraySplitter) else None,
        id_prefix=options.id_prefix,
        has_metadata=METADATA in stored,
    )
    return Submission(KIND, msgspec.to_builtins(spec), owner=options.owner, queue=Queue.HEAVY)
