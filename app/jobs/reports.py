"""Whom the job engine tells what it does, such as Flower; nothing depends on it."""

from collections.abc import Sequence
from uuid import UUID

from app.jobs.claiming import ClaimedJob
from app.telemetry.metrics import JobOutcome


class JobReports:
    """Is told what the engine does, and does nothing with it; ``workers.task_events`` tells Flower."""

    def started(self, jobs: Sequence[ClaimedJob]) -> None:
        """Jobs were claimed."""

    def left(self, job: ClaimedJob, outcome: JobOutcome, seconds: float) -> None:
        """A job left its slot after so many seconds."""

    def reaped(self, job_ids: Sequence[UUID]) -> None:
        """These jobs have ended because the worker that ran them is gone."""

    def notified_in_vain(self, job_ids: Sequence[UUID]) -> None:
        """The notifications of these jobs were taken, and others were claimed or none."""
