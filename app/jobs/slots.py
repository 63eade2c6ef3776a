"""The slots of a worker: threads that claim and run the next jobs of the queue, one claim after the other."""

import logging
from uuid import UUID

from app.background import Background
from app.errors import UnavailableError
from app.jobs.engine import JobEngine
from app.jobs.notifier import POLL_SECONDS, Notifications

logger = logging.getLogger(__name__)

CONTENTION_SECONDS = 0.005
"""How long a slot waits if all jobs that it saw were being claimed by others."""

FAULT_SECONDS = 1.0
"""How long a slot waits after an unexpected error: it goes on, but must not fill the logs."""


class Slots(Background):
    """Runs the jobs of an engine in so many threads, from ``start`` to ``stop``."""

    def __init__(self, engine: JobEngine, notifications: Notifications, number: int) -> None:
        super().__init__(*(f"slot-{each}" for each in range(1, number + 1)))
        self._engine = engine
        self._notifications = notifications

    def _loop(self) -> None:
        while not self._stopping.is_set():
            told = self._notifications.wait()
            if self._engine.running.is_draining:
                if told is not None:
                    self._engine.notifier.notify(told, self._engine.queue)
                self._stopping.wait(POLL_SECONDS)
                continue
            try:
                self._run_all([] if told is None else [told])
            except UnavailableError as error:
                logger.warning("Jobs wait: %s", error.message)
                self._stopping.wait(POLL_SECONDS)
            except Exception:
                logger.exception("A slot had an unexpected error")
                self._stopping.wait(FAULT_SECONDS)

    def _run_all(self, told: list[UUID]) -> None:
        """Run jobs until none is seen waiting."""
        claim = self._engine.run_next(told)
        while claim.are_more and not self._stopping.is_set():
            if not claim.jobs:
                self._stopping.wait(CONTENTION_SECONDS)
            claim = self._engine.run_next(were_seen=True)
