"""The SQL of claimed jobs: end, hand back, lease, reap. They are claimed in ``claiming``.

Every write after the claim is guarded by ``claim_token`` and ``status``, so that a worker that lost its claim
changes nothing.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Update,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, aliased

from app import direct_sql
from app.jobs.claiming import ClaimedJob
from app.jobs.kinds import EndsJobs, JobKind, report_cancel, report_failure
from app.models import TERMINAL_STATUSES, Job, JobStatus, Queue

logger = logging.getLogger(__name__)

REAPER_LOCK_ID = 0x72656170
"""The advisory lock's number: "reap" in ASCII."""

SUCCEED = (
    b"UPDATE jobs SET status = 'SUCCEEDED', finished_at = now(), lease_expires_at = NULL, progress = 1"
    b" WHERE id = ANY(%(ids)s) AND claim_token = ANY(%(tokens)s) AND status = 'RUNNING' RETURNING id"
)
"""Sent by the driver, since every job runs it; a token is one job's."""

ENDED: dict[str, Any] = {"finished_at": func.now(), "lease_expires_at": None}
WITHOUT_CLAIM: dict[str, Any] = {
    "claim_token": None,
    "lease_expires_at": None,
    "progress": 0.0,
    "is_small": False,
}
"""A job that was given back is run alone from then on: it may be why others had to be, too."""

WORKER_LOST: dict[str, Any] = {
    "code": "worker_lost",
    "message": "The process that ran the job died in each of its attempts.",
    "details": {},
}


class Ending(StrEnum):
    """The result of a write that ends a job or gives it back."""

    STORED = "stored"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True)
class ChangedJob:
    """A job as a statement of the reaper has left it; ``awaited_id`` as ``ClaimedJob`` has it."""

    id: UUID
    kind: str
    queue: str
    status: JobStatus
    awaited_id: UUID


def succeed(session: Session, jobs: Sequence[ClaimedJob]) -> set[UUID]:
    """End jobs as SUCCEEDED; return the ids of those whose claim still held and that nobody cancelled."""
    return {job_id for (job_id,) in direct_sql.run_plain(session, SUCCEED, succeed_values(jobs))}


def succeed_values(jobs: Sequence[ClaimedJob]) -> dict[str, object]:
    """Return the parameters of ``SUCCEED``."""
    return {"ids": [job.id for job in jobs], "tokens": [job.token for job in jobs]}


def end_with_results(
    session: Session, kind: JobKind, done: Sequence[tuple[ClaimedJob, Any]]
) -> Mapping[UUID, Any]:
    """End jobs as SUCCEEDED if they are still this worker's; return what ``announce`` needs, by their ids."""
    if isinstance(kind, EndsJobs):
        return kind.end(session, done)
    succeeded = succeed(session, [job for job, _ in done])
    kept = [(job, result) for job, result in done if job.id in succeeded]
    values = kind.store(session, kept) if kept else []
    return {job.id: value for (job, _), value in zip(kept, values, strict=True)}


def ended_otherwise(session: Session, job: ClaimedJob) -> Ending:
    """End a job whose status was changed meanwhile, if it is still this worker's; return how it ended."""
    if end_cancelled(session, job):
        return Ending.CANCELLED
    if was_ended_by(session, job):
        return Ending.STORED
    logger.warning("Job %s was taken from this worker; its result is dropped", job.id)
    return Ending.LOST


def fail(session: Session, job: ClaimedJob, error: dict[str, Any]) -> bool:
    """End the job as FAILED with this error; return False if the claim was lost or a cancel came first."""
    if not _guarded(session, job, JobStatus.RUNNING, status=JobStatus.FAILED, error=error, **ENDED):
        return False
    report_failure(session, job.kind, job.id, error)
    return True


def end_cancelled(session: Session, job: ClaimedJob) -> bool:
    """End the job as CANCELLED if a cancel was asked; return whether it was."""
    if not _guarded(session, job, JobStatus.CANCELLING, status=JobStatus.CANCELLED, **ENDED):
        return False
    report_cancel(session, job.kind, job.id)
    return True


def was_ended_by(session: Session, job: ClaimedJob) -> bool:
    """Return whether the job has ended under this claim, by a commit whose answer was lost."""
    statement = select(Job.status).where(Job.id == job.id, Job.claim_token == job.token)
    status = session.scalar(statement)
    return status is not None and status in TERMINAL_STATUSES


