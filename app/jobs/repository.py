"""The SQL of jobs as clients see them: insert, read, list, cancel. Shards are hidden."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import (
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session, aliased

from app import direct_sql
from app.jobs.queue_positions import ahead_of
from app.models import TERMINAL_STATUSES, Job, JobStatus

ADDED = {
    "id": "uuid",
    "kind": "text",
    "spec": "jsonb",
    "circuit_name": "text",
    "tags": "text[]",
    "owner": "text",
    "caller": "text",
    "is_small": "bool",
    "is_awaited": "bool",
    "retry_of": "uuid",
    "queue": "text",
    "max_attempts": "int",
    "request_id": "text",
}
"""What is said of a new job, and the types as which PostgreSQL reads it."""

_ADD = (
    f"INSERT INTO jobs ({', '.join(ADDED)}) "  # noqa: S608 constants
    f"VALUES ({', '.join(f'%({name})s::{type_name}' for name, type_name in ADDED.items())})"
    " RETURNING id, queue, created_at, queued_at"
)
# Sent by the driver, since every submission does.
ADD = _ADD.encode()
ADD_IN_PLACE = (
    f"WITH added AS ({_ADD}) SELECT created_at, queued_at,"  # noqa: S608 constants
    f" ({ahead_of(queue='added.queue', queued_at='added.queued_at', id='added.id')}) FROM added"
).encode()

# Built once, since every synchronous execution runs it.
STATUS = select(Job.status).where(Job.id == bindparam("job_id"))
_RESULT_BYTES = (
    select(func.convert_to(sql_cast(Job.result, Text), "UTF8").label("whole"))
    .where(Job.id == bindparam("job_id"))
    .offset(0)  # so that PostgreSQL decompresses it once
    .subquery()
)
RESULT_SLICE = select(
    func.substr(
        _RESULT_BYTES.c.whole, bindparam("start", type_=Integer), bindparam("length", type_=Integer)
    ).label("part"),
    func.octet_length(_RESULT_BYTES.c.whole).label("size"),
)

_UNFINISHED = (
    select(literal(1))
    .where(Job.owner == bindparam("owner"), Job.finished_at.is_(None), Job.parent_id.is_(None))
    .limit(bindparam("at_most", type_=Integer))
)
UNFINISHED_OF_OWNER = select(func.count()).select_from(_UNFINISHED.subquery())

_AN_HOUR_AGO = func.now() - timedelta(hours=1)
SECONDS_OF_LAST_HOUR = select(
    func.coalesce(
        func.sum(
            func.extract(
                "epoch",
                func.coalesce(Job.finished_at, func.now()) - func.greatest(Job.started_at, _AN_HOUR_AGO),
            )
        ),
        0,
    )
).where(
    Job.owner == bindparam("owner"),
    Job.started_at.is_not(None),
    Job.shards.is_(None),  # its shards are counted
    Job.status != JobStatus.QUEUED,
    or_(Job.finished_at > _AN_HOUR_AGO, Job.finished_at.is_(None)),
)


def active_jobs_of(session: Session, owner: str, at_most: int) -> int:
    """Return how many jobs of a key have not ended, counted up to ``at_most``."""
    return session.scalars(UNFINISHED_OF_OWNER, {"owner": owner, "at_most": at_most}).one()


def queued_jobs(session: Session, at_most: int) -> int:
    """Return how many jobs wait in all queues, shards too, counted up to ``at_most``."""
    queued = select(literal(1)).where(Job.status == JobStatus.QUEUED).limit(at_most)
    return session.scalars(select(func.count()).select_from(queued.subquery())).one()


def seconds_of_last_hour(session: Session, owner: str) -> float:
    """Return how many seconds jobs of a key ran within the last hour, including those that run now."""
    return float(session.scalars(SECONDS_OF_LAST_HOUR, {"owner": owner}).one())


def add(session: Session, values: Mapping[str, Any]) -> None:
    """Insert one job, of which the values of ``ADDED`` are given."""
    direct_sql.run_plain(session, ADD, _as_sent(values))


def add_in_place(session: Session, values: Mapping[str, Any]) -> tuple[Job, int]:
    """Insert one job as ``add`` does; return it, and how many queued jobs are before it in its queue.

    The job belongs to no session; it has what a client is shown of a queued job.
    """
    [(created_at, queued_at, ahead)] = direct_sql.run_plain(session, ADD_IN_PLACE, _as_sent(values))
    shown = {"status": JobStatus.QUEUED, "progress": 0.0, "attempt": 0}
    return Job(**values, **shown, created_at=created_at, queued_at=queued_at), ahead


def _as_sent(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "spec": msgspec.json.encode(values["spec"]).decode()}


def get(session: Session, job_id: UUID) -> Job | None:
    """Return the job with this id, read anew, or ``None``."""
    statement = select(Job).where(Job.id == job_id, Job.parent_id.is_(None))
    statement = statement.execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


@dataclass(frozen=True)
class JobEnd:
    """The end of a job, for reports.

    ``seconds`` is the time from its start to its end. ``known_by`` is the id by which it was asked for: its
    own, or that of a shard with which it ended.
    """

    id: UUID
    kind: str
    status: JobStatus
    error: dict[str, Any] | None
    seconds: float
    known_by: UUID


def ends_of(session: Session, job_ids: Collection[UUID]) -> list[JobEnd]:
    """Return how these jobs ended, and with shards the whole jobs that ended with them.

    A whole job ended with a shard if one transaction ended both, or if it was cancelled.
    """
    asked = aliased(Job)
    ended_together = or_(Job.finished_at == asked.finished_at, Job.status == JobStatus.CANCELLED)
    seconds = func.coalesce(func.extract("epoch", Job.finished_at - Job.started_at), 0)
    statement = (
        select(Job.id, Job.kind, Job.status, Job.error, seconds.label("seconds"), asked.id.label("known_by"))
        .join(asked, Job.id.in_([asked.id, asked.parent_id]))
        .where(asked.id.in_(job_ids), Job.status.in_(TERMINAL_STATUSES))
        .where(or_(Job.id == asked.id, ended_together))
    )
    return [
        JobEnd(row.id, row.kind, JobStatus(row.status), row.error, float(row.seconds), row.known_by)
        for row in session.execute(statement)
    ]


def status_of(session: Session, job_id: UUID) -> JobStatus | None:
    """Return only the status of a job, which waiters ask again and again."""
    status = session.scalar(STATUS, {"job_id": job_id})
    return None if status is None else JobStatus(status)


def result_slice(session: Session, job_id: UUID, start: int, length: int) -> tuple[bytes, int] | None:
    """Return some bytes of the JSON result that a job keeps, and its whole size, if there is one."""
    row = session.execute(
        RESULT_SLICE, {"job_id": job_id, "start": start + 1, "length": length}
    ).one_or_none()
    return None if row is None or row.size is None else (bytes(row.part), row.size)


def set_result(session: Session, job_id: UUID, result: str) -> None:
    """Keep the result of a job in its row, in the transaction that ends it."""
    session.execute(update(cast(Table, Job.__table__)).where(Job.id == job_id).values(result=result))


def kind_of(session: Session, job_id: UUID) -> str | None:
    """Return only the kind of a job."""
    return session.scalar(select(Job.kind).where(Job.id == job_id))


def matching(
    *,
    status: Sequence[str] = (),
    kind: str | None = None,
    kinds: Collection[str] | None = None,
    tags: Sequence[str] = (),
) -> Select[Job]:
    """Return the statement of the jobs that match all given filters, newest first."""
    statement = select(Job).where(Job.parent_id.is_(None)).order_by(Job.created_at.desc(), Job.id.desc())
    if status:
        statement = statement.where(Job.status.in_(status))
    if kind is not None:
        statement = statement.where(Job.kind == kind)
    if kinds is not None:
        statement = statement.where(Job.kind.in_(kinds))
    if tags:
        statement = statement.where(Job.tags.contains(list(tags)))
    return statement


def ask_to_cancel(session: Session, job_id: UUID) -> bool:
    """Cancel a queued job, or ask the worker of a running one to stop it; return False if it is neither.

    One statement does both, since a worker may claim the job or hand it back at the same time. A job that
    waits for its shards has no worker, so it is cancelled at once.
    """
    has_no_worker = or_(Job.status == JobStatus.QUEUED, Job.shards.is_not(None))
    statement = (
        update(Job)
        .where(
            Job.id == job_id,
            Job.parent_id.is_(None),
            Job.status.in_([JobStatus.QUEUED, JobStatus.RUNNING]),
        )
        .values(
            status=case((has_no_worker, JobStatus.CANCELLED), else_=JobStatus.CANCELLING),
            finished_at=case((has_no_worker, func.now()), else_=None),
        )
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(statement).first() is not None


def make_durable(session: Session, job_id: UUID) -> bool:
    """Make sure that the row is on disk after this transaction; return False if the row is gone.

    A commit flushes the log up to itself, and with it earlier commits that did not wait for the disk. Without
    a transaction id, this commit would not write to the log.
    """
    statement = select(Job.id, func.pg_current_xact_id()).where(Job.id == job_id)
    return session.execute(statement).first() is not None


def remove(session: Session, job_ids: Collection[UUID]) -> None:
    """Remove the rows of these jobs."""
    session.execute(delete(Job).where(Job.id.in_(job_ids)))


def remove_ended_before(session: Session, before: datetime, limit: int) -> int:
    """Remove a batch of the jobs of all kinds that ended before a time; return how many.

    A job ends in the transaction that stores its execution, so it is not removed before its execution.
    """
    ended = (
        select(Job.id)
        .where(
            Job.status.in_(TERMINAL_STATUSES),
            Job.finished_at < before,
            Job.created_at < before,  # follows from the line above, and has an index
        )
        .order_by(Job.created_at)
        .limit(limit)
    )
    return len(session.scalars(delete(Job).where(Job.id.in_(ended)).returning(Job.id)).all())
