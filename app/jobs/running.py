"""The jobs that one worker process runs now, where the lease thread finds and stops them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Condition
from uuid import UUID

from app.jobs.claiming import ClaimedJob


class CancelReason(StrEnum):
    """Why a running job is stopped."""

    ASKED = "asked"
    SHUTDOWN = "shutdown"
    CLAIM_LOST = "claim_lost"


class RunningJob:
    """One job in a slot. Stopping it twice is harmless; the first reason counts."""

    def __init__(self, job: ClaimedJob) -> None:
        self.job = job
        self.reason: CancelReason | None = None
        self.read_progress: Callable[[], float] = lambda: 0.0
        self._stop: Callable[[], object] | None = None

    def on_stop(self, stop: Callable[[], object]) -> None:
        """Say what stops the work; it is called at once if the job was stopped already."""
        self._stop = stop
        if self.reason is not None:
            stop()

    def stop(self, reason: CancelReason) -> None:
        """Stop the work, for this reason."""
        if self.reason is None:
            self.reason = reason
        if self._stop is not None:
            self._stop()


class RunningJobs:
    """The jobs in the slots of this process, by their claims. Thread safe.

    A job may be here twice: its claim was lost, which this process has not noticed yet, and it was claimed
    again.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._jobs: dict[UUID, RunningJob] = {}
        self.is_draining = False

    @contextmanager
    def track(self, job: ClaimedJob) -> Iterator[RunningJob]:
        """Have the job's lease extended for the length of the block; while draining, stop it at once."""
        running = RunningJob(job)
        with self._changed:
            self._jobs[job.token] = running
            if self.is_draining:  # it was claimed when the drain began, which did not stop it
                running.stop(CancelReason.SHUTDOWN)
        try:
            yield running
        finally:
            with self._changed:
                del self._jobs[job.token]
                self._changed.notify_all()

    def snapshot(self) -> list[RunningJob]:
        """Return the jobs that run at this moment."""
        with self._changed:
            return list(self._jobs.values())

    def drain(self, grace_seconds: float) -> None:
        """Claim no more, give the jobs some time to end, and stop the rest, which are handed back."""
        with self._changed:
            self.is_draining = True
            self._changed.wait_for(lambda: not self._jobs, timeout=grace_seconds)
        for running in self.snapshot():
            running.stop(CancelReason.SHUTDOWN)
