"""The operations on jobs: submit, read, cancel, retry; ``app.jobs.waiting`` waits for their end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.connections import Connections
from app.database import UnitOfWork
from app.errors import (
    ConflictError,
    NotFoundError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from app.jobs import repository, shards
from app.jobs.kinds import declaration_of, open_kinds, report_cancel
from app.jobs.notifier import JobNotifier, WakeUps
from app.models import Job, JobStatus, Queue
from app.redis.clients import blocking_client
from app.settings import Settings
from app.telemetry.logs import current_request_id

QUEUE_FULL_RETRY_SECONDS = 5

MAX_ATTEMPTS = 3
"""Processes that a job may lose before it fails: one may be an accident, three are the job's own doing."""

ACTIVE_RETRY_SECONDS = 5
"""After this, some of a key's jobs have probably ended."""

HOUR_RETRY_SECONDS = 60
"""After this, the seconds of the minute that is now an hour ago count no more."""


@dataclass(frozen=True)
class JobServices:
    """The parts that a process needs to submit jobs and to wait for them. They connect when they are used."""

    connections: Connections

    @cached_property
    def notifier(self) -> JobNotifier:
        """Notifies workers of queued jobs."""
        return JobNotifier(self.connections.redis, self.connections.settings.redis_key_prefix)

    @cached_property
    def wake_ups(self) -> WakeUps:
        """Wakes those who wait for the end of a job."""
        settings = self.connections.settings
        return WakeUps(self.connections.redis, blocking_client(settings.redis_url), settings.redis_key_prefix)


@dataclass(frozen=True)
class Submission:
    """A piece of work that a client asks for, checked and ready to be stored.

    Attributes:
        tags: one that is given twice counts once.
        owner: the API key that asks for it.
        caller: the key or the address that takes turns with others (``principal.caller``).
        is_small: it may be run in one go with others of its kind, which must be ``RunsTogether``.
        is_awaited: the request that submits it waits for its result.
        attach: writes the rows that belong to the job, by its id, in the transaction that stores it.
        circuit_name: the circuit that it runs, with its noise; of kinds that run one.
    """

    kind: str
    spec: dict[str, Any]
    tags: list[str] = field(default_factory=list)
    owner: str | None = None
    retry_of: UUID | None = None
    queue: Queue = Queue.INTERACTIVE
    caller: str = ""
    is_small: bool = False
    is_awaited: bool = False
    attach: Callable[[Session, UUID], None] | None = None
    circuit_name: str | None = None


class Submitted:
    """What became of a submission.

    Attributes:
        is_notified: whether workers were notified of the job; known once its transaction is committed.
        queued: the job as it waits, and the number of jobs before it; of one whose result is not awaited.
    """

    def __init__(self) -> None:
        self.is_notified = False
        self.queued: tuple[Job, int] | None = None


def accept(unit: UnitOfWork, jobs: JobServices, submission: Submission, job_id: UUID) -> Submitted:
    """Store a job of a client, unless the queues are full or the client's key has used up what it may.

    Raises:
        UnavailableError, TooManyRequestsError: see ``check_admission`` and ``check_allowance``.
    """
    settings = jobs.connections.settings
    check_admission(unit.session, jobs.notifier, settings.max_queued_jobs)
    check_allowance(unit.session, submission.owner, settings)
    return submit(unit, jobs.notifier, submission, job_id)


def check_admission(session: Session, notifier: JobNotifier, max_queued_jobs: int) -> None:
    """Refuse work while Redis is away or the queues are full.

    All queues count together, since a job may move from the interactive queue to the heavy one. The rows say
    whether the queues are full: while all slots are busy, cancelled jobs are still among the notifications.

    Raises:
        UnavailableError: with the time after which to try again.
    """
    if notifier.waiting() < max_queued_jobs:
        return
    if repository.queued_jobs(session, max_queued_jobs) >= max_queued_jobs:
        raise UnavailableError(
            f"The queue is full: {max_queued_jobs} jobs wait. Try again shortly.",
            QUEUE_FULL_RETRY_SECONDS,
            code="queue_full",
        )


