"""What clients do with jobs: submit, look, wait, cancel, retry."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.database import Database, UnitOfWork
from app.errors import ConflictError, NotFoundError, UnauthenticatedError, UnavailableError
from app.jobs import repository
from app.jobs.kinds import open_kinds
from app.jobs.notifier import JobNotifier
from app.jobs.wakeups import POLL_SECONDS, WakeUps
from app.models import Job, JobStatus, Queue
from app.settings import Settings
from app.telemetry.logs import current_request_id
from app.turns import end_turn

QUEUE_FULL_RETRY_SECONDS = 5


@dataclass(frozen=True)
class Submission:
    """A piece of work that a client asks for, checked and ready to be stored."""

    kind: str
    spec: dict[str, Any]
    tags: list[str] = field(default_factory=list)
    owner: str | None = None
    retry_of: UUID | None = None
    queue: Queue = Queue.INTERACTIVE


class Submitted:
    """Whether workers were notified of a job; known once its transaction is committed."""

    def __init__(self) -> None:
        self.is_notified = False


def check_admission(notifier: JobNotifier, max_queued_jobs: int) -> None:
    """Refuse work while Redis is away or the queues are full, before anything is stored.

    All queues count together: every job comes in by the interactive one, and heavy ones move on from there.

    Raises:
        UnavailableError: with the time after which to try again.
    """
    if sum(notifier.lengths().values()) >= max_queued_jobs:
        raise UnavailableError(
            f"The queue is full: {max_queued_jobs} jobs wait. Try again shortly.",
            QUEUE_FULL_RETRY_SECONDS,
            code="queue_full",
        )


def submit(
    unit: UnitOfWork, notifier: JobNotifier, submission: Submission, max_attempts: int, job_id: UUID
) -> Submitted:
    """Store a job; workers are notified of it when the transaction is committed."""
    repository.add(
        unit.session,
        {
            "id": job_id,
            "kind": submission.kind,
            "spec": submission.spec,
            "tags": submission.tags,
            "owner": submission.owner,
            "retry_of": submission.retry_of,
            "queue": submission.queue,
            "max_attempts": max_attempts,
            "request_id": current_request_id(),
        },
    )
    submitted = Submitted()

    def notify() -> None:
        submitted.is_notified = notifier.notify(job_id, submission.kind, submission.queue)

    unit.after_commit(notify)
    return submitted


def get(session: Session, job_id: UUID) -> Job:
    """The job with this id.

    Raises:
        NotFoundError: there is none.
    """
    job = repository.get(session, job_id)
    if job is None:
        raise NotFoundError("Job not found")
    return job


def require_open(session: Session, job_id: UUID) -> None:
    """Refuse a caller without a key a job of a kind that needs one.

    Raises:
        UnauthenticatedError: the job is of such a kind.
    """
    kind = repository.kind_of(session, job_id)
    if kind is not None and kind not in open_kinds():
        raise UnauthenticatedError(
            f"Jobs of kind {kind} need an API key: send it as Authorization: Bearer qloom_…"
        )


def cancel(unit: UnitOfWork, wake_ups: WakeUps, job_id: UUID) -> Job:
    """Cancel a queued job at once, and ask for the cancel of a running one; asking twice is harmless.

    The waiters of a job that has ended are woken after the commit. Those of a running one are its worker's to
    wake: woken now, they would ask without a pause.

    Raises:
        NotFoundError: there is no such job.
        ConflictError: the job has ended otherwise.
    """
    repository.ask_to_cancel(unit.session, job_id)
    job = get(unit.session, job_id)
    if job.status in (JobStatus.SUCCEEDED, JobStatus.FAILED):
        raise ConflictError(
            f"The job has already ended: it is {job.status} and cannot be cancelled.", code="job_ended"
        )
    audit.record(unit.session, Action.CANCELLED, Kind.JOB, str(job_id), {"kind": job.kind})
    if job.finished_at is not None:
        unit.after_commit(lambda: wake_ups.wake([job_id]))
    return job


def retry_submission(session: Session, job_id: UUID) -> Submission:
    """The submission that runs a failed job again, as a new job.

    Raises:
        NotFoundError: there is no such job.
        ConflictError: the job has not failed.
    """
    job = get(session, job_id)
    if job.status != JobStatus.FAILED:
        raise ConflictError(f"Only a FAILED job can be retried; this one is {job.status}.", code="not_failed")
    return Submission(job.kind, job.spec, job.tags, job.owner, job.id, Queue(job.queue))


def long_poll(
    database: Database, wake_ups: WakeUps, settings: Settings, job_id: UUID, seconds: float
) -> None:
    """Wait for the end of a job that somebody asks about, for at most ``max_wait_seconds``.

    The row is read first: the wake-up of a job that ended long ago has expired, and one that never was gets
    none.
    """
    with database.reading() as session:
        status = repository.status_of(session, job_id)
    if status is not None and not status.is_terminal:
        wait_for_end(database, wake_ups, settings, job_id, min(seconds, settings.max_wait_seconds))


def wait_for_end(
    database: Database, wake_ups: WakeUps, settings: Settings, job_id: UUID, seconds: float
) -> bool:
    """Wait until the job has ended and its graph was tried, for at most ``seconds``.

    The wake-up only says when to read the row; between two slices the row is read anyway, so that a lost
    wake-up costs one slice. A job that has ended waits for its graph at most ``graph_wait_seconds`` more.
    While PostgreSQL is away the wait goes on: the job is accepted, and an error would say that it is not.

    Returns:
        True if the job has ended.
    """
    end_turn()
    deadline = time.monotonic() + seconds
    ended = False
    while (remaining := deadline - time.monotonic()) > 0:
        woken = wake_ups.wait(job_id, remaining)
        try:
            with database.reading() as session:
                status = repository.status_of(session, job_id)
        except UnavailableError:
            time.sleep(min(remaining, POLL_SECONDS))
            continue
        if status is None:
            return True  # deleted meanwhile: reading it says so
        if status.is_terminal and not ended:
            ended = True
            deadline = min(deadline, time.monotonic() + settings.graph_wait_seconds)
        if ended and (woken or status is not JobStatus.SUCCEEDED):
            return True
    return ended
