"""Whom the job engine tells what it does, such as Flower; nothing depends on it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from app.jobs.claiming import ClaimedJob
from app.telemetry.metrics import JobOutcome


class JobReports(Protocol):
    """Whom the engine tells what it does; nothing depends on it."""

    def started(self, jobs: Sequence[ClaimedJob]) -> None:
        """Jobs were claimed."""

    def left(self, job: ClaimedJob, outcome: JobOutcome, seconds: float) -> None:
        """A job left its slot after so many seconds."""

    def notified_in_vain(self, job_ids: Sequence[UUID]) -> None:
        """The notifications of these jobs were taken, and others were claimed or none."""


class NoReports:
    """Tells nobody."""

    def started(self, jobs: Sequence[ClaimedJob]) -> None:
        """Tell nobody."""

    def left(self, job: ClaimedJob, outcome: JobOutcome, seconds: float) -> None:
        """Tell nobody."""

    def notified_in_vain(self, job_ids: Sequence[UUID]) -> None:
        """Tell nobody."""