def hand_back(session: Session, job: ClaimedJob, queue: Queue | None = None) -> bool:
    """Give the claim back without counting the attempt, to another queue if one is named."""
    return _requeue(session, job, attempt=Job.attempt - 1, queue=queue or job.queue)


def try_again(session: Session, job: ClaimedJob) -> bool:
    """Give the claim back after the job lost its process; the attempt counts."""
    return _requeue(session, job, attempt=Job.attempt, queue=job.queue)


def extend_leases(
    session: Session, progress: Mapping[tuple[UUID, UUID], float], lease: timedelta
) -> dict[UUID, JobStatus]:
    """Extend the leases of the claims that ``progress`` names by (id, token), never past their deadlines.

    A shard whose whole job has ended becomes CANCELLING.

    Returns:
        The status of each job whose claim still holds, by its token.
    """
    if not progress:
        return {}
    by_token = case({token: done for (_, token), done in progress.items()}, value=Job.claim_token)
    statement = (
        update(Job)
        .where(
            tuple_(Job.id, Job.claim_token).in_(list(progress)),
            Job.status.in_([JobStatus.RUNNING, JobStatus.CANCELLING]),
        )
        .values(
            lease_expires_at=func.least(func.now() + lease, Job.deadline_at),
            progress=by_token,
            status=case((_is_of_no_use(), JobStatus.CANCELLING), else_=Job.status),
        )
        .returning(Job.claim_token, Job.status)
        .execution_options(synchronize_session=False)
    )
    return {row.claim_token: JobStatus(row.status) for row in session.execute(statement)}


def _is_of_no_use() -> ColumnElement[bool]:
    """Return the condition that a job is a shard and that the whole job has ended."""
    whole = aliased(Job)
    runs = select(whole.id).where(whole.id == Job.parent_id, whole.status == JobStatus.RUNNING)
    return and_(Job.parent_id.is_not(None), ~runs.correlate(Job).exists())


def take_reaper_lock(session: Session) -> bool:
    """Become the one reaper until the transaction ends; return False if another process is the reaper."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(REAPER_LOCK_ID))))


def reap_expired(session: Session) -> list[ChangedJob]:
    """End the claims whose leases ran out: their jobs are queued, cancelled, or failed (``WORKER_LOST``)."""
    cancelled = Job.status == JobStatus.CANCELLING
    used_up = and_(Job.status == JobStatus.RUNNING, Job.attempt >= Job.max_attempts)
    ends = or_(cancelled, used_up)
    statement = (
        update(Job)
        .where(Job.status.in_([JobStatus.RUNNING, JobStatus.CANCELLING]), Job.lease_expires_at < func.now())
        .values(
            status=case(
                (cancelled, JobStatus.CANCELLED), (used_up, JobStatus.FAILED), else_=JobStatus.QUEUED
            ),
            error=case((used_up, literal(WORKER_LOST, Job.error.type)), else_=None),
            finished_at=case((ends, func.now()), else_=None),
            **WITHOUT_CLAIM,
        )
    )
    reaped = _changed(session, statement)
    for job in reaped:
        if job.status is JobStatus.FAILED:
            report_failure(session, job.kind, job.id, WORKER_LOST)
        elif job.status is JobStatus.CANCELLED:
            report_cancel(session, job.kind, job.id)
    return reaped


def _changed(session: Session, statement: Update) -> list[ChangedJob]:
    statement = statement.returning(Job.id, Job.kind, Job.queue, Job.status, Job.parent_id)
    rows = session.execute(statement.execution_options(synchronize_session=False))
    return [
        ChangedJob(row.id, row.kind, row.queue, JobStatus(row.status), row.parent_id or row.id)
        for row in rows
    ]


def _requeue(session: Session, job: ClaimedJob, attempt: SQLColumnExpression[int], queue: str) -> bool:
    values = {"attempt": attempt, "queue": queue, "queued_at": func.now(), **WITHOUT_CLAIM}
    return _guarded(session, job, JobStatus.RUNNING, status=JobStatus.QUEUED, **values)


def _guarded(session: Session, job: ClaimedJob, expected: JobStatus, **values: Any) -> bool:
    statement = (
        update(Job)
        .where(Job.id == job.id, Job.claim_token == job.token, Job.status == expected)
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(statement).first() is not None
