"""The jobs that one worker process runs now: how the lease thread finds and stops them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Condition
from uuid import UUID

from app.jobs.claims import ClaimedJob


class CancelReason(StrEnum):
    """Why a running job is stopped before its end."""

    ASKED = "asked"
    SHUTDOWN = "shutdown"
    CLAIM_LOST = "claim_lost"


class RunningJob:
    """One job in a slot. Stopping it twice is harmless; the first reason stays."""

    def __init__(self, job: ClaimedJob) -> None:
        self.job = job
        self.reason: CancelReason | None = None
        self.read_progress: Callable[[], float] = lambda: 0.0
        self._stop: Callable[[], object] | None = None

    def on_stop(self, stop: Callable[[], object]) -> None:
        """Name what stops the work; called at once if the job was stopped already."""
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
    """All jobs in the slots of this process, by claim; thread safe.

    One job may be here twice: it was taken from this process, which has not noticed yet, and claimed again.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._jobs: dict[UUID, RunningJob] = {}
        self.is_draining = False

    @contextmanager
    def track(self, job: ClaimedJob) -> Iterator[RunningJob]:
        """Hold the job's lease for the length of the block; one that comes while draining is stopped."""
        running = RunningJob(job)
        with self._changed:
            self._jobs[job.token] = running
            if self.is_draining:  # it was claimed while the drain began, which did not see it
                running.stop(CancelReason.SHUTDOWN)
        try:
            yield running
        finally:
            with self._changed:
                del self._jobs[job.token]
                self._changed.notify_all()

    def snapshot(self) -> list[RunningJob]:
        """The jobs that run at this moment."""
        with self._changed:
            return list(self._jobs.values())

    def drain(self, grace_seconds: float) -> None:
        """Claim no more, let what ends within the grace end, and stop the rest, to be handed back."""
        with self._changed:
            self.is_draining = True
            self._changed.wait_for(lambda: not self._jobs, timeout=grace_seconds)
        for running in self.snapshot():
            running.stop(CancelReason.SHUTDOWN)