def check_allowance(session: Session, owner: str | None, settings: Settings) -> None:
    """Refuse a job to an API key with too many jobs at once, or too many seconds of work in an hour.

    Callers without a key have no such limit. Submissions at the very same time do not count each other.

    Raises:
        TooManyRequestsError: with the limit's name.
    """
    if owner is None:
        return
    most = settings.max_active_jobs_per_key
    if repository.active_jobs_of(session, owner, most) >= most:
        raise TooManyRequestsError(
            f"This API key has {most} jobs that have not ended; wait for some, or cancel them.",
            "max_active_jobs_per_key",
            ACTIVE_RETRY_SECONDS,
            code="too_many_active_jobs",
        )
    seconds = settings.max_simulator_seconds_per_hour
    if seconds and repository.seconds_of_last_hour(session, owner) >= seconds:
        raise TooManyRequestsError(
            f"The jobs of this API key have run for {seconds:g} seconds within the last hour.",
            "max_simulator_seconds_per_hour",
            HOUR_RETRY_SECONDS,
            code="simulator_seconds_used_up",
        )


def submit(unit: UnitOfWork, notifier: JobNotifier, submission: Submission, job_id: UUID) -> Submitted:
    """Store a job; workers are notified of it when the transaction is committed."""
    values = {
        "id": job_id,
        "kind": submission.kind,
        "spec": submission.spec,
        "circuit_name": submission.circuit_name,
        "tags": list(dict.fromkeys(submission.tags)),
        "owner": submission.owner,
        "caller": submission.caller,
        "is_small": submission.is_small,
        "is_awaited": submission.is_awaited,
        "retry_of": submission.retry_of,
        "queue": submission.queue,
        "max_attempts": MAX_ATTEMPTS,
        "request_id": current_request_id(),
    }
    submitted = Submitted()
    if submission.is_awaited:
        repository.add(unit.session, values)
    else:
        submitted.queued = repository.add_in_place(unit.session, values)
    if submission.attach is not None:
        submission.attach(unit.session, job_id)

    def notify() -> None:
        submitted.is_notified = notifier.notify(job_id, submission.queue)

    unit.after_commit(notify)
    return submitted


def get(session: Session, job_id: UUID) -> Job:
    """Return the job with this id.

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
    """Cancel a queued job at once, or ask the worker of a running one to stop it; asking twice is harmless.

    The waiters of a job that has ended are woken after the commit. The waiters of a running job are woken by
    its worker: woken now, they would read the row again and again until it has stopped.

    Raises:
        NotFoundError: there is no such job.
        ConflictError: the job has succeeded or failed.
    """
    is_new = repository.ask_to_cancel(unit.session, job_id)
    job = get(unit.session, job_id)
    if job.status in (JobStatus.SUCCEEDED, JobStatus.FAILED):
        raise ConflictError(
            f"The job has already ended: it is {job.status} and cannot be cancelled.", code="job_ended"
        )
    if job.shards is not None:
        shards.cancel_queued(unit.session, job_id)
    audit.record(unit.session, Action.CANCELLED, Kind.JOB, str(job_id), {"kind": job.kind})
    if is_new and job.status == JobStatus.CANCELLED:
        report_cancel(unit.session, job.kind, job_id)
    if job.finished_at is not None:
        unit.after_commit(lambda: wake_ups.wake([job_id]))
    return job


def retry_submission(session: Session, job_id: UUID) -> Submission:
    """Return the submission that runs a failed job again, as a new job.

    Raises:
        NotFoundError: there is no such job.
        ConflictError: the job has not failed.
    """
    job = get(session, job_id)
    if job.status != JobStatus.FAILED:
        raise ConflictError(f"Only a FAILED job can be retried; this one is {job.status}.", code="not_failed")
    on_retried = declaration_of(job.kind).on_retried
    return Submission(
        job.kind,
        job.spec,
        job.tags,
        job.owner,
        job.id,
        Queue(job.queue),
        caller=job.caller,
        is_small=job.is_small,
        circuit_name=job.circuit_name,
        attach=None if on_retried is None else _attaching(on_retried, job.id),
    )


def _attaching(
    on_retried: Callable[[Session, UUID, UUID], None], failed: UUID
) -> Callable[[Session, UUID], None]:
    return lambda session, job_id: on_retried(session, failed, job_id)
