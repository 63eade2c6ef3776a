"""The job engine: what a slot of a worker does with what is next in its queue.

1. Claim the rows: one job, or several small ones (``claiming``).
2. Do the work outside any transaction; a ``JobKind`` knows how.
3. Store the results and end the rows in one transaction.
4. Wake the waiters.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from app.database import Database
from app.errors import AppError, UnavailableError
from app.jobs import claiming, claims, shards
from app.jobs.claiming import MOST_TOGETHER, Claim, ClaimedJob
from app.jobs.claims import Ending, end_with_results, ended_otherwise
from app.jobs.kinds import JobKind, RunsTogether, TooCostlyError
from app.jobs.notifier import JobNotifier, WakeUps
from app.jobs.reports import JobReports
from app.jobs.running import CancelReason, RunningJob, RunningJobs
from app.jobs.shards import Split
from app.models import Queue
from app.settings import Settings
from app.simulators.errors import ProcessLostError
from app.telemetry.logs import bound_contextvars
from app.telemetry.metrics import JOB_SECONDS, JobOutcome

logger = logging.getLogger(__name__)

STORE_PATIENCE_SECONDS = 120
"""How long a worker keeps a result in memory while PostgreSQL is away."""

DEADLINE_MARGIN_SECONDS = STORE_PATIENCE_SECONDS + 30
"""The time that a job may take beyond its simulation, to wait for PostgreSQL and to store its result."""

FAULT = "The job failed through a fault of the server; it is logged."


OUTCOMES = {
    Ending.STORED: JobOutcome.SUCCEEDED,
    Ending.CANCELLED: JobOutcome.CANCELLED,
    Ending.LOST: JobOutcome.CLAIM_LOST,
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
    reports: JobReports = field(default_factory=JobReports)

    def run_next(self, told: Sequence[UUID] = (), *, were_seen: bool = False) -> Claim:
        """Claim what is next in the queue and run it; return what was claimed.

        Args:
            told: the ids in the notifications that were taken for it.
            were_seen: the claim before saw more jobs. Their notifications are in the list or come soon; each
                that stayed there would have a slot claim in vain.
        """
        if self.running.is_draining:
            return Claim([], are_more=False)
        claim = self._claim()
        untold = len(claim.jobs) - (0 if were_seen else 1)
        if untold > 0:
            told = [*told, *self.notifier.take(self.queue, untold)]
        if in_vain := set(told) - {job.id for job in claim.jobs}:
            self.reports.notified_in_vain(list(in_vain))
        if claim.jobs:
            with ExitStack() as stack:
                self._run_claimed([stack.enter_context(self.running.track(job)) for job in claim.jobs])
        return claim

    def _claim(self) -> Claim:
        lease = timedelta(seconds=self.settings.lease_seconds)
        deadline = timedelta(seconds=self.settings.max_job_seconds + DEADLINE_MARGIN_SECONDS)
        with self.database.autocommit() as unit:
            return claiming.claim_next(unit.session, self.queue, self.worker, lease, deadline, MOST_TOGETHER)

    def _run_claimed(self, running: Sequence[RunningJob]) -> None:
        started = perf_counter()
        self.reports.started([each.job for each in running])
        alone = running if len(running) == 1 else self._run_together(running, started)
        for index, each in enumerate(alone):
            with _context(each.job):
                outcome = JobOutcome.CLAIM_LOST
                try:
                    outcome = self._give_back(each.job) if index else self._run(each.job, each)
                finally:
                    self._note(each.job, outcome, perf_counter() - started)

    def _give_back(self, job: ClaimedJob) -> JobOutcome:
        """Leave a job to any free slot, at no cost: this worker stops, or the job is not small after all."""
        self._hand_back(job)
        return JobOutcome.HANDED_BACK

    def _run_together(self, running: Sequence[RunningJob], started: float) -> Sequence[RunningJob]:
        """Run small jobs in one go; return those that are to be run alone."""
        kind = self.kinds[running[0].job.kind]
        if not isinstance(kind, RunsTogether):
            return running
        results = kind.run_together([each.job for each in running])
        alone: list[RunningJob] = []
        done: list[tuple[ClaimedJob, Any]] = []
        outcomes: list[tuple[ClaimedJob, JobOutcome]] = []
        for each, result in zip(running, results, strict=True):
            if result is None:
                alone.append(each)
            elif isinstance(result, AppError):
                self._failed(each.job, result)
                outcomes.append((each.job, JobOutcome.FAILED))
            else:
                done.append((each.job, result))
        if done:
            outcomes += zip((job for job, _ in done), self._succeeded(kind, done), strict=True)
        seconds = perf_counter() - started
        for job, outcome in outcomes:
            with _context(job):
                self._note(job, outcome, seconds)
        return alone

    def _note(self, job: ClaimedJob, outcome: JobOutcome, seconds: float) -> None:
        JOB_SECONDS.labels(job.kind, outcome).observe(seconds)
        self.reports.left(job, outcome, seconds)
        logger.info("Job of kind %s, attempt %d: %s", job.kind, job.attempt, outcome)

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
        if isinstance(result, Split):
            return self._split(job, result)
        return self._succeeded(kind, [(job, result)])[0]

    def _split(self, job: ClaimedJob, into: Split) -> JobOutcome:
        """Replace a job by its shards, which wait for any worker; the last one ends it."""
        stored: list[UUID] = []

        def write(session: Session) -> bool:
            stored[:] = shards.split(session, job, into)
            return bool(stored)

        ending = self._end(job, write)
        if ending is Ending.STORED:
            self.notifier.notify_of(stored, into.queue)
            return JobOutcome.SPLIT
        if ending is Ending.CANCELLED:
            self.wake_ups.wake([job.id])
        return OUTCOMES[ending]

    def _succeeded(self, kind: JobKind, done: Sequence[tuple[ClaimedJob, Any]]) -> Sequence[JobOutcome]:
        """Store the results of jobs whose work succeeded, and announce them; return how each job ended."""
        stored: dict[UUID, Any] = {}
        try:
            endings = _patience()(self._store_once, kind, done, stored)
        except UnavailableError as error:
            for job, _ in done:
                logger.warning("The result of job %s could not be stored; it runs again: %s", job.id, error)
                self._hand_back(job)  # the job lost no process, so this attempt does not count
            return [JobOutcome.HANDED_BACK] * len(done)
        except Exception:
            if len(done) > 1:  # one of them is at fault
                return [outcome for each in done for outcome in self._succeeded(kind, [each])]
            [(job, _)] = done
            logger.exception("The result of job %s cannot be stored", job.id)
            self._failed(job, AppError(FAULT))
            return [JobOutcome.FAILED]
        to_wake = []
        for (job, result), ending in zip(done, endings, strict=True):
            is_new = ending is Ending.STORED and job.id in stored
            if kind.announce(job, result, stored[job.id]) if is_new else ending is not Ending.LOST:
                to_wake.append(job.id)
        if to_wake:
            self.wake_ups.wake(to_wake)
        return [OUTCOMES[ending] for ending in endings]

    def _store_once(
        self, kind: JobKind, done: Sequence[tuple[ClaimedJob, Any]], stored: dict[UUID, Any]
    ) -> list[Ending]:
        """End jobs with their results; return how each ended.

        What ``announce`` needs for each goes into ``stored``, where a next try finds it if the answer to
        a commit was lost.
        """
        with self.database.unit_of_work() as unit:
            ended = end_with_results(unit.session, kind, done)
            stored.update(ended)
            return [
                Ending.STORED if job.id in ended else ended_otherwise(unit.session, job) for job, _ in done
            ]

    def _failed(self, job: ClaimedJob, error: AppError) -> None:
        document = {"code": error.code, "message": error.message, "details": error.kept_details}
        self._end_and_wake(job, lambda session: claims.fail(session, job, document))

    def _process_lost(self, job: ClaimedJob, error: ProcessLostError) -> None:
        logger.warning("Job %s lost its process in attempt %d: %s", job.id, job.attempt, error)
        if job.is_last_attempt:
            self._end_and_wake(job, lambda session: claims.fail(session, job, claims.WORKER_LOST))
        else:
            self._requeue(job, job.queue, lambda session: claims.try_again(session, job))

    def _stopped(self, job: ClaimedJob, running: RunningJob) -> JobOutcome:
        if running.reason is CancelReason.SHUTDOWN:
            return self._give_back(job)
        if running.reason is CancelReason.ASKED:
            self._end_and_wake(job, lambda session: claims.end_cancelled(session, job))
            return JobOutcome.CANCELLED
        return JobOutcome.CLAIM_LOST

    def _hand_back(self, job: ClaimedJob, queue: Queue | None = None) -> None:
        self._requeue(job, queue or job.queue, lambda session: claims.hand_back(session, job, queue))

    def _requeue(self, job: ClaimedJob, queue: str, write: Callable[[Session], bool]) -> None:
        ending = self._end(job, write)
        if ending is Ending.STORED:
            self.notifier.notify(job.id, queue)
        elif ending is Ending.CANCELLED:
            self.wake_ups.wake([job.id])

    def _end_and_wake(self, job: ClaimedJob, write: Callable[[Session], bool]) -> None:
        if self._end(job, write) is not Ending.LOST:
            self.wake_ups.wake([job.awaited_id])

    def _end(self, job: ClaimedJob, write: Callable[[Session], bool]) -> Ending:
        """Write how the job ends, durably; try again for a while if PostgreSQL is away.

        1. If a cancel was asked meanwhile, the write finds the status changed, and the job ends CANCELLED.
        2. If the connection was lost after a commit, the next try finds that the job has ended under this
           claim.
        """
        return _patience()(self._end_once, job, write)

    def _end_once(self, job: ClaimedJob, write: Callable[[Session], bool]) -> Ending:
        with self.database.unit_of_work() as unit:
            return Ending.STORED if write(unit.session) else ended_otherwise(unit.session, job)


def _patience() -> Retrying:
    """Return what tries a write again for a while if PostgreSQL is away."""
    return Retrying(
        retry=retry_if_exception_type(UnavailableError),
        wait=wait_exponential(multiplier=0.1, max=2),
        stop=stop_after_delay(STORE_PATIENCE_SECONDS),
        reraise=True,
    )


def _context(job: ClaimedJob) -> AbstractContextManager[None]:
    return bound_contextvars(request_id=job.request_id, job_id=str(job.id))
