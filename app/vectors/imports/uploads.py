"""Stores the chunks of an upload in constant memory, and makes its job."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from app.database import Database
from app.errors import InvalidInputError
from app.jobs.service import Submission
from app.models import Queue
from app.vectors.imports import repository
from app.vectors.imports.specs import KIND, METADATA, VECTORS, ImportSpec
from app.vectors.imports.splitting import ArraySplitter, Chunk, LineSplitter, Splitter

ABANDONED_AFTER = timedelta(days=1)
"""Longer than an upload takes, and long enough to run a failed import again."""


@contextmanager
def received(
    database: Database,
    parts: Iterator[tuple[str, bytes]],
    splitters: Mapping[str, Splitter],
    options: Mapping[str, Any],
    owner: str | None,
) -> Iterator[Submission]:
    """Store the bytes of an upload; inside the block its import can be submitted.

    If the upload is refused or breaks off, or if the block fails, all that was stored is removed.

    Args:
        parts: the bytes, each with the name of the part that they belong to.
        options: ``on_error``, ``upsert`` and ``id_prefix`` of the ``ImportSpec``.

    Raises:
        InvalidInputError: it does not hold what it should.
        UnavailableError: PostgreSQL is down.
    """
    upload = uuid4()
    try:
        spec = _spec(upload, _store_parts(database, upload, parts, splitters), options)
        yield Submission(KIND, msgspec.to_builtins(spec), owner=owner, queue=Queue.HEAVY)
    except BaseException:
        with database.unit_of_work() as unit:
            repository.remove_upload(unit.session, upload)
        raise


def remove_abandoned(database: Database) -> None:
    """Remove old chunks that no live job will read: of uploads that broke off, and of imports that ended."""
    with database.unit_of_work() as unit:
        repository.remove_abandoned(unit.session, ABANDONED_AFTER)


def _store_parts(
    database: Database, upload: UUID, parts: Iterator[tuple[str, bytes]], splitters: Mapping[str, Splitter]
) -> dict[str, Splitter]:
    """Store all parts; return the splitters of the vectors and of the other parts that came."""
    came = {VECTORS}
    for part, data in parts:
        came.add(part)
        for chunk in splitters[part].feed(data):
            _store(database, upload, part, splitters[part], chunk)
    used = {part: splitter for part, splitter in splitters.items() if part in came}
    for part, splitter in used.items():
        for chunk in splitter.finish():
            _store(database, upload, part, splitter, chunk)
    return used


def _store(database: Database, upload: UUID, part: str, splitter: Splitter, chunk: Chunk) -> None:
    """Store a chunk; the commit of the job, which comes later, waits for the disk."""
    with database.unit_of_work(durable=False) as unit:
        values = {"upload_id": upload, "part": part, "seq": splitter.chunks - 1, **chunk._asdict()}
        repository.add_chunk(unit.session, values)


def _spec(upload: UUID, splitters: Mapping[str, Splitter], options: Mapping[str, Any]) -> ImportSpec:
    vectors, metadata = splitters[VECTORS], splitters.get(METADATA)
    if not vectors.rows:
        raise InvalidInputError("the upload holds no vector")
    if metadata is not None and metadata.rows != vectors.rows:
        raise InvalidInputError(
            f"the array has {vectors.rows} rows and the metadata {metadata.rows} lines; each "
            "row needs one line"
        )
    if options["id_prefix"] and (isinstance(vectors, LineSplitter) or metadata is not None):
        raise InvalidInputError(
            "id_prefix is for arrays without metadata, whose rows have no ids", ("query", "id_prefix")
        )
    return ImportSpec(
        upload=upload,
        chunks=vectors.chunks,
        array=vectors.array if isinstance(vectors, ArraySplitter) else None,
        has_metadata=metadata is not None,
        **options,
    )
