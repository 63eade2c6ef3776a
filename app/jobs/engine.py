"""The job engine: what a worker's slot does when it is notified of a job.

1. Claim the job's row.
2. Do the work outside any transaction; a :class:`JobKind` knows how.
3. Store the result and end the row in one transaction.
4. Wake the waiters.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from app.database import Database
from app.errors import AppError, UnavailableError
from app.jobs import claims
from app.jobs.claims import ClaimedJob
from app.jobs.notifier import JobNotifier, WakeUps
from app.jobs.running import CancelReason, RunningJob, RunningJobs
from app.models import Queue
from app.settings import Settings
from app.simulators.errors import ProcessLostError
from app.telemetry.logs import bound_contextvars
from app.telemetry.metrics import JobOutcome, timed_job

logger = logging.getLogger(__name__)

STORE_PATIENCE_SECONDS = 120
"""How long a worker keeps a result in memory while PostgreSQL is away."""

DEADLINE_MARGIN_SECONDS = STORE_PATIENCE_SECONDS + 30
"""What a job may take beyond its simulation, to wait for PostgreSQL and to store its result."""

WORKER_LOST = {
    "code": "worker_lost",
    "message": "The process that ran the job died in each of its attempts.",
    "details": {},
}

FAULT = "The job failed through a fault of the server; it is logged."


class TooCostlyError(Exception):
    """The job takes too long for this queue; it belongs on the heavy one."""


class JobKind(Protocol):
    """How jobs of one kind are done."""

    def run(self, job: ClaimedJob, running: RunningJob) -> Any:
        """Do the work, outside any transaction, and return the result for ``store`` and ``announce``.

        Raises:
            AppError: the job fails, with this code and message.
            TooCostlyError: the job belongs on the heavy queue.
            ProcessLostError: the job's process died.
            CancelledError: the work was stopped through ``running``.
        """

    def store(self, session: Session, job: ClaimedJob, result: Any) -> Any:
        """Write the result in the transaction that ends the job; the return value goes to ``announce``."""

    def announce(self, job: ClaimedJob, result: Any, stored: Any, wake: Callable[[], None]) -> None:
        """Do what follows the commit, such as writing the graph, and call ``wake``."""


class _Ending(StrEnum):
    """What became of a write that ends a job or gives it back."""

    STORED = "stored"
    CANCELLED = "cancelled"
    LOST = "lost"


OUTCOMES = {
    _Ending.STORED: JobOutcome.SUCCEEDED,
    _Ending.CANCELLED: JobOutcome.CANCELLED,
    _Ending.LOST: JobOutcome.CLAIM_LOST,
}
"""How a job whose work succeeded left its slot."""


@dataclass(frozen=True)
class JobEngine:
    """Runs the jobs of one queue in one worker process."""

    settings: Settings
    database: Database
    notifier: JobNotifier
    wake_ups: WakeUps
    running: RunningJobs
    kinds: Mapping[str, JobKind]
    queue: str
    worker: str

    def run_if_queued(self, job_id: UUID, kind: str) -> JobOutcome | None:
        """Run the job if it is queued. After a second notification of the same job it is not.

        Returns:
            How the job left its slot; ``None`` if it was not run here.
        """
        if self.running.is_draining:
            self.notifier.notify(job_id, kind, self.queue)
            return None
        job = self._claim(job_id)
        if job is None:
            return None
        with (
            bound_contextvars(request_id=job.request_id, job_id=str(job.id)),
            timed_job(job.kind) as timer,
            self.running.track(job) as running,
        ):
            timer.outcome = self._run(job, running)
            logger.info("Job of kind %s, attempt %d: %s", job.kind, job.attempt, timer.outcome)
            return timer.outcome

    def _claim(self, job_id: UUID) -> ClaimedJob | None:
        lease = timedelta(seconds=self.settings.lease_seconds)
        deadline = timedelta(seconds=self.settings.max_job_seconds + DEADLINE_MARGIN_SECONDS)
        with self.database.autocommit() as unit:
            return claims.claim(unit.session, job_id, self.queue, self.worker, lease, deadline)

    def _run(self, job: ClaimedJob, running: RunningJob) -> JobOutcome:
        kind = self.kinds[job.kind]
        try:
            result = kind.run(job, running)
        except TooCostlyError:
            self._hand_back(job, Queue.HEAVY)
            return JobOutcome.MOVED
        except CancelledError:
            return self._stopped(job, running)
        except ProcessLostError as error:
            self._process_lost(job, error)
            return JobOutcome.PROCESS_LOST
        except AppError as error:
            self._failed(job, error)
            return JobOutcome.FAILED
        except Exception:
            logger.exception("Job %s failed through an unexpected error", job.id)
            self._failed(job, AppError(FAULT))
            return JobOutcome.FAILED
        return self._succeeded(kind, job, result)

    def _succeeded(self, kind: JobKind, job: ClaimedJob, result: Any) -> JobOutcome:
        stored: list[Any] = []

        def store(session: Session) -> bool:
            if not claims.succeed(session, job):
                return False
            stored[:] = [kind.store(session, job, result)]
            return True

        try:
            ending = self._end(job, store)
        except UnavailableError as error:
            logger.warning("The result of job %s could not be stored; it runs again: %s", job.id, error)
            self._hand_back(job)  # the job lost no process, so this attempt does not count
            return JobOutcome.HANDED_BACK
        except Exception:
            logger.exception("The result of job %s cannot be stored", job.id)
            self._failed(job, AppError(FAULT))
            return JobOutcome.FAILED
        if ending is _Ending.STORED and stored:
            kind.announce(job, result, stored[0], lambda: self.wake_ups.wake([job.id]))
        elif ending is not _Ending.LOST:
            self.wake_ups.wake([job.id])
        return OUTCOMES[ending]

    def _failed(self, job: ClaimedJob, error: AppError) -> None:
        document = {"code": error.code, "message": error.message, "details": error.details}
        self._end_and_wake(job, lambda session: claims.fail(session, job, document))

    def _process_lost(self, job: ClaimedJob, error: ProcessLostError) -> None:
        logger.warning("Job %s lost its process in attempt %d: %s", job.id, job.attempt, error)
        if job.is_last_attempt:
            self._end_and_wake(job, lambda session: claims.fail(session, job, WORKER_LOST))
        else:
            self._requeue(job, job.queue, lambda session: claims.try_again(session, job))

    def _stopped(self, job: ClaimedJob, running: RunningJob) -> JobOutcome:
        if running.reason is CancelReason.SHUTDOWN:
            self._hand_back(job)
            return JobOutcome.HANDED_BACK
        if running.reason is CancelReason.ASKED:
            self._end_and_wake(job, lambda session: claims.end_cancelled(session, job))
            return JobOutcome.CANCELLED
        return JobOutcome.CLAIM_LOST

    def _hand_back(self, job: ClaimedJob, queue: Queue | None = None) -> None:
        self._requeue(job, queue or job.queue, lambda session: claims.hand_back(session, job, queue))

    def _requeue(self, job: ClaimedJob, queue: str, write: Callable[[Session], bool]) -> None:
        ending = self._end(job, write)
        if ending is _Ending.STORED:
            self.notifier.notify(job.id, job.kind, queue)
        elif ending is _Ending.CANCELLED:
            self.wake_ups.wake([job.id])

    def _end_and_wake(self, job: ClaimedJob, write: Callable[[Session], bool]) -> None:
        if self._end(job, write) is not _Ending.LOST:
            self.wake_ups.wake([job.id])

    def _end(self, job: ClaimedJob, write: Callable[[Session], bool]) -> _Ending:
        """Write how the job ends, durably; try again for a while if PostgreSQL is away.

        1. If a cancel was asked meanwhile, the write finds the status changed, and the job ends CANCELLED.
        2. If the connection was lost after a commit, the next try finds that the job has ended under this
           claim.
        """
        patience = Retrying(
            retry=retry_if_exception_type(UnavailableError),
            wait=wait_exponential(multiplier=0.1, max=2),
            stop=stop_after_delay(STORE_PATIENCE_SECONDS),
            reraise=True,
        )
        return patience(self._end_once, job, write)

    def _end_once(self, job: ClaimedJob, write: Callable[[Session], bool]) -> _Ending:
        with self.database.unit_of_work() as unit:
            if write(unit.session):
                return _Ending.STORED
            if claims.end_cancelled(unit.session, job):
                return _Ending.CANCELLED
            if claims.was_ended_by(unit.session, job):
                return _Ending.STORED
        logger.warning("Job %s was taken from this worker; its result is dropped", job.id)
        return _Ending.LOST
