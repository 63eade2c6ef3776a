"""The SQL of uploads and of their import."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import UUID as SqlUuid
from sqlalchemy.orm import Session

from app.jobs.claiming import ClaimedJob
from app.models import ImportChunk, Job, JobStatus
from app.vectors.imports.specs import KIND, METADATA, VECTORS

CHUNKS = cast(Table, ImportChunk.__table__)
JOBS = cast(Table, Job.__table__)


def add_chunk(session: Session, values: Mapping[str, Any]) -> None:
    """Store a chunk."""
    session.execute(insert(CHUNKS), dict(values))


def next_chunk(session: Session, upload_id: UUID) -> ImportChunk | None:
    """Return the first chunk of vectors that is left."""
    chunks = select(ImportChunk).where(ImportChunk.upload_id == upload_id, ImportChunk.part == VECTORS)
    return session.scalars(chunks.order_by(ImportChunk.seq).limit(1)).one_or_none()


def metadata_of(session: Session, upload_id: UUID, first_row: int, rows: int) -> list[ImportChunk]:
    """Return the chunks of metadata that hold lines of some rows, in order."""
    chunks = select(ImportChunk).where(
        ImportChunk.upload_id == upload_id,
        ImportChunk.part == METADATA,
        ImportChunk.first_row < first_row + rows,
        ImportChunk.first_row + ImportChunk.rows > first_row,
    )
    return list(session.scalars(chunks.order_by(ImportChunk.seq)))


def chunks_left(session: Session, upload_id: UUID) -> int:
    """Return how many chunks of vectors are left."""
    chosen = and_(CHUNKS.c.upload_id == upload_id, CHUNKS.c.part == VECTORS)
    return session.scalar(select(func.count()).select_from(CHUNKS).where(chosen)) or 0


def remove_done(session: Session, chunk: ImportChunk) -> None:
    """Remove a chunk of vectors, and the metadata of the rows up to its end."""
    is_chunk = and_(CHUNKS.c.part == VECTORS, CHUNKS.c.seq == chunk.seq)
    end = chunk.first_row + chunk.rows
    is_used_up = and_(CHUNKS.c.part == METADATA, CHUNKS.c.first_row + CHUNKS.c.rows <= end)
    session.execute(delete(CHUNKS).where(CHUNKS.c.upload_id == chunk.upload_id, is_chunk | is_used_up))


def remove_upload(session: Session, upload_id: UUID) -> None:
    """Remove all chunks of an upload."""
    session.execute(delete(CHUNKS).where(CHUNKS.c.upload_id == upload_id))


def remove_abandoned(session: Session, unused: timedelta) -> None:
    """Remove old chunks that no live job will read: of uploads that broke off, and of imports that ended."""
    upload = Job.spec["upload"].astext.cast(SqlUuid)
    live = [JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.CANCELLING]
    wanted = select(upload).where(Job.kind == KIND, Job.status.in_(live))
    is_old = CHUNKS.c.created_at < func.now() - unused
    session.execute(delete(CHUNKS).where(is_old, CHUNKS.c.upload_id.not_in(wanted)))


def read_tally(session: Session, job: ClaimedJob) -> str | None:
    """Return what the job has stored so far, as JSON text."""
    return session.scalar(select(Job.result).where(Job.id == job.id))


def write_tally(session: Session, job: ClaimedJob, tally: str) -> bool:
    """Write what the job has stored; return False if the claim was lost or a cancel was asked."""
    statement = (
        update(JOBS)
        .where(JOBS.c.id == job.id, JOBS.c.claim_token == job.token, JOBS.c.status == JobStatus.RUNNING)
        .values(result=tally)
        .returning(JOBS.c.id)
    )
    return session.execute(statement).first() is not None
