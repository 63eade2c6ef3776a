"""The SQL of jobs as workers see them: claim, end, hand back, lease, reap, notify again.

Every write after the claim is guarded by ``claim_token`` and ``status``, so that a worker that lost its claim
changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import (
    Interval,
    SQLColumnExpression,
    Table,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from app.jobs.kinds import declaration_of
from app.models import TERMINAL_STATUSES, Job, JobStatus, Queue

NOTIFY_BATCH = 1_000
"""The most queued jobs of which workers are notified again in one tick."""

REAPER_LOCK_ID = 0x72656170
"""The advisory lock's number: "reap" in ASCII."""

MAX_NOTIFY_DOUBLINGS = 7
"""The pause between two notifications of a job is doubled at most this often: 30 s × 2^7 is about an hour."""

# The two statements of every job are built once, since building one (0.9 ms) takes longer than running it
# (0.3 ms), and on the table, since the ORM would add to their time.
JOBS = cast(Table, Job.__table__)
CLAIMED = ("kind", "spec", "tags", "owner", "attempt", "max_attempts", "request_id")
CLAIM = (
    update(JOBS)
    .where(
        JOBS.c.id == bindparam("job_id"),
        JOBS.c.status == JobStatus.QUEUED,
        JOBS.c.queue == bindparam("from_queue"),
    )
    .values(
        status=JobStatus.RUNNING,
        attempt=JOBS.c.attempt + 1,
        claim_token=bindparam("token"),
        worker=bindparam("claimed_by"),
        progress=0.0,
        started_at=func.now(),
        lease_expires_at=func.now() + bindparam("lease", type_=Interval),
        deadline_at=func.now() + bindparam("deadline", type_=Interval),
    )
    .returning(*(JOBS.c[name] for name in CLAIMED))
)
SUCCEED = (
    update(JOBS)
    .where(
        JOBS.c.id == bindparam("job_id"),
        JOBS.c.claim_token == bindparam("token"),
        JOBS.c.status == JobStatus.RUNNING,
    )
    .values(status=JobStatus.SUCCEEDED, finished_at=func.now(), lease_expires_at=None, progress=1.0)
    .returning(JOBS.c.id)
)

ENDED: dict[str, Any] = {"finished_at": func.now(), "lease_expires_at": None}
WITHOUT_CLAIM: dict[str, Any] = {
    "claim_token": None,
    "lease_expires_at": None,
    "progress": 0.0,
    "last_notified_at": func.now(),
    "notifications": 1,
}


@dataclass(frozen=True)
class ClaimedJob:
    """A job as the worker that claimed it knows it."""

    id: UUID
    kind: str
    queue: str
    spec: dict[str, Any]
    tags: list[str]
    owner: str | None
    attempt: int
    max_attempts: int
    token: UUID
    request_id: str | None = None

    @property
    def is_last_attempt(self) -> bool:
        """Whether the job fails if this attempt is lost."""
        return self.attempt >= self.max_attempts


@dataclass(frozen=True)
class ChangedJob:
    """A job as a statement of the reaper has left it."""

    id: UUID
    kind: str
    queue: str
    status: JobStatus


def claim(
    session: Session, job_id: UUID, queue: str, worker: str, lease: timedelta, deadline: timedelta
) -> ClaimedJob | None:
    """Claim a queued job of this queue; return ``None`` if it is not queued there."""
    token = uuid4()
    values = {
        "job_id": job_id,
        "from_queue": queue,
        "token": token,
        "claimed_by": worker,
        "lease": lease,
        "deadline": deadline,
    }
    row = session.execute(CLAIM, values).one_or_none()
    if row is None:
        return None
    return ClaimedJob(id=job_id, queue=queue, token=token, **row._mapping)


def succeed(session: Session, job: ClaimedJob) -> bool:
    """End the job as SUCCEEDED; return False if the claim was lost or a cancel came first."""
    return session.execute(SUCCEED, {"job_id": job.id, "token": job.token}).first() is not None


def fail(session: Session, job: ClaimedJob, error: dict[str, Any]) -> bool:
    """End the job as FAILED with this error; return False as ``succeed``."""
    if not _guarded(session, job, JobStatus.RUNNING, status=JobStatus.FAILED, error=error, **ENDED):
        return False
    _report_failure(session, job.id, job.kind, error)
    return True


def end_cancelled(session: Session, job: ClaimedJob) -> bool:
    """End the job as CANCELLED if a cancel was asked; return whether it was."""
    return _guarded(session, job, JobStatus.CANCELLING, status=JobStatus.CANCELLED, **ENDED)


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
        .values(lease_expires_at=func.least(func.now() + lease, Job.deadline_at), progress=by_token)
        .returning(Job.claim_token, Job.status)
        .execution_options(synchronize_session=False)
    )
    return {row.claim_token: JobStatus(row.status) for row in session.execute(statement)}


def take_reaper_lock(session: Session) -> bool:
    """Become the one reaper until the transaction ends; return False if another process is the reaper."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(REAPER_LOCK_ID))))


def reap_expired(session: Session, lost: dict[str, Any]) -> list[ChangedJob]:
    """End the claims whose leases ran out: their jobs are queued, cancelled, or failed with ``lost``."""
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
            error=case((used_up, literal(lost, Job.error.type)), else_=None),
            finished_at=case((ends, func.now()), else_=None),
            **WITHOUT_CLAIM,
        )
    )
    reaped = _changed(session, statement)
    for job in reaped:
        if job.status is JobStatus.FAILED:
            _report_failure(session, job.id, job.kind, lost)
    return reaped


def choose_for_notification(
    session: Session, empty_queues: Sequence[str], waited: timedelta, pause: timedelta
) -> list[ChangedJob]:
    """Choose queued jobs whose message may be lost, and note that workers are notified of them now.

    1. Jobs of a queue that is empty in Redis, if the last notification is older than ``waited``.
    2. Jobs of any queue, if it is older than ``pause``, doubled for each notification.
    """
    patience = pause * func.power(2, func.least(Job.notifications - 1, MAX_NOTIFY_DOUBLINGS))
    message_is_lost = and_(Job.queue.in_(list(empty_queues)), Job.last_notified_at < func.now() - waited)
    chosen = (
        select(Job.id)
        .where(
            Job.status == JobStatus.QUEUED, or_(message_is_lost, Job.last_notified_at < func.now() - patience)
        )
        .order_by(Job.queued_at, Job.id)
        .limit(NOTIFY_BATCH)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(Job)
        .where(Job.id.in_(chosen))
        .values(last_notified_at=func.now(), notifications=Job.notifications + 1)
    )
    return _changed(session, statement)


def _changed(session: Session, statement: Update) -> list[ChangedJob]:
    statement = statement.returning(Job.id, Job.kind, Job.queue, Job.status)
    rows = session.execute(statement.execution_options(synchronize_session=False))
    return [ChangedJob(row.id, row.kind, row.queue, JobStatus(row.status)) for row in rows]


def _report_failure(session: Session, job_id: UUID, kind: str, error: dict[str, Any]) -> None:
    on_failed = declaration_of(kind).on_failed
    if on_failed is not None:
        on_failed(session, job_id, error)


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
